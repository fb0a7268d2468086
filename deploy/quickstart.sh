#!/usr/bin/env bash
# From a fresh checkout to a trained model: installs what is missing, builds shoal, and trains matrix factorisation on
# MovieLens 100K. Run it again at any time: steps that are done take no time, and each run trains into a new folder.
#
#   bash deploy/quickstart.sh
#
# The data comes from SHOAL_DATA_DIR if set, else from data/ of this checkout or ~/.cache/shoal, else from the network.
# With no data and no network it trains on made-up ratings, and says so.
set -euo pipefail
# shellcheck source=deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case ${1:-} in
  '') ;;
  -h | --help)
    usage
    exit 0
    ;;
  *) die "unknown argument $1; it takes none" 64 ;;
esac
if [[ -d ${SHOAL_DATA_DIR:-} ]]; then SHOAL_DATA_DIR=$(cd "$SHOAL_DATA_DIR" && pwd); fi
cd "$SHOAL_ROOT"

# Sets JOB, SHOAL_DATA_DIR where the job needs it, and MADE_UP where the ratings are no real ones.
choose_job() {
  MADE_UP=''
  JOB=examples/ml-100k.textproto
  if [[ -n ${SHOAL_DATA_DIR:-} ]]; then
    # A folder that was named and is wrong is a mistake to be told about, not to be worked around.
    if [[ ! -r $SHOAL_DATA_DIR/ml-100k/u.data ]]; then
      die "SHOAL_DATA_DIR is $SHOAL_DATA_DIR, which has no ml-100k/u.data that can be read;
unset it, or run: bash deploy/fetch_data.sh $SHOAL_DATA_DIR ml-100k" 78
    fi
  elif SHOAL_DATA_DIR=$(find_local_data); then
    :
  elif bash deploy/fetch_data.sh "$SHOAL_CACHE" ml-100k; then
    SHOAL_DATA_DIR=$SHOAL_CACHE
  else
    choose_synthetic_job
    return
  fi
  export SHOAL_DATA_DIR
  echo "Ratings: $SHOAL_DATA_DIR/ml-100k/u.data"
}

choose_synthetic_job() {
  local answer=y
  echo
  echo "There is no MovieLens data here. Made-up ratings of a low-rank model can be trained on instead: the same"
  echo "program runs, but its errors say nothing about MovieLens."
  if [[ -t 0 && -t 1 ]]; then
    read -r -p "Train on made-up ratings? [Y/n] " answer || answer=n
  fi
  case ${answer:-y} in
    [yY]*) ;;
    *) die "nothing trained; get the data as said above and run this again" 69 ;;
  esac
  MADE_UP=yes
  JOB=examples/synthetic.textproto
  announce "No MovieLens data: training on MADE-UP ratings ($JOB)"
}

# summary_values KEY [BLOCK]: all numbers called KEY in summary.json, one a line; only those of a BLOCK {...} if one is
# named. The file is read by pattern, because a bare system has no JSON tool.
summary_values() {
  local text
  text=$(tr -d ' \n' <"$RUN/summary.json")
  if [[ -n ${2:-} ]]; then text=$(grep -o "\"$2\":{[^}]*}" <<<"$text"); fi
  grep -o "\"$1\":[^,}]*" <<<"$text" | cut -d: -f2
}

# validation_line METRIC: the last epoch's value, which is that of the checkpoint, and the lowest of all epochs.
validation_line() {
  summary_values "$1" validation | awk -v name="${1^^}" '
    NR == 1 || $1 < best { best = $1; epoch = NR }
    { last = $1 }
    END { printf "    validation %-7s %.4f  (lowest: %.4f, after epoch %d of %d)\n", name, last, best, epoch, NR }'
}

print_result() {
  local checkpoint
  checkpoint=$(find "$RUN/checkpoints" -mindepth 1 -maxdepth 1 -name 'step-*' | sort -V | tail -n 1)
  announce "Trained $JOB${MADE_UP:+ on MADE-UP ratings}"
  validation_line rmse
  validation_line mse
  printf '    examples/s         %.0f\n' "$(summary_values examples_per_second)"
  printf '    run                %s  (summary.json, metrics.jsonl, logs/)\n' "$RUN"
  printf '    checkpoint         %s\n' "$checkpoint"
  announce "What to try next"
  if [[ -n ${SHOAL_DATA_DIR:-} ]]; then printf '    export SHOAL_DATA_DIR=%q\n' "$SHOAL_DATA_DIR"; fi
  cat <<EOF
    build/release/bin/shoal train $JOB --parameter_servers=2 --workers=2
    build/release/bin/shoal train $JOB --set training.epochs=10
    build/release/bin/shoal inspect $checkpoint
    build/release/bin/shoal export $checkpoint --table=item --format=npy --output=$RUN/item.npy
    bash deploy/test.sh
EOF
}

announce "1/4 Dependencies"
bash deploy/install_dependencies.sh
announce "2/4 Build (a few minutes the first time)"
configure_and_build release shoal shoal-parameter-server shoal-worker
echo "Binaries: build/release/bin/"
announce "3/4 Data"
choose_job
announce "4/4 Training"
RUN=runs/quickstart-$(date +%Y%m%d-%H%M%S)
readonly RUN
build/release/bin/shoal train "$JOB" --output="$RUN"
print_result
