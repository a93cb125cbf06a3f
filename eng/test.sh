#!/usr/bin/env bash
# Builds the solution once and runs every test project, one after another; works from any folder, with no terminal.
# usage: eng/test.sh [PROJECT…]     names of folders under tests/; all of them when none is given
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only when at least one test ran and none failed.
set -uo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
exec </dev/null

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 NO_COLOR=1
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1
# libtorch's threads spin while they wait, and the tests share the cores with the servers they start.
export PARTI_THREADS="${PARTI_THREADS:-1}" OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
# A hung test ends its project, not the whole run's patience.
limit="${PARTI_TEST_TIMEOUT:-900}"
results="$root/artifacts/test-results"

passed=0 failed=0 skipped=0
finish() {
  echo
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

# What the tests need beyond the SDK: one function per requirement, each doing nothing where it is already met.
need_dotnet() {
  command -v dotnet >/dev/null && return
  echo "The .NET 10 SDK is not on the path: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  failed=$((failed + 1))
  finish
}

# Installs Debian packages without starting what they bring: tests start servers of their own. Quiet where that is not allowed.
install() { # package…
  command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ] || return 0
  echo "Fetching $*"
  local policy=/usr/sbin/policy-rc.d ours=""
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && ours=1; fi
  DEBIAN_FRONTEND=noninteractive timeout 240 sh -c 'apt-get update -qq; apt-get install -qq -y --no-install-recommends "$@"' sh "$@" >/dev/null 2>&1
  [ -z "$ours" ] || rm -f "$policy"
  return 0
}

# Not allowed to install: packages and the libraries they need are unpacked below artifacts/, and started with those libraries.
unpack() { # folder, pattern of libraries, program…, -- package…
  local folder="$root/artifacts/$1" libraries="$2" programs=() archive program found
  shift 2
  while [ "$1" != -- ]; do programs+=("$1"); shift; done
  shift
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 0
  echo "Fetching $*"
  mkdir -p "$folder/bin" "$folder/root"
  (
    cd "$folder" || exit
    for archive in "$@" $(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
      "$@" 2>/dev/null | grep -E "^($libraries)" | sort -u); do
      timeout 60 apt-get download -qq "$archive" && dpkg -x "$archive"_*.deb root
    done
  ) >/dev/null 2>&1
  for program in "${programs[@]}"; do
    found="$(find "$folder/root" -name "$program" -path '*/bin/*' | head -n 1)"
    [ -x "$found" ] || continue
    printf '#!/bin/sh\nlibraries=$(echo "%s"/root/usr/lib/*/ | tr " " :)\nLD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "%s" "$@"\n' \
      "$folder" "$found" >"$folder/bin/$program"
    chmod +x "$folder/bin/$program"
    "$folder/bin/$program" --version >/dev/null 2>&1 || rm -f "$folder/bin/$program"
  done
  return 0
}

# Makes programs available: as they are, as unpacked before, installed, or unpacked now.
need_programs() { # folder, pattern of libraries, program…, -- package…
  local folder="$1" arguments=("$@") program missing=""
  export PATH="$PATH:$root/artifacts/$folder/bin"
  shift 2
  while [ "$1" != -- ]; do command -v "$1" >/dev/null || missing=1; shift; done
  shift
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -eq 0 ]; then install "$@"; else unpack "${arguments[@]}"; fi
}

# The reference implementation that our text tokenizer is compared with. Where one of these cannot be had, its tests say that they are skipped.
need_sentencepiece() { need_programs sentencepiece 'lib(sentencepiece|protobuf)' spm_encode spm_train -- sentencepiece; }

need_redis() { need_programs redis 'redis-tools|lib(lzf|jemalloc|lua|hiredis)|lua-' redis-server -- redis-server; }

# Debian keeps the server's programs off the path, one folder per version.
need_postgres() {
  local folder
  for folder in /usr/lib/postgresql/*/bin; do [ ! -d "$folder" ] || export PATH="$PATH:$folder"; done
  command -v initdb >/dev/null && command -v postgres >/dev/null && return
  [ "$(id -u)" -eq 0 ] || return 0
  install postgresql
  for folder in /usr/lib/postgresql/*/bin; do [ ! -d "$folder" ] || export PATH="$PATH:$folder"; done
}

# An emulator of Azure Blob Storage; npm brings it.
need_azurite() {
  local folder="$root/artifacts/azurite"
  export PATH="$PATH:$folder/node_modules/.bin"
  command -v azurite-blob >/dev/null && return
  command -v npm >/dev/null || install nodejs npm
  command -v npm >/dev/null || return 0
  echo "Fetching azurite"
  mkdir -p "$folder"
  timeout 300 npm install --prefix "$folder" --no-audit --no-fund --no-save --loglevel=error azurite@3.35.0 >/dev/null 2>&1
  return 0
}

