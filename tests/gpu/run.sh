#!/usr/bin/env bash
# Runs everything that needs a GPU, in parts: tests (those labelled gpu), memcheck, synccheck and initcheck (the same
# under these tools of compute-sanitizer), benchmarks (of kernels), tables and networks (trainings against PyTorch's). The
# last line is "N passed, N failed, N skipped"; what was skipped is listed. The exit status is 0 only if nothing failed.
#
#   bash tests/gpu/run.sh                  builds here first
#   bash tests/gpu/run.sh --pack=DIR       builds, and collects in DIR what a machine with nothing but CUDA needs in order
#                                          to run it all: executables, their libraries, this script; runs nothing
#   bash DIR/tests/gpu/run.sh              runs what DIR holds
#   bash tests/gpu/run.sh --build=DIR      the same; or a build folder of CMake's
#
#   --out=DIR          where output, reports and figures go, at the end as DIR/gpu-run.tar.gz; default: build/gpu beside
#                      this script's checkout or pack
#   --only=PART,...    only these parts
#   --limit=SECONDS    of the whole run: what runs then is ended and has failed, what has not begun is skipped, and the
#                      report comes; default: none
#   --tables=ARGUMENTS, --networks=ARGUMENTS    of compare_on_gpu_with_pytorch.py and compare_networks_with_pytorch.py
#
# MovieLens 100K and MNIST are taken from SHOAL_DATA_DIR, else from data/ or ~/.cache/shoal; a pack holds what it was
# made with. Without them tests and comparisons that train them are skipped.
set -euo pipefail
# shellcheck source=deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../deploy/common.sh"
# shellcheck source=deploy/test_report.sh
source "$SHOAL_ROOT/deploy/test_report.sh"

readonly TEST_TIMEOUT=600        # Seconds an executable.
readonly SANITIZER_TIMEOUT=1200  # The same under compute-sanitizer.
readonly BENCHMARK_TIMEOUT=3600  # Seconds a benchmark.
readonly MAX_PACK_MB=60

# A pack has the lists beside its bin/.
BUILD=''
if [[ -e $SHOAL_ROOT/gpu_tests.txt ]]; then BUILD=$SHOAL_ROOT; fi
readonly ALL_PARTS=tests,memcheck,synccheck,initcheck,benchmarks,tables,networks
PACK='' OUT=$SHOAL_ROOT/build/gpu PARTS=$ALL_PARTS LIMIT='' TABLES=() NETWORKS=()
for argument in "$@"; do
  case $argument in
    --pack=?*) PACK=${argument#*=} ;;
    --build=?*) BUILD=$(cd "${argument#*=}" && pwd) || die "there is no build in ${argument#*=}" 64 ;;
    --out=?*) OUT=${argument#*=} ;;
    --only=?*) PARTS=${argument#*=} ;;
    --limit=*)
      LIMIT=${argument#*=}
      [[ $LIMIT =~ ^[1-9][0-9]*$ ]] || die "$argument: a number of seconds was expected" 64
      ;;
    --tables=?*) read -ra TABLES <<<"${argument#*=}" ;;
    --networks=?*) read -ra NETWORKS <<<"${argument#*=}" ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die "unknown option $argument; --help lists them" 64 ;;
  esac
