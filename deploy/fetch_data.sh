#!/usr/bin/env bash
# Downloads MovieLens 100K (5 MB) to DIRECTORY/ml-100k. Nothing is done where it is there already.
#
#   bash deploy/fetch_data.sh [DIRECTORY]        default: data/ of this checkout
#
# SHOAL_ML_100K_URL names another place to take the same zip from: a mirror, or file:///home/me/ml-100k.zip.
set -euo pipefail
# shellcheck source=deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly URL=${SHOAL_ML_100K_URL:-https://files.grouplens.org/datasets/movielens/ml-100k.zip}
readonly MD5=0e33842e24a9c977be4e0107933c0723  # GroupLens publishes it beside the zip.

case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  -*) die "unknown option $1" 64 ;;
esac
readonly DIRECTORY=${1:-$SHOAL_ROOT/data}
readonly TARGET=$DIRECTORY/ml-100k

if [[ -r $TARGET/u.data ]]; then
  echo "$TARGET is there already."
  exit 0
fi
if [[ -e $TARGET ]]; then
  die "$TARGET exists but holds no readable u.data; move it away first"
fi
for tool in curl unzip md5sum; do
  command -v "$tool" >/dev/null || die "needs $tool; run: bash deploy/install_dependencies.sh"
done

mkdir -p "$DIRECTORY"
# Beside the target, so that the last step is one rename: the data is there whole or not at all.
SCRATCH=$(mktemp -d "$DIRECTORY/.ml-100k.XXXXXX")
readonly SCRATCH
trap 'rm -rf "$SCRATCH"' EXIT

announce "Downloading $URL"
if ! curl --fail --location --show-error --silent --connect-timeout 15 --max-time 300 --retry 2 \
  --output "$SCRATCH/ml-100k.zip" "$URL"; then
  complain "fetch_data.sh: cannot download $URL"
  cat >&2 <<EOF
Without a network, on a machine that has one, download
  https://files.grouplens.org/datasets/movielens/ml-100k.zip
bring it here, and run
  SHOAL_ML_100K_URL=file:///path/to/ml-100k.zip bash deploy/fetch_data.sh $DIRECTORY
EOF
  exit 69
fi

actual=$(md5sum "$SCRATCH/ml-100k.zip" | cut -d' ' -f1)
if [[ $actual != "$MD5" ]]; then
  die "what $URL gave is not ml-100k.zip: MD5 $actual, expected $MD5; nothing was unpacked" 65
fi
unzip -q "$SCRATCH/ml-100k.zip" -d "$SCRATCH"
mv -T "$SCRATCH/ml-100k" "$TARGET"
echo "MovieLens 100K lies in $TARGET."
