#!/usr/bin/env bash
# Tests the CUDA engine without a GPU, on the emulated driver.
#
#   scripts/test-cuda.sh short    every kernel and the whole engine once, each access judged; and nvcc compiles the kernels
#   scripts/test-cuda.sh long     the same in the fast build too, and under other orders of streams and graphs
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/checks.sh

if ! reason=$(scripts/cuda-headers.sh 2>&1); then
    skipped "the CUDA tests, because cuda.h is not there: $reason"
    finish
fi
. scripts/cuda-env.sh
check "go vet, with CUDA" go vet -tags gpu ./...
check "staticcheck, with CUDA" go tool -modfile=scripts/tools/go.mod staticcheck -tags gpu ./...

emulated() { # MODE SCHEDULE
    check "emulated driver, $1" scripts/cuda-emulator.sh "$1" || return 1
    export TWEEDIE_CUDA_DRIVER=$PWD/build/emulator/$1/libcuda.so.1 TWEEDIE_CUDA_LIBRARIES=$PWD/build/emulator/$1 TWEEDIE_EMULATOR_SCHEDULE=$2
    echo "emulated driver: $1, schedule $2"
    check "CUDA, $1, $2" tested -tags gpu ./kernels/... ./cudnn ./engine/device/cuda
    check "training and commands on CUDA, $1, $2" tested -tags gpu -run 'CUDA|Found' ./engine ./engine/train ./cmd/trainer
}

emulated check late
if [ "${1-}" = long ]; then
    emulated check 1
    for schedule in late eager 2 3; do
        emulated fast $schedule
    done
fi

if reason=$(scripts/cuda-toolchain.sh 2>&1); then
    check "kernels compiled by nvcc" make --no-print-directory -j "$(nproc)" kernels &&
        check "registers" scripts/cuda-registers.sh >build/registers.log && grep -c . build/kernels/registers.txt >/dev/null &&
        echo "nvcc compiles all kernels without spills; registers in build/kernels/registers.txt"
else
    skipped "the compilation of the kernels, because nvcc is not there: $reason"
fi
finish
