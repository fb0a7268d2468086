#!/usr/bin/env bash
# Installs what is missing, builds shoal, and runs its tests. The last line is "N passed, N failed, N skipped" over all
# test runs; the exit status is 0 only if nothing failed.
#
#   bash deploy/test.sh               the release build and all tests
#   bash deploy/test.sh --all         every part below, in this order
#   bash deploy/test.sh PART...       only these parts:
#       scripts         shellcheck on the scripts
#       format          clang-format on all sources
#       release         the optimised build, all tests
#       thread-safety   a clang build with -Werror -Wthread-safety; nothing is run
#       asan-ubsan      a clang build with the same warnings; all tests under AddressSanitizer and
#                       UndefinedBehaviorSanitizer
#       tsan            the tests labelled threads or integration under ThreadSanitizer
#       tidy            clang-tidy on all sources that changed since it last found nothing
#
# Tests that need data look in SHOAL_DATA_DIR, else in data/ or ~/.cache/shoal; without it they are skipped and listed.
# SHOAL_SIMULATION_SEEDS sets how many seeds each simulation tries (1000 or 2000; 100 under a sanitizer).
set -euo pipefail
# shellcheck source=deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=deploy/test_report.sh
source "$SHOAL_ROOT/deploy/test_report.sh"

readonly ALL_PARTS=(scripts format release thread-safety asan-ubsan tsan tidy)

part_scripts() {
  record_check scripts run_logged shellcheck shellcheck -x deploy/*.sh tests/deploy/*.sh tests/gpu/run.sh .ci/run
}

part_format() {
  local sources
  mapfile -t sources < <(find common worker parameter_server launcher tests deploy -name '*.cc' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh')
  record_check format run_logged format clang-format-14 --dry-run -Werror "${sources[@]}"
}

part_release() {
  if record_check release-build configure_and_build release; then
    run_tests release
  fi
}

part_thread-safety() {
  record_check thread-safety configure_and_build clang-thread-safety
}

part_asan-ubsan() {
  if record_check asan-ubsan-build configure_and_build asan-ubsan; then
    ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1 \
      UBSAN_OPTIONS=print_stacktrace=1 \
      SHOAL_SIMULATION_SEEDS=${SHOAL_SIMULATION_SEEDS:-100} \
      run_tests asan-ubsan
  fi
}

# The simulation is one thread by design, so it is left out here.
part_tsan() {
  if record_check tsan-build build_tsan; then
    TSAN_OPTIONS=suppressions=$SHOAL_ROOT/deploy/tsan/suppressions.txt:second_deadlock_stack=1 \
      run_tests tsan --label-regex '^(threads|integration)$'
  fi
}

part_tidy() {
  record_check tidy run_logged tidy bash deploy/tidy.sh
}

# Only what will run: a build for ThreadSanitizer takes as long as any other.
build_tsan() {
  local tests
  run_logged tsan-configure cmake --preset tsan || return
  mapfile -t tests < <(ctest --test-dir build/tsan --show-only --label-regex '^(threads|integration)$' |
    sed -n 's/^ *Test *#[0-9]*: //p')
  configure_and_build tsan shoal shoal-parameter-server shoal-worker "${tests[@]}"
}

# run_tests PRESET [CTEST OPTION...]
run_tests() {
  local preset=$1 reports=$SHOAL_ROOT/build/$1/reports
  shift
  rm -rf "$reports"
  mkdir -p "$reports"
  announce "$preset: tests"
  # GoogleTest then writes <test>.xml, from which single tests are counted. A failure is in those files as well.
  GTEST_OUTPUT=xml:$reports/ "${WITHOUT_ASLR[@]}" ctest --test-dir "$SHOAL_ROOT/build/$preset" --parallel "$(nproc)" \
    --output-on-failure --no-tests=error --output-junit "$reports/ctest.junit" "$@" ||
    echo "ctest ended with status $?"
  record_tests "$preset" "$reports"
}

parts=()
for argument in "$@"; do
  case $argument in
    --all) parts=("${ALL_PARTS[@]}") ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      [[ " ${ALL_PARTS[*]} " == *" $argument "* ]] || die "no part is called $argument; there are: ${ALL_PARTS[*]}" 64
      parts+=("$argument")
      ;;
  esac
done
if ((${#parts[@]} == 0)); then parts=(release); fi

# gcc 12's ThreadSanitizer cannot place its shadow memory where the kernel randomises more than 28 bits.
WITHOUT_ASLR=()
if [[ $(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28) -gt 28 ]]; then WITHOUT_ASLR=(setarch -R); fi

if ! export_data_directory; then
  echo "No data: tests that need MovieLens 100K or MNIST will be skipped. To get it: bash deploy/fetch_data.sh"
fi

cd "$SHOAL_ROOT"
announce "dependencies"
if [[ ${parts[*]} == release ]]; then
  bash deploy/install_dependencies.sh
else
  bash deploy/install_dependencies.sh --dev
fi
for part in "${parts[@]}"; do
  announce "$part"
  "part_$part" || true  # What failed is recorded; the other parts still have something to say.
done
print_report
