#!/usr/bin/env bash
# Runs clang-tidy on every source of the release build that changed since clang-tidy last found nothing in it; sources of
# nvcc (.cu) are left out: clang-tidy 14 does not know CUDA 13.
#
#   bash deploy/tidy.sh               after a release build, which knows the flags and the headers of each source
#
# "Changed" is judged by content: of the source, of every header of the project that it includes, of both
# .clang-tidy and of CMakeLists.txt. Clean results are kept in ~/.cache/shoal/clang-tidy, for all checkouts.
set -euo pipefail
# shellcheck source=deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly BUILD=$SHOAL_ROOT/build/release
readonly CLEAN=$SHOAL_CACHE/clang-tidy

case ${1:-} in
  '') ;;
  -h | --help)
    usage
    exit 0
    ;;
  *) die "unknown argument $1; it takes none" 64 ;;
esac
[[ -r $BUILD/compile_commands.json ]] || die "no release build in $BUILD; run: bash deploy/test.sh release"
cd "$SHOAL_ROOT"
mkdir -p "$CLEAN"
SCRATCH=$(mktemp -d)
readonly SCRATCH
trap 'rm -rf "$SCRATCH"' EXIT

# Prints "source<TAB>file" for each file of the project, generated ones included, that a compiled source consists of.
# Paths are relative to the checkout.
project_dependencies() {
  ninja -C "$BUILD" -t deps | awk -v root="$SHOAL_ROOT/" '
    /^[^ ].*: #deps/ { source = ""; next }
    NF == 1 {
      file = $1
      if (index(file, root) == 1) file = substr(file, length(root) + 1)
      else if (file ~ /^\//) next
      else if (!sub(/^\.\.\/\.\.\//, "", file)) file = "build/release/" file  # ccache makes paths relative.
      if (source == "") source = file
      if (source !~ /^build\// && source !~ /\.cu$/) print source "\t" file
    }'
}

# Prints "key<TAB>source": the key stands for everything that clang-tidy's answer depends on.
source_keys() {
  local common source
  common=$(clang-tidy --version | cat - .clang-tidy tests/.clang-tidy CMakeLists.txt | sha256sum)
  project_dependencies | sort -u >"$SCRATCH/dependencies"
  cut -f2 "$SCRATCH/dependencies" | sort -u | xargs -d '\n' -r sha256sum >"$SCRATCH/sums"
  # One file a source: the sums of all that it consists of.
  mkdir "$SCRATCH/keys"
  awk -v keys="$SCRATCH/keys/" '
    NR == FNR { sum[substr($0, 67)] = $1; next }
    {
      split($0, pair, "\t")
      name = pair[1]
      gsub("/", "%", name)
      print sum[pair[2]], pair[2] > (keys name)
    }' "$SCRATCH/sums" "$SCRATCH/dependencies"
  while read -r source; do
    printf '%s\t%s\n' "$(cat - "$SCRATCH/keys/${source//\//%}" <<<"$common" | sha256sum | cut -d' ' -f1)" "$source"
  done < <(cut -f1 "$SCRATCH/dependencies" | sort -u)
}

# check_source KEY SOURCE: prints findings and fails, or remembers that there are none.
check_source() {
  local key=$1 source=$2 findings
  if findings=$(clang-tidy -p "$BUILD" --quiet "$source" 2>&1); then
    touch "$CLEAN/$key"
    return
  fi
  printf '%s\n%s\n' "$source" "$findings"
  return 1
}
export -f check_source
export BUILD CLEAN

source_keys >"$SCRATCH/all"
[[ -s $SCRATCH/all ]] || die "the release build has compiled nothing yet; run: bash deploy/test.sh release"
while IFS=$'\t' read -r key source; do
  if [[ ! -e $CLEAN/$key ]]; then printf '%s\0%s\0' "$key" "$source"; fi
done <"$SCRATCH/all" >"$SCRATCH/stale"
echo "$(tr -dc '\0' <"$SCRATCH/stale" | wc -c | awk '{print $1 / 2}') of $(wc -l <"$SCRATCH/all") sources to check"
# shellcheck disable=SC2016  # The inner shell expands them.
xargs -0 -r -n 2 -P "$(parallel_jobs)" bash -c 'check_source "$1" "$2"' check_source <"$SCRATCH/stale"
