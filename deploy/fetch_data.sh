#!/usr/bin/env bash
# Downloads data sets of the examples and verifies their checksums: MovieLens 100K (5 MB) to DIRECTORY/ml-100k, MNIST
# (11 MB) to DIRECTORY/mnist. A set that is there already is left as it is; one that fails leaves nothing behind.
#
#   bash deploy/fetch_data.sh [DIRECTORY [ml-100k | mnist]...]        default: data/ of this checkout, both
#
# Other places to take the same files from, a mirror or file:///home/me/...:
#   SHOAL_ML_100K_URL    ml-100k.zip
#   SHOAL_MNIST_URL      the folder of the four .gz files
#
# docs/data.md says how to lay out sms/, which this script does not fetch.
set -euo pipefail
# shellcheck source=deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly ML_100K_URL=https://files.grouplens.org/datasets/movielens/ml-100k.zip
readonly ML_100K_MD5=0e33842e24a9c977be4e0107933c0723  # GroupLens publishes it beside the zip.
# Those that torchvision uses.
readonly MNIST_URLS=(https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist)
readonly MNIST_FILES=({train,t10k}-{images-idx3,labels-idx1}-ubyte.gz)
# SHA-256 of what the files hold: mirrors may have compressed it anew.
declare -rA MNIST_SHA256=(
  [train-images-idx3-ubyte.gz]=ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
  [train-labels-idx1-ubyte.gz]=65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
  [t10k-images-idx3-ubyte.gz]=0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
  [t10k-labels-idx1-ubyte.gz]=ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2
)

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die "needs $tool; run: bash deploy/install_dependencies.sh"
  done
}

# Sets SCRATCH, a folder that goes with the script. It lies beside the target, so that the last step is one rename: the
# data is there whole or not at all.
make_scratch() {
  mkdir -p "$DIRECTORY"
  SCRATCH=$(mktemp -d "$DIRECTORY/.$1.XXXXXX")
  trap 'rm -rf "$SCRATCH"' EXIT
}

# download URL FILE
download() {
  announce "Downloading $1"
  curl --fail --location --show-error --silent --connect-timeout 15 --max-time 300 --retry 2 --output "$2" "$1"
}

fetch_ml_100k() {
  local target=$DIRECTORY/ml-100k url=${SHOAL_ML_100K_URL:-$ML_100K_URL} actual
  if [[ -r $target/u.data ]]; then
    echo "$target is there already."
    return
  fi
  if [[ -e $target ]]; then
    die "$target exists but holds no readable u.data; move it away first"
  fi
  need curl unzip md5sum
  make_scratch ml-100k
  if ! download "$url" "$SCRATCH/ml-100k.zip"; then
    complain "fetch_data.sh: cannot download $url"
    cat >&2 <<EOF
Without a network, on a machine that has one, download
  $ML_100K_URL
bring it here, and run
  SHOAL_ML_100K_URL=file:///path/to/ml-100k.zip bash deploy/fetch_data.sh $DIRECTORY ml-100k
EOF
    exit 69
  fi
  actual=$(md5sum "$SCRATCH/ml-100k.zip" | cut -d' ' -f1)
  if [[ $actual != "$ML_100K_MD5" ]]; then
    die "what $url gave is not ml-100k.zip: MD5 $actual, expected $ML_100K_MD5; nothing was unpacked" 65
  fi
  unzip -q "$SCRATCH/ml-100k.zip" -d "$SCRATCH"
  mv -T "$SCRATCH/ml-100k" "$target"
  echo "MovieLens 100K lies in $target."
}

# is_mnist_file FOLDER NAME: whether the file holds what it should. Damage to the compressed bytes changes the checksum.
is_mnist_file() {
  [[ -r $1/$2 && $(gzip -dc "$1/$2" 2>/dev/null | sha256sum | cut -d' ' -f1) == "${MNIST_SHA256[$2]}" ]]
}

is_mnist() {
  local name
  for name in "${MNIST_FILES[@]}"; do
    is_mnist_file "$1" "$name" || return
  done
}

# fetch_mnist_file NAME: into $SCRATCH/mnist, from the first place that has it as it should be.
fetch_mnist_file() {
  local name=$1 url status=69 urls=("${MNIST_URLS[@]}")
  if [[ -n ${SHOAL_MNIST_URL:-} ]]; then urls=("$SHOAL_MNIST_URL"); fi
  for url in "${urls[@]}"; do
    if ! download "${url%/}/$name" "$SCRATCH/mnist/$name"; then
      complain "fetch_data.sh: cannot download ${url%/}/$name"
    elif is_mnist_file "$SCRATCH/mnist" "$name"; then
      return
    else
      complain "fetch_data.sh: what ${url%/}/$name gave is not MNIST's: SHA-256 of its contents is not" \
        "${MNIST_SHA256[$name]}"
      status=65
    fi
  done
  cat >&2 <<EOF
Nothing was kept. Without a network, on a machine that has one, download the four files
  ${MNIST_URLS[0]}/{train,t10k}-{images-idx3,labels-idx1}-ubyte.gz
into a folder, bring it here, and run
  SHOAL_MNIST_URL=file:///path/to/folder bash deploy/fetch_data.sh $DIRECTORY mnist
EOF
  exit "$status"
}

fetch_mnist() {
  local target=$DIRECTORY/mnist name
  need curl gzip sha256sum
  if is_mnist "$target"; then
    echo "$target is there already."
    return
  fi
  if [[ -e $target ]]; then
    die "$target exists but does not hold MNIST's four files; move it away first"
  fi
  make_scratch mnist
  mkdir "$SCRATCH/mnist"
  for name in "${MNIST_FILES[@]}"; do fetch_mnist_file "$name"; done
  mv -T "$SCRATCH/mnist" "$target"
  echo "MNIST lies in $target."
}

case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  -*) die "unknown option $1" 64 ;;
esac
readonly DIRECTORY=${1:-$SHOAL_ROOT/data}
shift $(($# > 0 ? 1 : 0))
if (($# == 0)); then set -- ml-100k mnist; fi

for set in "$@"; do
  case $set in
    ml-100k | mnist) ;;
    *) die "there is no data set '$set' to fetch; there are ml-100k and mnist" 64 ;;
  esac
done
case $* in
  ml-100k) fetch_ml_100k ;;
  mnist) fetch_mnist ;;
  *)
    # Each in a process of its own: one that fails does not keep the others away.
    status=0
    for set in "$@"; do bash "${BASH_SOURCE[0]}" "$DIRECTORY" "$set" || status=$?; done
    exit "$status"
    ;;
esac
