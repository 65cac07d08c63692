#!/usr/bin/env bash
# Writes kernels/driver/symbols.h anew: every function of the driver that gorgonia.org/cu or kernels/driver leaves undefined. To be run
# when the link fails for want of a cu* function.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/cuda-headers.sh
. scripts/cuda-env.sh
# cuInit is written by hand in delay.c; the other three are gorgonia.org/cu's own.
skip='^(cuInit|cuAllocAndCopy|cuDeviceGetAttributes|cuLaunchAndSync)$'
symbols=$(for package in gorgonia.org/cu ./kernels/driver; do
    nm -u "$(go list -tags gpu -export -f '{{.Export}}' $package)" 2>/dev/null || true
done | awk '{print $2}' | grep -E '^cu[A-Z]' | sort -u | grep -Ev "$skip" | sed 's/.*/X(&)/')
printf '// Made by scripts/cuda-symbols.sh.\n%s\n' "$symbols" >kernels/driver/symbols.h
