#!/usr/bin/env bash
# Compiles kernels/X.cu to kernels/image/X.fatbin: machine code for compute capability 8.0 (which 8.x runs), 9.0 with its own instructions
# and 10.0, and PTX that drivers compile for later ones. Beside it, build/kernels gets X.d (what X.cu includes), X.ptxas (what the assembler
# says) and X.mma (how many matrix instructions each function has, and how many of them are Hopper's own). The same source gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
name=$(basename "$1" .cu)
image=kernels/image/$name.fatbin
record=build/kernels/$name
export PATH=$PWD/build/cuda/bin:$PATH
mkdir -p build/kernels

# -fmad=false: products and sums are rounded as written, as on the other devices; kernels say fmaf where they want one rounding.
if ! nvcc -fatbin -std=c++17 -O3 -fmad=false -Werror all-warnings -Xptxas -v -Xfatbin -compress-all \
    -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90a,code=sm_90a -gencode arch=compute_100,code=sm_100 \
    -gencode arch=compute_80,code=compute_80 \
    -MMD -MP -MF "$record.d" -MT "$image" -o "$record.fatbin" "kernels/$name.cu" >"$record.ptxas" 2>&1; then
    grep -vE '^ptxas info|bytes stack frame' "$record.ptxas" >&2
    exit 1
fi
cuobjdump -sass "$record.fatbin" | awk '
    /^\tcode for / { architecture = $3 }
    /^\t\tFunction : / { name = $3; count[architecture " " name] += 0 }
    /[ \t](HMMA|HGMMA|UTCHMMA)\./ { count[architecture " " name]++ }
    /[ \t]HGMMA\./ { hopper[architecture " " name]++ }
    END { for (key in count) print key, count[key], hopper[key] + 0 }' >"$record.mma"
mv "$record.fatbin" "$image"