done
for part in ${PARTS//,/ }; do
  [[ ,$ALL_PARTS, == *,$part,* ]] || die "no part is called $part; there are: ${ALL_PARTS//,/, }" 64
done

# Prints the executables of the build that are of a kind: gpu_tests or gpu_benchmarks.
list_executables() {
  local kind=$1
  if [[ -e $BUILD/$kind.txt ]]; then
    cat "$BUILD/$kind.txt"
  elif [[ $kind == gpu_tests ]]; then
    ctest --test-dir "$BUILD" --show-only --label-regex '^gpu$' | sed -n 's/^ *Test *#[0-9]*: //p'
  else
    find "$BUILD/bin" -maxdepth 1 -name '*_gpu_benchmark' -printf '%f\n' | sort
  fi
}

build_here() {
  BUILD=$SHOAL_ROOT/build/release
  run_logged gpu-configure cmake -S "$SHOAL_ROOT" --preset release -DSHOAL_CUDA=ON
  # Every benchmark of the GPU is listed in CMake's targets.
  local targets
  mapfile -t targets < <(cmake --build "$BUILD" --target help | sed -n 's/: phony$//p' | grep -E '_gpu_benchmark$' | sort -u)
  mapfile -t -O "${#targets[@]}" targets < <(list_executables gpu_tests)
  run_logged gpu-build cmake --build "$BUILD" --parallel "$(parallel_jobs)" --target shoal shoal-worker \
    shoal-parameter-server "${targets[@]}"
}

# Prints the shared libraries of an executable that neither glibc nor CUDA's own packages bring.
needed_libraries() {
  ldd "$1" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' |
    grep -vE '/(libc|libm|libdl|libpthread|librt|libresolv|ld-linux[^/]*)\.so|/lib(cublas|cublasLt|nccl|cudart|cuda)\.so'
}

# Copies what tests and comparisons train into the pack.
pack_data() {
  local name
  mkdir "$PACK/data"
  export_data_directory || true
  for name in ml-100k/u.data mnist; do
    if [[ -e ${SHOAL_DATA_DIR:-}/$name ]]; then
      mkdir -p "$(dirname "$PACK/data/$name")"
      cp -r "$SHOAL_DATA_DIR/$name" "$PACK/data/$name"
    else
      echo "No $name in SHOAL_DATA_DIR: what trains it will be skipped. To get it: bash deploy/fetch_data.sh"
    fi
  done
}

# Prints what a pack has in bin/. The others load libshoal_sentencepiece.so, which is there where SentencePiece is installed.
list_binaries() {
  printf '%s\n' shoal shoal-worker shoal-parameter-server
  list_executables gpu_tests
  list_executables gpu_benchmarks
  if [[ -e $BUILD/bin/libshoal_sentencepiece.so ]]; then echo libshoal_sentencepiece.so; fi
}

make_pack() {
  local executable library
  [[ ! -e $PACK || -z $(ls -A "$PACK") ]] || die "$PACK is not empty; a pack wants a folder of its own" 64
  mkdir -p "$PACK"/{bin,lib,deploy,tests/gpu}
  PACK=$(cd "$PACK" && pwd)
  list_executables gpu_tests >"$PACK/gpu_tests.txt"
  list_executables gpu_benchmarks >"$PACK/gpu_benchmarks.txt"
  while read -r executable; do
    [[ -x $BUILD/bin/$executable ]] || die "$BUILD/bin/$executable is not built"
    strip -o "$PACK/bin/$executable" "$BUILD/bin/$executable"
    needed_libraries "$BUILD/bin/$executable"
  done < <(list_binaries) | sort -u >"$PACK/libraries.txt"
  while read -r library; do
    cp -L "$library" "$PACK/lib/"
    strip --strip-unneeded "$PACK/lib/$(basename "$library")" 2>/dev/null || true  # What is stripped already.
  done <"$PACK/libraries.txt"
  rm "$PACK/libraries.txt"
  cp "$SHOAL_ROOT"/deploy/{common,test_report}.sh "$PACK/deploy/"
  cp "$SHOAL_ROOT"/tests/gpu/run.sh "$PACK/tests/gpu/"
  cp -r "$SHOAL_ROOT/examples" "$PACK/"
  cp -r "$SHOAL_ROOT"/tests/{reference,benchmarks} "$PACK/tests/"
  pack_data
  # OpenBLAS and ICU alone are 70 MB, and 15 MB like this.
  run_logged gpu-pack tar --remove-files -C "$PACK" -cf "$PACK/contents.tar.xz" --use-compress-program 'xz -T0 -6' bin lib data
  local size
  size=$(du -sm "$PACK" | cut -f1)
  echo "$PACK: $size MB, $(wc -l <"$PACK/gpu_tests.txt") test executables, $(wc -l <"$PACK/gpu_benchmarks.txt") benchmarks"
  ((size <= MAX_PACK_MB)) || die "the pack has $size MB, more than $MAX_PACK_MB"
}

# Of a pack, the first time.
unpack() {
  if [[ ! -e $BUILD/contents.tar.xz || -e $BUILD/bin/.complete ]]; then return; fi
  announce "unpacking"
  # A bare machine may have no xz; PyTorch's Python has.
  if command -v xz >/dev/null; then
    tar -C "$BUILD" -xf "$BUILD/contents.tar.xz"
  else
    python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$BUILD/contents.tar.xz" "$BUILD"
  fi
  touch "$BUILD/bin/.complete"
}

# Where the loader finds what is neither in the pack nor in the system: CUDA, and what PyTorch's packages bring of it.
find_libraries() {
  local paths=() path
  if [[ -d $BUILD/lib ]]; then paths+=("$BUILD/lib"); fi
  for path in "${CUDA_HOME:-/usr/local/cuda}"/lib64 /usr/local/cuda-13*/lib64; do
    if [[ -d $path ]]; then paths+=("$path"); fi
  done
  if command -v python3 >/dev/null; then
    while read -r path; do paths+=("$path"); done < <(python3 - 2>/dev/null <<'END'
import glob, site, sys
for root in dict.fromkeys(site.getsitepackages() + [site.getusersitepackages()] + sys.path):
    for path in sorted(glob.glob(root + "/nvidia/*/lib")):
        print(path)
END
    )
  fi
  (IFS=:; echo "${paths[*]}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}")
}

check_libraries() {
  local missing
  missing=$(ldd "$BUILD/bin/shoal-worker" | awk '/not found/ { print $1 }' | sort -u | tr '\n' ' ')
  [[ -z $missing ]] || die "shoal-worker needs $missing: install CUDA 13 and NCCL, or set LD_LIBRARY_PATH to where they are"
}

skip() {
  SKIPPED+=1
  SKIPS+=("$1")
  echo "skipped: $1"
}

# Whether --limit leaves time to start NAME, which is skipped if not.
has_time() {
  if [[ -z $LIMIT ]] || ((SECONDS < LIMIT)); then return 0; fi
  skip "$1: out of time"
  return 1
}

# within SECONDS COMMAND...: runs the command for so many seconds at most, or what --limit leaves, and then kills it with
# all that it has started: nothing of it may go on beside what is timed next. Status 124 or 137: ended.
within() {
  local timeout=$1
  shift
  if [[ -n $LIMIT ]] && ((LIMIT - SECONDS < timeout)); then timeout=$((LIMIT - SECONDS)); fi
  timeout --signal=KILL $((timeout > 0 ? timeout : 1)) "$@"
}

# counted_since PASSED FAILED SKIPPED STARTED: prints what was added to these, and the time.
counted_since() {
  printf '%d passed, %d failed, %d skipped  %5d s' $((PASSED - $1)) $((FAILED - $2)) $((SKIPPED - $3)) $((SECONDS - $4))
}

# run_executable RUN NAME TIMEOUT COMMAND...: runs a test with its output in OUT/RUN/NAME.log, and counts its tests.
run_executable() {
  local run=$1 name=$2 timeout=$3 log=$OUT/$1/$2.log report=$OUT/$1/$2.xml status=0
  local before=("$PASSED" "$FAILED" "$SKIPPED" "$SECONDS")
  shift 3
  (cd "$SHOAL_ROOT" && GTEST_OUTPUT=xml:$report within "$timeout" "$@") >"$log" 2>&1 || status=$?
  # compute-sanitizer may not learn how a test ended that called no CUDA.
  if [[ ! -s $report ]] && ((status == 0)); then
    status=1
    echo "it left no report" >>"$log"
  fi
  record_executable "$run" "$name" "$report" "$status"
  printf '%-45s %s\n' "$run: $name" "$(counted_since "${before[@]}")"
  if ((status != 0)); then
    echo "$run: $name ended with status $status; the end of its output:"
    tail -n 30 "$log" | sed 's/^/    /'
  fi
}

# run_tests RUN TIMEOUT [WRAPPER...]: the tests that are listed at its standard input, each behind the wrapper.
run_tests() {
  local run=$1 timeout=$2 name found=0 before=("$PASSED" "$FAILED" "$SKIPPED" "$SECONDS")
  shift 2
  mkdir -p "$OUT/$run"
  while read -r name; do
    found=1
    if has_time "$run: $name"; then
      run_executable "$run" "$name" "$timeout" "$@" "$BUILD/bin/$name" </dev/null
    fi
  done
  if ((!found)); then
    FAILED=$((FAILED + 1))
    FAILURES+=("$run: $BUILD lists no tests for a GPU")
  fi
  RUNS+=("$(printf '%-18s %s' "$run" "$(counted_since "${before[@]}")")")
}

part_tests() { run_tests tests "$TEST_TIMEOUT" < <(list_executables gpu_tests); }

# run_sanitizer TOOL [OPTION...]: tests under a tool of compute-sanitizer; not trainings, which are many processes.
run_sanitizer() {
  local tool=$1 sanitizer
  if ! sanitizer=$(PATH=$PATH:${CUDA_HOME:-/usr/local/cuda}/bin command -v compute-sanitizer); then
    skip "$tool: compute-sanitizer is not installed (cuda-sanitizer-13-0)"
    return
  fi
  shift
  # An executable may skip all that needs CUDA; those that train MovieLens would take too long, and find no data.
  SHOAL_DATA_DIR=/nonexistent run_tests "$tool" "$SANITIZER_TIMEOUT" "$sanitizer" --tool "$tool" \
    --require-cuda-init no "$@" < <(list_executables gpu_tests | grep -vx cuda_training_test)
}

# Tests make calls of CUDA fail on purpose, and so does NCCL as it starts.
part_memcheck() { run_sanitizer memcheck --report-api-errors no --error-exitcode 99; }

# The kernels that are ours, by a part of their mangled names. They have no shared memory, which is all that racecheck sees.
readonly OUR_KERNELS=(--kernel-name kns=shoal)

part_synccheck() { run_sanitizer synccheck "${OUR_KERNELS[@]}" --error-exitcode 99; }

# Its findings are counted, but are no failures: to copy padding that nobody has written is one.
part_initcheck() {
  run_sanitizer initcheck "${OUR_KERNELS[@]}"
  if ! compgen -G "$OUT/initcheck/*.log" >/dev/null; then return; fi
  RUNS+=("$(awk '/ERROR SUMMARY:/ { sum += $4 } END { printf "%-18s %d findings, see its logs", "initcheck", sum }' \
    "$OUT"/initcheck/*.log)")
}

part_benchmarks() {
  local name found=0
  while read -r name; do
    found=1
    if has_time "$name"; then
      record_check "$name" within "$BENCHMARK_TIMEOUT" "$BUILD/bin/$name" --benchmark_out_format=json \
        --benchmark_out="$OUT/benchmarks/$name.json" </dev/null || true
    fi
  done < <(list_executables gpu_benchmarks)
  if ((!found)); then skip "this build has no benchmarks for the GPU"; fi
}

# run_comparison NAME SCRIPT [ARGUMENT...]: prints what the script prints, and keeps it. Python gets no libraries of the
# pack: it may have been built with other versions of them.
run_comparison() {
  local name=$1 script=$SHOAL_ROOT/tests/benchmarks/$2
  shift 2
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%q exec %q "$@"\n' "$LD_LIBRARY_PATH" "$BUILD/bin/shoal" >"$OUT/shoal"
  chmod +x "$OUT/shoal"
  LD_LIBRARY_PATH=$OWN_LIBRARY_PATH within "$BENCHMARK_TIMEOUT" python3 "$script" --shoal "$OUT/shoal" --device cuda "$@" |
    tee "$OUT/benchmarks/$name.txt"
}

# Whether Python can compare; else NAME is skipped.
has_pytorch() {
  if LD_LIBRARY_PATH=$OWN_LIBRARY_PATH python3 -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then return; fi
  skip "$1: python3 has no PyTorch that sees a GPU"
  return 1
}

part_tables() {
  if has_pytorch tables; then
    record_check tables run_comparison tables compare_on_gpu_with_pytorch.py "${TABLES[@]}" || true
  fi
}

part_networks() {
  local data=${SHOAL_DATA_DIR:-$SHOAL_ROOT/data} network
  if ! has_pytorch networks; then return; fi
  if [[ ! -d $data/mnist ]]; then
    skip "networks: there is no $data/mnist"
    return
  fi
  if ! command -v cc >/dev/null; then NETWORKS+=(--eager_only); fi
  for network in mnist triplet; do
    if has_time "$network"; then
      record_check "$network" run_comparison "$network" compare_networks_with_pytorch.py --cases "$network" --data "$data" \
        "${NETWORKS[@]}" || true
    fi
  done
}

if [[ -z $BUILD ]]; then build_here; fi
if [[ -n $PACK ]]; then
  make_pack
  exit 0
fi
unpack
export_data_directory || true  # Tests and comparisons say what they lack.
export SHOAL_SOURCE_DIR=$SHOAL_ROOT
readonly OWN_LIBRARY_PATH=${LD_LIBRARY_PATH:-}
LD_LIBRARY_PATH=$(find_libraries)
export LD_LIBRARY_PATH
check_libraries
# Begun anew, so that nothing of an ended run is taken for this one's.
rm -rf "$OUT/gpu-run"
mkdir -p "$OUT/gpu-run/benchmarks"
OUT=$(cd "$OUT/gpu-run" && pwd)
announce "devices"
has_gpu=0
if "$BUILD/bin/shoal-worker" --devices || nvidia-smi --list-gpus 2>/dev/null | grep '^GPU '; then
  has_gpu=1
  export SHOAL_REQUIRE_GPU=1  # A test that finds none now fails.
fi
if command -v nvidia-smi >/dev/null; then nvidia-smi || true; fi
for part in ${PARTS//,/ }; do
  # Tests skip by themselves, and say so.
  if ((has_gpu)) || [[ $part == tests ]]; then
    announce "$part"
    if has_time "$part"; then "part_$part"; fi
  else
    skip "$part: there is no GPU"
  fi
done
status=0
print_report | tee "$OUT/report.txt" || status=$?
tar -C "$OUT/.." --remove-files -czf "$OUT.tar.gz" gpu-run
((status == 0))
