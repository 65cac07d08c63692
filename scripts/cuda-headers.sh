#!/usr/bin/env bash
# Puts cuda.h, all that gorgonia.org/cu needs to build, under build/cuda/include: from an installed CUDA toolkit of 13.0 or newer, else
# from a wheel of 2 MB. Does nothing if it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/cuda-wheels.sh
mkdir -p build
exec 9>build/cuda.lock
flock 9
[ "$(cuda_version build/cuda/include/cuda.h)" -ge 13000 ] && exit
if [ ! -e build/cuda ] && toolkit=$(installed_toolkit); then
    ln -sfn "$toolkit" build/cuda
    exit
fi
install_wheels build/cuda headers 'nvidia-cuda-runtime==13.0.96 --hash=sha256:7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548'
