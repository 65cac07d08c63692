#!/usr/bin/env bash
# Fetches cuBLAS and cuDNN with their headers into build/cuda-libraries: 790 MB of wheels. The program does not need this folder, it finds
# the libraries that a machine has; this is for a machine that has none (TWEEDIE_CUDA_LIBRARIES=build/cuda-libraries/lib) and for the tests
# that compare our prototypes with the headers. Does nothing if they are there.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/cuda-wheels.sh
scripts/cuda-toolchain.sh # whose headers theirs include
exec 9>build/cuda-libraries.lock
flock 9
install_wheels build/cuda-libraries libraries 'nvidia-cublas==13.0.2.14 --hash=sha256:0cf238ffdbe46c00cb9aa98e7bca745c223a5ca5a53e686ac8b3e5a08fe80d6c
nvidia-cudnn-cu13==9.19.0.56 --hash=sha256:d20e1734305e9d68889a96e3f35094d733ff1f83932ebe462753973e53a572bf'
