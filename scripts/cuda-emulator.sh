#!/usr/bin/env bash
# Builds build/emulator/MODE/libcuda.so.1, a CUDA driver that runs this repository's kernels on the CPU, and the link libcublas.so.13 to it.
#
#   scripts/cuda-emulator.sh fast    runs as fast as it can
#   scripts/cuda-emulator.sh check   judges every access: bounds, initialisation, races; several times slower
#
# A command after the mode is run with the environment that makes the trainer use this driver:
#
#   scripts/cuda-emulator.sh check -- go test -tags gpu ./kernels/...
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1-}
case $mode in fast | check) shift ;; *)
    echo 'usage: scripts/cuda-emulator.sh fast|check [-- COMMAND...]' >&2
    exit 2
    ;;
esac
[ "${1-}" != -- ] || shift
out=$PWD/build/emulator/$mode

scripts/cuda-headers.sh
mkdir -p "$out"
(
    flock 9
    nice -n 5 make --no-print-directory -s -j"$(nproc)" -f kernels/emu/emulator.mk MODE="$mode"
) 9>"$out/lock"

[ $# = 0 ] && exit
. scripts/cuda-env.sh
export TWEEDIE_CUDA_DRIVER=$out/libcuda.so.1 TWEEDIE_CUDA_LIBRARIES=$out
exec "$@"
