#!/usr/bin/env bash
# Every family of published models from its files to a stored picture: writes random weights in the form and size the models are published
# in, imports and verifies them, starts a silo, draws one picture twice over HTTP and holds bytes, blob and job against one another. Prints a table.
# usage: eng/published.sh [NAME OF A MODEL]…     all when nothing is given; about ten minutes, 4 GB of memory, 6 GB of disk
# PARTI_PUBLISHED names another folder for the files than one below the system's temporary one; they are deleted model by model.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
folder="${PARTI_PUBLISHED:-$(mktemp -d)}"
trap 'rm -rf "$folder"' EXIT
dotnet build bench/Parti.Benchmarks -c Release -v q -nologo
only=()
[ $# -eq 0 ] || only=(--only "$@")
dotnet run -c Release --no-build --project bench/Parti.Benchmarks -- published --folder "$folder/models" --threads "${PARTI_THREADS:-2}" "${only[@]}"
