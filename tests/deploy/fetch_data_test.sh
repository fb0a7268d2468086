#!/usr/bin/env bash
# deploy/fetch_data.sh against folders and a web server of its own, without a network.
#
#   fetch_data_test.sh FETCH_DATA_SH
#
# What holds MNIST itself is checked where SHOAL_DATA_DIR has it; else that part is left out and said so.
set -euo pipefail

readonly FETCH=$1
WORKSPACE=$(mktemp -d)
readonly WORKSPACE
trap 'rm -rf "$WORKSPACE"' EXIT
FAILURES=0

fail() {
  echo "FAILED: $*" >&2
  FAILURES=$((FAILURES + 1))
}

# expect CODE TEXT COMMAND...: the exit code, and that the output has the text.
expect() {
  local code=$1 text=$2 output status=0
  shift 2
  output=$("$@" 2>&1) || status=$?
  [[ $status == "$code" ]] || fail "exit code $status instead of $code: $* said: $output"
  [[ $output == *"$text"* ]] || fail "no '$text' in what $* said: $output"
}

# expect_empty FOLDER: holds nothing, hidden files counted, or is not there.
expect_empty() {
  [[ -z $(ls -A "$1" 2>/dev/null) ]] || fail "$1 holds $(ls -A "$1")"
}

fetch() { bash "$FETCH" "$@"; }
with_mnist() { SHOAL_MNIST_URL=$1 fetch "${@:2}"; }
with_ml_100k() { SHOAL_ML_100K_URL=$1 fetch "${@:2}"; }

make_wrong_files() {
  local name
  mkdir -p "$1"
  for name in {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz; do gzip -c <<<"not $name" >"$1/$name"; done
}

test_what_cannot_be_downloaded_leaves_nothing() {
  local target=$WORKSPACE/absent
  expect 69 "cannot download file://$WORKSPACE/nowhere/train-images-idx3-ubyte.gz" \
    with_mnist "file://$WORKSPACE/nowhere" "$target" mnist
  expect 69 "SHOAL_MNIST_URL=file:///path/to/folder" with_mnist "file://$WORKSPACE/nowhere" "$target" mnist
  expect 69 "cannot download file://$WORKSPACE/nowhere.zip" with_ml_100k "file://$WORKSPACE/nowhere.zip" "$target" ml-100k
  expect_empty "$target"
}

test_what_is_something_else_leaves_nothing() {
  local target=$WORKSPACE/wrong
  make_wrong_files "$WORKSPACE/wrong-files"
  expect 65 "is not MNIST's" with_mnist "file://$WORKSPACE/wrong-files" "$target" mnist
  echo "no gzip file" >"$WORKSPACE/wrong-files/train-images-idx3-ubyte.gz"
  expect 65 "is not MNIST's" with_mnist "file://$WORKSPACE/wrong-files/" "$target" mnist
  expect 65 "nothing was unpacked" with_ml_100k "file://$WORKSPACE/wrong-files/train-images-idx3-ubyte.gz" "$target" ml-100k
  expect_empty "$target"
}

test_what_is_in_the_way_is_left_alone() {
  local target=$WORKSPACE/in-the-way
  mkdir -p "$target/mnist" "$target/ml-100k"
  echo mine >"$target/mnist/notes"
  expect 1 "$target/mnist exists but does not hold MNIST's four files; move it away first" \
    with_mnist "file://$WORKSPACE/nowhere" "$target" mnist
  expect 1 "$target/ml-100k exists but holds no readable u.data" fetch "$target" ml-100k
  [[ $(<"$target/mnist/notes") == mine ]] || fail "$target/mnist/notes has changed"
}

test_one_set_that_fails_does_not_keep_the_other_away() {
  local target=$WORKSPACE/both
  mkdir -p "$target/ml-100k"
  touch "$target/ml-100k/u.data"
  expect 69 "$target/ml-100k is there already." with_mnist "file://$WORKSPACE/nowhere" "$target"
  expect 69 "cannot download" with_mnist "file://$WORKSPACE/nowhere" "$target"
}

test_unknown_names_and_options_are_refused() {
  expect 64 "there is no data set 'cifar' to fetch; there are ml-100k and mnist" fetch "$WORKSPACE/x" cifar
  expect 64 "unknown option --nonsense" fetch --nonsense
  expect 0 "SHOAL_MNIST_URL" fetch --help
  expect_empty "$WORKSPACE/x"
}

# Over HTTP, from a server that speaks for itself, with the files compressed anew.
test_mnist_is_fetched_whole() {
  local target=$WORKSPACE/whole mirror=$WORKSPACE/mirror name port
  mkdir "$mirror"
  for name in {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz; do
    gzip -dc "$SHOAL_DATA_DIR/mnist/$name" | gzip -1 >"$mirror/$name"
  done
  coproc SERVER { exec python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$mirror" 2>/dev/null; }
  read -r port <&"${SERVER[0]}"
  port=${port#*port } port=${port%% *}
  expect 0 "MNIST lies in $target/mnist." with_mnist "http://127.0.0.1:$port" "$target" mnist
  kill "$SERVER_PID"
  for name in {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz; do
    cmp <(gzip -dc "$target/mnist/$name") <(gzip -dc "$SHOAL_DATA_DIR/mnist/$name") || fail "$name differs"
  done
  [[ $(ls -A "$target") == mnist ]] || fail "$target holds more than mnist: $(ls -A "$target")"
  expect 0 "$target/mnist is there already." with_mnist "file://$WORKSPACE/nowhere" "$target" mnist
  # A file that is damaged later is not taken for good, nor replaced.
  truncate -s -100 "$target/mnist/t10k-images-idx3-ubyte.gz"
  expect 1 "does not hold MNIST's four files" with_mnist "http://127.0.0.1:$port" "$target" mnist
}

test_what_cannot_be_downloaded_leaves_nothing
test_what_is_something_else_leaves_nothing
test_what_is_in_the_way_is_left_alone
test_one_set_that_fails_does_not_keep_the_other_away
test_unknown_names_and_options_are_refused
if [[ -r ${SHOAL_DATA_DIR:-data}/mnist/train-images-idx3-ubyte.gz ]] && command -v python3 >/dev/null; then
  SHOAL_DATA_DIR=${SHOAL_DATA_DIR:-data} test_mnist_is_fetched_whole
else
  echo "Left out: a whole MNIST, for SHOAL_DATA_DIR has none or there is no python3."
fi
((FAILURES == 0)) || exit 1
echo "fetch_data.sh does as it says."
