#!/usr/bin/env bash
# A cluster of four silo processes under load, one fault after the other, for some minutes; then a table of what was held.
# usage: eng/chaos.sh [MINUTES] [WORDS OF ONE FAULT]     five minutes and all faults when nothing is given
#        eng/chaos.sh brief                              fourteen faults, each once, in three to five minutes: as in every test run
set -uo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
test='*ChaosTests.Faults_UnderLoad*' minutes="${1:-5}"
[ "$minutes" != brief ] || test='*ChaosTests.Faults_EachOnceAndBriefly*' minutes=5
export PARTI_CHAOS_MINUTES="$minutes" PARTI_CHAOS_ONLY="${2:-}" PARTI_THREADS=1 OMP_NUM_THREADS=1
export PATH="$PATH:$root/artifacts/redis/bin:$root/artifacts/azurite/node_modules/.bin"
for program in redis-server azurite-blob; do
  command -v "$program" >/dev/null || { echo "$program is not installed; bash eng/test.sh Parti.Chaos.Tests fetches it." >&2; exit 1; }
done
cd "$root" && dotnet build tests/Parti.Chaos.Tests -c Release -v q -nologo || exit 1
exec dotnet run -c Release --no-build --project tests/Parti.Chaos.Tests -- -noColor -noLogo -explicit on -showLiveOutput -method "$test"
