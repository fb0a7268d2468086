# shellcheck shell=bash
# What the scripts of this folder share. Sourced, never run; the sourcing script has set -euo pipefail.

SHOAL_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly SHOAL_ROOT
# Numbers with a point, messages in English, whatever the user's locale.
export LC_ALL=C.UTF-8
readonly SHOAL_LOGS=$SHOAL_ROOT/build/logs
readonly SHOAL_CACHE=${XDG_CACHE_HOME:-~/.cache}/shoal

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  readonly BOLD=$'\e[1m' RED=$'\e[31m' RESET=$'\e[0m'
else
  readonly BOLD='' RED='' RESET=''
fi

# Prints the comment at the head of the running script.
usage() { sed -n '2,/^set /{s/^# \{0,1\}//p}' "$0"; }

announce() { printf '%s==> %s%s\n' "$BOLD" "$*" "$RESET"; }
complain() { printf '%s%s%s\n' "$RED" "$*" "$RESET" >&2; }
die() {
  complain "$(basename "$0"): $1"
  exit "${2:-1}"
}

# Prints how many compilers may run at once: one a core, and 1.5 GB of available memory for each.
parallel_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ {print int($2 / 1500000)}' /proc/meminfo)
  if ((memory < 1)); then memory=1; fi
  echo $((cores < memory ? cores : memory))
}

# run_logged NAME COMMAND...: runs a long command with its output in build/logs/NAME.log. Meanwhile the last line of the
# log shows that it lives: rewritten every second on a terminal, every 30 seconds elsewhere. A failure shows the log's
# end and returns the command's status.
run_logged() {
  local name=$1 log=$SHOAL_LOGS/$1.log status=0 started=$SECONDS next_line=30
  shift
  mkdir -p "$SHOAL_LOGS"
  # In a process group of its own, so that an interrupted script can end the command with all that it started.
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  set +m
  local child=$!
  trap 'kill -- "-$child" 2>/dev/null' EXIT
  while kill -0 "$child" 2>/dev/null; do
    sleep 1
    if [[ -t 1 ]] || ((SECONDS - started >= next_line)); then
      show_progress "$log" "$((SECONDS - started))"
      next_line=$((SECONDS - started + 30))
    fi
  done
  wait "$child" || status=$?
  trap - EXIT
  if [[ -t 1 ]]; then printf '\r\e[K'; fi
  if ((status != 0)); then
    tail -n 60 "$log" | sed 's/^/    /' >&2
    complain "$name failed with status $status after $((SECONDS - started)) s; the whole log: $log"
  fi
  return "$status"
}

show_progress() {
  local log=$1 seconds=$2 line
  line=$(tail -c 400 "$log" | tr '\r' '\n' | grep -v '^ *$' | tail -n 1 | tr -d '\000-\037' || true)
  if [[ -t 1 ]]; then
    printf '\r\e[K    %4d s  %.*s' "$seconds" "$((${COLUMNS:-80} - 14))" "$line"
  else
    printf '    %4d s  %.100s\n' "$seconds" "$line"
  fi
}

# configure_and_build PRESET [TARGET...]: all targets where none is named. Nothing is installed outside build/PRESET.
configure_and_build() {
  local preset=$1
  shift
  # Objects of one checkout then serve another: paths in them are relative to the build folder.
  export CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=$SHOAL_ROOT
  run_logged "$preset-configure" cmake -S "$SHOAL_ROOT" --preset "$preset" || return
  run_logged "$preset-build" cmake --build "$SHOAL_ROOT/build/$preset" --parallel "$(parallel_jobs)" \
    ${1:+--target "$@"}
}

# Prints the folder whose ml-100k/u.data this machine already has: the checkout's data/, then the cache. Fails without
# output if neither has it. SHOAL_DATA_DIR is the caller's to honour first.
find_local_data() {
  local directory
  for directory in "$SHOAL_ROOT/data" "$SHOAL_CACHE"; do
    if [[ -r $directory/ml-100k/u.data ]]; then
      echo "$directory"
      return
    fi
  done
  return 1
}

# Exports SHOAL_DATA_DIR: the caller's, a relative path being one from where he stands, else what find_local_data finds.
# Fails, with it unset, where there is neither.
export_data_directory() {
  if [[ -z ${SHOAL_DATA_DIR:-} ]] && ! SHOAL_DATA_DIR=$(find_local_data); then
    unset SHOAL_DATA_DIR
    return 1
  fi
  [[ -d $SHOAL_DATA_DIR ]] || die "SHOAL_DATA_DIR is $SHOAL_DATA_DIR, which is no folder" 64
  SHOAL_DATA_DIR=$(cd "$SHOAL_DATA_DIR" && pwd)
  export SHOAL_DATA_DIR
}
