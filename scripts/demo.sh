#!/usr/bin/env bash
# Trains the demo preset on synthetic images, measures it on held-out ones, and compares with what BM3D reaches on the same noisy images
# (scripts/record/demo-bm3d.json, measured once). The run is kept in demo/; a finished one is not trained again.
set -euo pipefail
cd "$(dirname "$0")/.."
trainer=${TRAINER:-bin/trainer}
"$trainer" -config demo -resume -set experiment.output=demo
"$trainer" eval -model demo -data dead-leaves -sigma 25 -save demo/images -force >demo/eval.txt
number() { sed -nE "s/^$1.*PSNR +([0-9.]+) dB.*/\1/p" demo/eval.txt; }
bm3d=$(sed -nE 's/.*"psnr": *([0-9.]+).*/\1/p' scripts/record/demo-bm3d.json)
cat <<EOT

Twelve held-out synthetic images, noise of standard deviation 25 (of 255), PSNR:
  noisy     $(number 'noisy') dB
  denoised  $(number 'mean of') dB
  BM3D      $bm3d dB (measured once on the same noisy images)
Look at demo/samples/ (noisy, denoised, clean, residual), demo/training.png and demo/images/.
Denoise your own:  $trainer denoise -model demo photo.jpg -o denoised.png
EOT
