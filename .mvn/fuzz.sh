#!/bin/sh
# What `./check fuzz` runs: Jazzer on what reads bytes of peers.
#
#   ./check fuzz [TARGET [SECONDS]]     all targets, 60 s each, if nothing is said
#
# A target's stored inputs are in core/src/test/fuzz/TARGET. What a run finds beyond them stays in core/target/fuzz/TARGET/corpus and is
# where the next one begins; an input that breaks a promise is kept beside it as crash-…, and runs again by itself as
#   ./check fuzz TARGET core/target/fuzz/TARGET/crash-…
#
# Exit status 1: something was found. 2: it could not run.
set -u
cd "$(dirname "$0")/.." || exit 2
. ./.mvn/find-jdk.sh

say() { printf 'fuzz: %s\n' "$*" >&2; }

corpora=core/src/test/fuzz
all=$(ls "$corpora") || exit 2
targets=${1:-$all}
seconds=${2:-60}
for target in $targets; do
  [ -d "$corpora/$target" ] && continue
  # shellcheck disable=SC2086 # words
  say "no target $target; there are:" $all
  exit 2
done

jdk=$(find_jdk) || {
  how_to_get_a_jdk fuzz >&2
  exit 2
}
maven=$(find_maven) || {
  how_to_get_maven fuzz >&2
  exit 2
}
class_path_file=$PWD/core/target/fuzz/class-path
mkdir -p core/target/fuzz
JAVA_HOME=$jdk "$maven" -B -q -ntp -Pfuzz -Dspotless.check.skip -pl core -am test-compile \
  dependency:build-classpath -Dmdep.includeScope=test "-Dmdep.outputFile=$class_path_file" || exit 2
class_path=core/target/test-classes:core/target/classes:$(cat "$class_path_file")

jazzer() {
  target=$1
  shift
  "$jdk/bin/java" -Xmx768m -XX:+UseSerialGC -XX:-OmitStackTraceInFastThrow -XX:+EnableDynamicAgentLoading \
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dio.netty.leakDetection.level=disabled \
    -cp "$class_path" com.code_intelligence.jazzer.Jazzer --target_class=io.tidegate.fuzz.Fuzzing "--target_args=$target" \
    '--instrumentation_includes=io.tidegate.**:io.netty.handler.codec.http2.**' '--custom_hook_includes=io.tidegate.**' \
    "--reproducer_path=core/target/fuzz/$target" "-artifact_prefix=core/target/fuzz/$target/" -timeout=120 -max_len=4096 \
    -print_final_stats=1 "$@"
}

found() { ls "core/target/fuzz/$1" | grep -c -E '^(crash|timeout|oom|leak)-'; }

if [ -f "$seconds" ]; then
  jazzer "$targets" "$seconds"
  exit
fi

status=0
for target in $targets; do
  folder=core/target/fuzz/$target
  mkdir -p "$folder/corpus"
  before=$(found "$target")
  jazzer "$target" "-max_total_time=$seconds" "$folder/corpus" "$corpora/$target" >"$folder/log" 2>&1
  ended=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log")
  findings=$(($(found "$target") - before))
  printf '%-20s %9s executions in %s s, %s findings\n' "$target" "${runs:-no}" "$seconds" "$findings"
  [ $ended = 0 ] && continue
  status=1
  say "$target ended with $ended; its log is $folder/log"
done
exit $status
