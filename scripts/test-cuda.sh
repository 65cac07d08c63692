#!/usr/bin/env bash
# Tests the CUDA engine without a GPU, on the emulated driver.
#
#   scripts/test-cuda.sh short    every kernel and the whole engine once, each access judged; and nvcc compiles the kernels
#   scripts/test-cuda.sh long     the same in the fast build too, under other orders of streams and graphs, and with faults put into kernels
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
    check "CUDA, $1, $2" tested -count=1 -tags gpu ./kernels/... ./cudnn ./engine/device/cuda
    check "training and commands on CUDA, $1, $2" tested -count=1 -tags gpu -run 'CUDA|Found' ./engine ./engine/train ./cmd/trainer
}

# What a machine with a GPU is checked by, on short work: all of it passes, and on a device that is not there its steps fail, each by itself.
gpu_check() {
    scripts/cuda-emulator.sh fast && go build -tags gpu -o build/trainer-gpu ./cmd/trainer || return 1
    export TWEEDIE_CUDA_DRIVER=$PWD/build/emulator/fast/libcuda.so.1 GPU_CHECK_SCALE=test TWEEDIE_EMULATOR_CAPABILITY=9.0
    scripts/gpu-check.sh build/trainer-gpu -out build/gpu-check >build/gpu-check.log 2>&1 || { cat build/gpu-check.log; return 1; }
    grep -q '[1-9][0-9]* parts, 0 failed' build/gpu-check/report.md || { echo "the report does not count the parts"; return 1; }
    grep -q 'wgmma beside mma: passed' build/gpu-check/report.md || { echo "wgmma was not compared"; return 1; }
    if scripts/gpu-check.sh build/trainer-gpu -out build/gpu-check-absent -part checks -device cuda:9 >build/gpu-check-absent.log 2>&1; then
        echo "gpu-check.sh passes on a device that is not there"
        return 1
    fi
    [ "$(grep -c 'failed, exit code' build/gpu-check-absent/report.md)" = 3 ] || { cat build/gpu-check-absent/report.md; return 1; }
}

emulated check late
check "gpu-check.sh on the emulated device" gpu_check
if [ "${1-}" = long ]; then
    emulated check 1
    for schedule in late eager 2 3; do
        emulated fast $schedule
    done
    check "faults in kernels are noticed" scripts/mutate-kernels.sh
fi

if reason=$(scripts/cuda-toolchain.sh 2>&1); then
    check "kernels compiled by nvcc" make --no-print-directory -j "$(nproc)" kernels &&
        check "registers" scripts/cuda-registers.sh >build/registers.log && grep -c . build/kernels/registers.txt >/dev/null &&
        echo "nvcc compiles all kernels without spills; registers in build/kernels/registers.txt"
else
    skipped "the compilation of the kernels, because nvcc is not there: $reason"
fi
finish
