#!/usr/bin/env bash
# Installs what shoal is built from, on Debian 12 and Ubuntu 24.04. Needs root or sudo, and only if a package is
# missing: where all are there it takes no time and no network.
#
#   bash deploy/install_dependencies.sh          what the build and the tests need
#   bash deploy/install_dependencies.sh --dev    also clang, clang-tidy, clang-format and shellcheck, for the checks
#   bash deploy/install_dependencies.sh --cuda   also CUDA 13 and NCCL, for workers on GPUs; they come from NVIDIA's
#                                                package repository, which must be set up (docs/gpu.md says how)
set -euo pipefail
# shellcheck source=deploy/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PACKAGES=(
  # Tools.
  g++ cmake ninja-build ccache pkg-config ca-certificates curl unzip
  # Libraries that CMakeLists.txt finds; docs/dependencies.md says what each is for.
  libgrpc++-dev protobuf-compiler-grpc protobuf-compiler libprotobuf-dev libabsl-dev
  libhwy-dev libopenblas-dev librandom123-dev libxxhash-dev libzstd-dev zlib1g-dev libcli11-dev nlohmann-json3-dev
  libicu-dev libsentencepiece-dev libgloo-dev libfaiss-dev
  # What `shoal plot` runs.
  gnuplot-nox
  libgtest-dev libgmock-dev libbenchmark-dev
)
# clang-format 14 on every system: other versions format differently.
DEV_PACKAGES=(git clang clang-tidy clang-format-14 shellcheck)
# From NVIDIA's repository. The driver is not among them: a machine that only builds needs none.
CUDA_PACKAGES=(cuda-nvcc-13-0 cuda-cudart-dev-13-0 cuda-cccl-13-0 cuda-nvtx-13-0 cuda-sanitizer-13-0 libcublas-dev-13-0
  libnccl-dev)

WANTS_CUDA=0
for argument in "$@"; do
  case $argument in
    --dev) PACKAGES+=("${DEV_PACKAGES[@]}") ;;
    --cuda) PACKAGES+=("${CUDA_PACKAGES[@]}") WANTS_CUDA=1 ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die "unknown option $argument; the options are --dev and --cuda" 64 ;;
  esac
done

missing_packages() {
  local package
  for package in "${PACKAGES[@]}"; do
    if [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      echo "$package"
    fi
  done
}

apt_get() { "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y "$@"; }

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  die "needs apt-get (Debian 12, Ubuntu 24.04); elsewhere install what docs/dependencies.md lists and build with CMake"
fi
mapfile -t MISSING < <(missing_packages)
if ((${#MISSING[@]} == 0)); then
  echo "All ${#PACKAGES[@]} packages are installed."
  exit 0
fi

AS_ROOT=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || die "needs root or sudo to install: ${MISSING[*]}"
  AS_ROOT=(sudo)
  # Asks for a password here, where it can be seen, not inside a logged step.
  sudo -v || die "sudo refused; as root, run: apt-get install ${MISSING[*]}"
fi

announce "Installing ${#MISSING[@]} packages: ${MISSING[*]}"
run_logged apt-update apt_get update
if ((WANTS_CUDA)) && [[ -z $(apt-cache policy "${CUDA_PACKAGES[0]}") ]]; then
  die "apt knows no ${CUDA_PACKAGES[0]}: NVIDIA's repository is not set up; docs/gpu.md says how. Without --cuda the CPU \
worker is built"
fi
run_logged apt-install apt_get install --no-install-recommends "${MISSING[@]}"
