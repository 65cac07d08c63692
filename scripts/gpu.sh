#!/usr/bin/env bash
# Builds bin/trainer with the CUDA engine: fetches or finds the toolkit, compiles the kernels that changed, links, and checks what the assembler
# says of the kernels: one that spills registers is slow, so that the program is there but this script fails. Needs Go, a C++ compiler, make,
# and pip or an installed toolkit; no GPU.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/cuda-toolchain.sh
for image in kernels/image/*.fatbin; do # of kernels that are gone
    [ -e "kernels/$(basename "$image" .fatbin).cu" ] || rm -f "$image"
done
make --no-print-directory -j "$(nproc)" kernels
. scripts/cuda-env.sh
go build -tags gpu -o bin/trainer ./cmd/trainer
scripts/cuda-registers.sh
