#!/usr/bin/env bash
# Builds one small program in every way natives can reach an output and runs it: build, rebuild after a deleted
# output, publish, and the external flavour with a libtorch folder outside any output. Linux x64; about two minutes.
# The last line is "N passed, N failed, N skipped". Everything it makes lies under artifacts/natives.
set -uo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 NO_COLOR=1 PARTI_THREADS=1 OMP_NUM_THREADS=1
work="$root/artifacts/natives" project=tests/Parti.Native.Tests name=Parti.Native.Tests
packages="$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')"
packaged_bridge="$(find "${packages}torchsharp" -path '*linux-x64*' -name libLibTorchSharp.so | sort | tail -n 1)"
libtorch="$(dirname "$(find "${packages}libtorch-cpu-linux-x64" -name libtorch_cpu.so | sort | tail -n 1)")"
passed=0 failed=0

report() { # condition's exit code, what was checked
  if [ "$1" -eq 0 ]; then passed=$((passed + 1)); echo "ok      $2"; else failed=$((failed + 1)); echo "FAILED  $2"; fi
}
build() { dotnet build "$project" -c Release -v q -nologo --artifacts-path "$work/$1" "${@:2}" >"$work/$1.log" 2>&1; }
runs() { "$1/$name" -noColor >"$work/run.log" 2>&1; }
# A start that must fail, and the words its one line must have.
says() { # words, program's folder
  ! "$2/$name" -noColor -method '*Start_ThisBuild_LoadsTheVersionTheBridgeNeeds' >"$work/run.log" 2>&1 && grep -qF -- "$1" "$work/run.log"
}

mkdir -p "$work"
before="$(sha256sum "$packaged_bridge")"
output="$work/cpu/bin/$name/release" external="$work/external/bin/$name/release"

build cpu && runs "$output"; report $? "a build runs"
rm -rf "$output"; build cpu && runs "$output"; report $? "a build after its output was deleted runs"
changed="$(stat -c %y "$output/libLibTorchSharp.so")"; build cpu && [ "$changed" = "$(stat -c %y "$output/libLibTorchSharp.so")" ]
report $? "a second build changes nothing"
dotnet publish "$project" -c Release -v q -nologo --artifacts-path "$work/cpu" -o "$work/publish" >"$work/publish.log" 2>&1 && runs "$work/publish"
report $? "a published folder runs"
[ "$before" = "$(sha256sum "$packaged_bridge")" ]; report $? "the package cache is untouched"
! ls "$output" | grep -qE 'torch_python|global_deps|jitbackend'; report $? "unused natives are left out"

build external -p:TorchFlavor=external && ! ls "$external" | grep -q libtorch; report $? "the external flavour carries no libtorch"
PARTI_LIBTORCH="$libtorch" runs "$external"; report $? "it runs with a folder outside the output"
says "set PARTI_LIBTORCH" "$external"; report $? "without a folder it says what to set"
PARTI_LIBTORCH="$work/nowhere" says "does not exist" "$external"; report $? "a missing folder is named"
PARTI_LIBTORCH="$libtorch" says "unset PARTI_LIBTORCH" "$output"; report $? "two copies of libtorch are refused"
mkdir -p "$work/unrepaired" && cp -r "$external/." "$work/unrepaired" && rm "$work/unrepaired/libLibTorchSharp.so" \
  && cp "$packaged_bridge" "$work/unrepaired/"
if strings -a /usr/lib/*/libstdc++.so.6 2>/dev/null | grep -q GLIBCXX_3.4.32; then
  PARTI_LIBTORCH="$libtorch" runs "$work/unrepaired"; report $? "the bridge as packaged runs on this newer system"
else
  PARTI_LIBTORCH="$libtorch" says "GLIBCXX_3.4.32" "$work/unrepaired"; report $? "the bridge as packaged is refused with the version it lacks"
fi
refusal="$(dotnet msbuild src/Parti.Native -t:CheckTorchFlavor -p:TorchFlavor=gpu -nologo 2>&1)"; [[ "$refusal" == *"it must be cpu, cuda or external"* ]]
report $? "an unknown flavour is refused"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
