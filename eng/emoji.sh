#!/usr/bin/env bash
# Makes the folder of sprites that the second demo is trained on: Microsoft's Fluent Emoji (MIT) with their Unicode names and tags as
# emojibase has them (MIT), 105 of them by the list beside this file. Needs npm and node.
# usage: eng/emoji.sh FOLDER
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
[ $# -eq 1 ] || { sed -n '2,4p' "$0" >&2; exit 2; }
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
for package in @lobehub/fluent-emoji-3d@1.1.0 emojibase-data@17.0.0; do
    archive="$(npm pack --silent "$package")"
    mkdir "$archive.d"
    tar xzf "$archive" -C "$archive.d"
done
node "$here/emoji.mjs" "$here/emoji.txt" lobehub-fluent-emoji-3d-*.tgz.d/package/assets emojibase-data-*.tgz.d/package/en/data.json "$folder"
