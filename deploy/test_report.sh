# shellcheck shell=bash
# Counts what deploy/test.sh or tests/gpu/run.sh ran. Sourced by them, after common.sh.

declare -i PASSED=0 FAILED=0 SKIPPED=0
declare -a FAILURES=() RUNS=()  # A line each.
# "where<TAB>test<TAB>reason", the last two maybe empty.
declare -a SKIPS=()

# record_check NAME COMMAND...: a build or a linter, counted as one test. Returns whether it passed.
record_check() {
  local name=$1 started=$SECONDS
  shift
  if "$@"; then
    PASSED+=1
    RUNS+=("$(printf '%-18s ok  %5d s' "$name" $((SECONDS - started)))")
    return 0
  fi
  FAILED+=1
  FAILURES+=("$name")
  RUNS+=("$(printf '%-18s FAILED  %5d s' "$name" $((SECONDS - started)))")
  return 1
}

# Prints "status<TAB>name" for each entry of a CTest report: run, fail, skipped, disabled, or notrun where the test
# could not be started.
ctest_entries() {
  sed -n '
    /<testcase /{
      N
      /<skipped message="SKIP_/s/ status="notrun"/ status="skipped"/
      s/.*<testcase name="\([^"]*\)".* status="\([a-z]*\)".*/\2\t\1/p
    }' "$1"
}

# Prints "passed|failed|skipped<TAB>Suite.Name<TAB>reason" for each test of a GoogleTest report. A failed test has
# <failure> lines inside its element; a disabled one was suppressed.
googletest_entries() {
  awk '
    function attribute(key) { return match($0, " " key "=\"[^\"]*\"") ? \
        substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 4) : "" }
    function flush() { if (name != "") printf "%s\t%s\t%s\n", result, name, reason; name = "" }
    /<testcase / {
      flush()
      name = attribute("classname") "." attribute("name")
      result = attribute("result") == "completed" ? "passed" : "skipped"
      reason = attribute("result") == "suppressed" ? "disabled" : ""
    }
    /<failure / { result = "failed" }
    /<skipped / && reason == "" {
      # The message is the place, then the text; its first line will do.
      reason = attribute("message")
      sub(/^[^&]*&#x0A;/, "", reason)
      sub(/&#x0A;.*/, "", reason)
      gsub(/&apos;/, "\047", reason)
    }
    END { flush() }' "$1"
}

# count_googletest RUN NAME REPORT: adds the tests of a GoogleTest report to its caller's passed, failed_here and skipped.
count_googletest() {
  local run=$1 name=$2 result test reason
  while IFS=$'\t' read -r result test reason; do
    case $result in
      passed) passed+=1 ;;
      failed)
        failed_here+=1
        FAILURES+=("$run: $name: $test")
        ;;
      skipped)
        skipped+=1
        SKIPS+=("$run: $name"$'\t'"$test"$'\t'"$reason")
        ;;
    esac
  done < <(googletest_entries "$3")
}

# record_executable RUN NAME REPORT STATUS: adds up what one GoogleTest executable left, which ended with STATUS. A crash,
# a timeout or a sanitizer's finding at exit counts as a failure of the executable.
record_executable() {
  local run=$1 name=$2 report=$3 status=$4
  local -i passed=0 failed_here=0 skipped=0
  if [[ -s $report ]]; then count_googletest "$run" "$name" "$report"; fi
  if ((status != 0 && failed_here == 0)); then
    failed_here=1
    FAILURES+=("$run: $name (the executable: status $status)")
  fi
  PASSED+=$passed FAILED+=$failed_here SKIPPED+=$skipped
}

# record_tests RUN REPORTS: adds up what CTest and the GoogleTest executables left in the folder REPORTS. An executable
# counts by its tests; one that left no report (it crashed, hung, or is no GoogleTest) counts as one.
record_tests() {
  local run=$1 reports=$2 status name
  local -i passed=0 failed=0 skipped=0 failed_here
  if [[ ! -s $reports/ctest.junit ]]; then
    FAILED+=1
    FAILURES+=("$run: ctest ran no test")
    return
  fi
  while IFS=$'\t' read -r status name; do
    failed_here=0
    if [[ -s $reports/$name.xml ]]; then
      count_googletest "$run" "$name" "$reports/$name.xml"
    elif [[ $status == run ]]; then
      passed+=1
    elif [[ $status == skipped || $status == disabled ]]; then
      skipped+=1
      SKIPS+=("$run: $name"$'\t\t'"$status")
    fi
    # A crash, a timeout, or a sanitizer's finding at exit: no single test is to blame.
    if [[ ($status == fail || $status == notrun) && $failed_here == 0 ]]; then
      failed_here=1
      FAILURES+=("$run: $name (the executable: $status)")
    fi
    failed+=$failed_here
  done < <(ctest_entries "$reports/ctest.junit")
  PASSED+=$passed FAILED+=$failed SKIPPED+=$skipped
  RUNS+=("$(printf '%-18s %d passed, %d failed, %d skipped' "$run" "$passed" "$failed" "$skipped")")
}

# Prints a line for the tests of one place that are skipped for one reason.
merge_skips() {
  awk -F'\t' '
    {
      key = $1 FS $3
      if (!(key in count)) order[++keys] = key
      ++count[key]
      test[key] = $2
    }
    END {
      for (i = 1; i <= keys; ++i) {
        split(order[i], part, FS)
        what = count[order[i]] == 1 ? test[order[i]] : count[order[i]] " tests"
        printf "%s%s%s\n", part[1], what == "" ? "" : ": " what, part[2] == "" ? "" : ": " part[2]
      }
    }'
}

# Prints every run, what was skipped and what failed, and the totals. Returns whether nothing failed.
print_report() {
  announce "result"
  printf '%s\n' "${RUNS[@]}"
  if ((SKIPPED > 0)); then
    announce "skipped"
    printf '%s\n' "${SKIPS[@]}" | merge_skips
  fi
  if ((FAILED > 0)); then
    announce "failed"
    printf '%s\n' "${FAILURES[@]}"
  fi
  echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  ((FAILED == 0))
}
