#!/usr/bin/env bash
# Packs Parti.Client and Parti.Abstractions, looks into the packages, and uses them as a stranger would: a new console
# program in a temporary folder, restored from a folder of packages, submits to a server, watches and saves the picture.
# The server is a new one on a free port, or the one that PARTI_SERVER names. Linux; about two minutes.
# The last line is "N passed, N failed, N skipped". Packages and logs lie under artifacts/package.
set -uo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 NO_COLOR=1
export PARTI_THREADS="${PARTI_THREADS:-1}" OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
work="$root/artifacts/package" feed="$root/artifacts/package/feed"
packages="$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')"
user="$(mktemp -d)" # outside the repository, whose Directory.Build.props no user has
server="" passed=0 failed=0
stop() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null; rm -rf "$user"; }
trap stop EXIT

report() { # condition's exit code, what was checked
  if [ "$1" -eq 0 ]; then passed=$((passed + 1)); echo "ok      $2"; else failed=$((failed + 1)); echo "FAILED  $2"; fi
}
pack() { dotnet pack "src/$1" -c Release -v q -nologo -o "$feed" >"$work/pack-$1.log" 2>&1; }
holds() { # package, files it must have
  local names entry; names="$(unzip -Z1 "$1")" || return 1
  for entry in "${@:2}"; do grep -qxF -- "$entry" <<<"$names" || { echo "        no $entry in ${1##*/}"; return 1; }; done
}
serve() {
  local program
  dotnet build src/Parti.Silo -c Release -v q -nologo >"$work/build-server.log" 2>&1 || return 1
  program="$(dotnet msbuild src/Parti.Silo -p:Configuration=Release -getProperty:TargetDir)Parti.Silo"
  PARTI_HOME="$user/state" "$program" --Parti:Http:Url=http://127.0.0.1:0 >"$work/server.log" 2>&1 &
  server=$!
  for _ in $(seq 120); do
    PARTI_SERVER="$(grep -oE 'http://127\.0\.0\.1:[1-9][0-9]*' "$work/server.log" | head -n 1)"
    [ -n "$PARTI_SERVER" ] && curl -sf "$PARTI_SERVER/health/ready" >/dev/null && return 0
    kill -0 "$server" 2>/dev/null || return 1
    sleep 1
  done
  return 1
}

rm -rf "$work" && mkdir -p "$feed"
for name in Parti.Abstractions Parti.Client; do
  pack "$name"; report $? "$name packs"
  package="$(ls "$feed/$name".[0-9]*.nupkg)"
  holds "$package" README.md icon.png "lib/net10.0/$name.dll" "lib/net10.0/$name.xml"; report $? "$name has readme, icon and documentation"
  holds "${package%.nupkg}.snupkg" "lib/net10.0/$name.pdb"; report $? "$name has symbols"
done
version="${package##*/Parti.Client.}" version="${version%.nupkg}"

# The packages under test go to a cache of their own: the machine's would go on serving them after they changed.
cat >"$user/nuget.config" <<CONFIG
<configuration>
  <packageSources><add key="parti" value="$feed" /></packageSources>
  <config><add key="globalPackagesFolder" value="$user/packages" /></config>
  <fallbackPackageFolders><add key="machine" value="$packages" /></fallbackPackageFolders>
</configuration>
CONFIG
mkdir "$user/program" && cd "$user/program"
dotnet new console >"$work/new.log" 2>&1 && dotnet add package Parti.Client --version "$version" >"$work/add.log" 2>&1
report $? "a new program takes the package"
dotnet list package --include-transitive >"$work/list.log" 2>&1 && grep -q Parti.Abstractions "$work/list.log" && ! grep -i torch "$work/list.log"
report $? "the package brings no libtorch"
cat >Program.cs <<'PROGRAM'
using Parti.Abstractions;
using Parti.Client;

using HttpPartiClient parti = new(new() { Server = new(args[0]) });
JobHandle job = await parti.SubmitAsync(new() { Prompt = "three green stars", Seed = 7 });
int events = 0;
await foreach (JobEvent change in job.WatchAsync())
{
    events++;
}

GenerationResult result = await job.GetResultAsync();
await job.SaveImageAsync(0, "picture.png");
Console.WriteLine($"{result.Job.State} after {events} events");
return events > 1 ? 0 : 1;
PROGRAM
dotnet build -c Release -v q -nologo -o "$user/out" >"$work/build-program.log" 2>&1; report $? "the program builds"
cd "$root"
[ -n "${PARTI_SERVER:-}" ] || serve; report $? "a server is ready"
(cd "$user" && dotnet out/program.dll "$PARTI_SERVER") >"$work/program.log" 2>&1; report $? "it submits, watches and saves"
[ "$(head -c 4 "$user/picture.png" 2>/dev/null | tail -c 3)" = PNG ]; report $? "the picture is a PNG"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
