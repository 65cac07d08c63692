#!/usr/bin/env bash
# What BM3D, non-local means and total variation reach on the noise presets: scripts/record/baselines.py, in a Python environment of its own.
# Noisy images are those of `trainer eval` with seed 0. Some 5 seconds an image on a quiet core for BM3D; what is recorded is not computed again.
#
#   scripts/baselines.sh TRAIN400 BSD68 SET12 [RECORD]
set -euo pipefail
if [ $# -lt 3 ]; then
    sed -n '2,5s/^# \?//p' "$0" >&2
    exit 2
fi
tune=$(realpath "$1") bsd68=$(realpath "$2") set12=$(realpath "$3") record=${4:+$(realpath "$4")}
cd "$(dirname "$0")/.."
environment=build/baselines
if [ ! -x $environment/bin/python ]; then
    python3 -m venv $environment
    $environment/bin/pip install -q bm3d==4.0.3 scikit-image==0.26.0 pillow numpy
fi
OMP_NUM_THREADS=1 nice -n 10 $environment/bin/python scripts/record/baselines.py --trainer "${TRAINER:-bin/trainer}" --tune "$tune" --set "BSD68=$bsd68" \
    --set "Set12=$set12" --record "${record:-scripts/record/baselines.jsonl}"