# The official npm client of the interface that the server offers, as its lock file says. Where it cannot be had, its tests say that they are skipped.
need_openai_client() {
  local lock="$root/tests/Parti.Http.Tests/OpenAi/node" folder="$root/artifacts/openai-node"
  command -v npm >/dev/null || install nodejs npm
  command -v npm >/dev/null || return 0
  cmp -s "$lock/package-lock.json" "$folder/package-lock.json" && [ -d "$folder/node_modules/openai" ] && return
  echo "Fetching the npm client openai"
  mkdir -p "$folder" && cp "$lock/package.json" "$lock/package-lock.json" "$folder/" &&
    (cd "$folder" && timeout 120 npm ci --silent --no-audit --no-fund) >/dev/null 2>&1 || rm -rf "$folder"
  return 0
}
# Sets clocks wrong for the fault suite; without it that fault is skipped.
need_faketime() { command -v faketime >/dev/null || install faketime libfaketime; }
requirements=(need_dotnet need_sentencepiece need_faketime need_redis need_postgres need_azurite need_openai_client)

# Both ends of a log, no line wider than a screen: a crash states its reason first and then its whole stack.
excerpt() { # file
  if [ "$(wc -l <"$1")" -le 60 ]; then cat "$1"; else head -n 30 "$1"; echo "…"; tail -n 30 "$1"; fi | cut -c 1-240 | sed 's/^/    /'
}

# Adds one project's counts to the totals; a host that ended without a result file counts as one failure.
count() { # name, exit code, result file, output
  local line values
  line="$([ -s "$3" ] && tr '\n' ' ' <"$3" | grep -o '<assembly [^>]*>' | head -n 1)"
  if [ -z "$line" ]; then
    echo "  $1: the test host ended with exit code $2 and no result:"
    excerpt "$4"
    failed=$((failed + 1))
    return
  fi
  attribute() { printf '%s' "$line" | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p"; }
  values="$(attribute passed) $(attribute failed) $(attribute skipped) $(attribute errors) $(attribute not-run)"
  read -r p f s e _ <<<"$values"
  f=$((f + e))
  if [ "$2" -ne 0 ] && [ "$f" -eq 0 ]; then
    echo "  $1: every test passed, but the test host ended with exit code $2:"
    excerpt "$4"
    f=1
  elif [ $((p + f + s)) -eq 0 ]; then
    echo "  $1: no test ran"
    f=1
  elif [ "$f" -gt 0 ]; then
    sed 's/^/    /' "$4"
  fi
  echo "  $1: $p passed, $f failed, $s skipped"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

run_project() { # folder
  local name started code program
  name="$(basename "$1")" started=$SECONDS
  # The project knows where its program lies; a search of bin/ could find a stale one.
  program="$(dotnet msbuild "$1/$name.csproj" -nologo -p:Configuration=Release -getProperty:RunCommand 2>/dev/null)"
  rm -f "$results/$name.xml" "$results/faults.txt"
  timeout --kill-after=10 "$limit" "$program" -noColor -noLogo -result-xml "$results/$name.xml" >"$results/$name.log" 2>&1
  code=$?
  [ "$code" -eq 124 ] && echo "  $name: stopped after $limit s (PARTI_TEST_TIMEOUT)"
  count "$name" "$code" "$results/$name.xml" "$results/$name.log"
  # What a test wants to be read although it passed.
  [ "$name" != Parti.Chaos.Tests ] || [ ! -s "$results/faults.txt" ] || sed 's/^/    /' "$results/faults.txt"
  echo "  $name: $((SECONDS - started)) s"
}

for requirement in "${requirements[@]}"; do "$requirement"; done
mkdir -p "$results"

projects=()
for project in "$root"/tests/*/*.Tests.csproj; do
  name="$(basename "$project" .csproj)"
  if [ "$#" -eq 0 ] || [[ " $* " == *" $name "* ]]; then projects+=("$(dirname "$project")"); fi
done
if [ "${#projects[@]}" -eq 0 ]; then
  echo "No test project of that name under tests/: $*" >&2
  failed=1
  finish
fi

started=$SECONDS
targets=("$root/Parti.sln")
[ "$#" -eq 0 ] || targets=("${projects[@]}")
for target in "${targets[@]}"; do
  echo "Building ${target#"$root"/}"
  if ! dotnet build "$target" -c Release -v q -nologo; then
    echo "The build failed."
    failed=1
    finish
  fi
done
echo "Built in $((SECONDS - started)) s"

for project in "${projects[@]}"; do
  echo
  echo "$(basename "$project")"
  run_project "$project"
done
finish
