#!/usr/bin/env bash
# Times the same steps here and in PyTorch (channels_last), by turns, so that a busy machine slows both, and prints the least times.
#
#     scripts/bench-torch.sh YARDSTICK [ROUNDS]
#
# YARDSTICK is the folder of bench_torch.py. PYTHON names a Python with torch (default python3).
set -euo pipefail
yardstick=${1:?name the folder of bench_torch.py}
rounds=${2:-3}
python=${PYTHON:-python3}
trainer=${TRAINER:-$(dirname "$0")/../bin/trainer}
export PYTHONDONTWRITEBYTECODE=1

field() { sed -nE "s/.*\"$1\": ?([0-9.]+).*/\1/p"; }
least() { sort -g | head -n 1; }

compare() { # LABEL NET BATCH SIZE STEPS MODE
    local label=$1 net=$2 batch=$3 size=$4 steps=$5 mode=$6 infer=() ours="" theirs=""
    [ "$mode" = train ] || infer=(--infer)
    for ((round = 0; round < rounds; round++)); do
        ours+="$("$trainer" bench -net "$net" -batch "$batch" -size "$size" -steps "$steps" -mode "$mode" -json | tee -a "$log" | field ms_min)"$'\n'
        theirs+="$("$python" "$yardstick/bench_torch.py" --net "$net" --batch "$batch" --size "$size" --steps "$steps" --mode cl "${infer[@]}" | tee -a "$log" | field ms_min)"$'\n'
    done
    ours=$(grep . <<<"$ours" | least)
    theirs=$(grep . <<<"$theirs" | least)
    awk -v l="$label" -v o="$ours" -v t="$theirs" 'BEGIN { printf "| %s | %.1f ms | %.1f ms | %.2f |\n", l, o, t, t / o }'
}

log=$(mktemp)
echo "| work | trainer | PyTorch channels_last | ratio |"
echo "|---|---|---|---|"
compare "U-Net unet32x64x128b1, training step, 8 of 64x64" unet32x64x128b1 8 64 12 train
compare "DnCNN 17x64, training step, 32 of 40x40" dncnn17x64 32 40 8 train
compare "DnCNN 17x64, denoise 512x512" dncnn17x64 1 512 8 denoise
echo "every measurement: $log" >&2
