#!/usr/bin/env bash
# Makes build/cuda a CUDA toolkit that compiles device code: a link to an installed one of 13.0 or newer, else NVIDIA's wheels of 13.0,
# 109 MB, pinned by hash. Does nothing if it is there. Needs python3 with pip, and a C++ compiler for nvcc; no root, no GPU, no driver.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/cuda-wheels.sh
mkdir -p build
exec 9>build/cuda.lock
flock 9
if [ ! -e build/cuda ] && toolkit=$(installed_toolkit); then
    ln -sfn "$toolkit" build/cuda
fi
if [ ! -L build/cuda ]; then
    # 13.0 on purpose: a driver of 13.0 refuses PTX of a newer compiler. Only cuobjdump and nvdisasm have no wheel of 13.0; 13.2 reads it.
    install_wheels build/cuda toolkit 'nvidia-cuda-nvcc==13.0.88 --hash=sha256:56fe502eb77625a12f25172caa3cdddb4e4c8ba2c8c17dba44b164761b380f03
nvidia-nvvm==13.0.88 --hash=sha256:c5f41ffeb6466944a026dfa5317d7d85355c119bbec279205d22f1869d1054e0
nvidia-cuda-crt==13.0.88 --hash=sha256:2c8043c7c9e02492716426e9919fc78d2c5b3b2a7a768a88e952676b08aa55a4
nvidia-cuda-runtime==13.0.96 --hash=sha256:7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548
nvidia-cuda-cccl==13.0.85 --hash=sha256:e0da7ad981f3a8aff08241b5bfc1af868742a63e2762f53a5171c492ef242649
nvidia-cuda-cuobjdump==13.2.86 --hash=sha256:d332c2ffe78e703ca0a3894be927f83124244e2acf0d792b8c12b4362d44d837
nvidia-cuda-nvdisasm==13.2.86 --hash=sha256:53606e719ecae07a2335f95902d5a1393a0cc1c317499ee7ffcf628a44385f2c'
fi
if ! build/cuda/bin/nvcc --version >/dev/null; then
    echo "build/cuda/bin/nvcc does not start; remove build/cuda and try again" >&2
    exit 1
fi
