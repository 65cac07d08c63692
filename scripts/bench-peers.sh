#!/usr/bin/env bash
# Compares the CPU engine with PyTorch on this machine and writes the table to scripts/reports/cpu-MACHINE.md.
#
#     scripts/bench-peers.sh YARDSTICK [ROUNDS]       # a round took 6 minutes
#
# YARDSTICK is the folder of bench_torch.py. PyTorch is installed (5 GB) into TORCH, build/torch unless set, if it is not there. Both programs take
# turns in every round, so that a busy machine slows both; what counts is each one's least time of a round, and the median of the ratios over the rounds.
set -euo pipefail
cd "$(dirname "$0")/.."
yardstick=$(realpath "${1:?name the folder of bench_torch.py}")
torch=${TORCH:-build/torch}
[ -x "$torch/bin/python" ] || python3 -m venv "$torch"
"$torch/bin/python" -c 'import torch, numpy' 2>/dev/null || "$torch/bin/pip" install -q torch numpy safetensors pillow
go build -o bin/trainer ./cmd/trainer
PYTHONDONTWRITEBYTECODE=1 "$torch/bin/python" scripts/peers/compare.py --yardstick "$yardstick" --trainer bin/trainer --rounds "${2:-3}" --reports scripts/reports
