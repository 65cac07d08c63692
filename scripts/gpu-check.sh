#!/usr/bin/env bash
# Checks and measures the trainer on a machine with an NVIDIA GPU. Needs the driver and bash; no Go, no internet, no CUDA.
#
#     scripts/gpu-check.sh BINARY [-data DIR] [-part checks|speed|train] [-out FOLDER] [-device cuda:0] [-yardstick DIR]
#
# BINARY is bin/trainer of `make gpu`. DIR holds train400 and bsd68; without it synthetic images are used, and the report says so. Each part takes
# less than 8 minutes: what has not begun by then is left out, and counts as failed. Without -part all three run. First the kernel for the matrix
# instructions of compute capability 9.0, which has never run on a device, is compared with the portable one: only if it agrees is it timed beside the others. -yardstick names the folder of bench_torch.py, which is run beside ours if python3 there has
# PyTorch with CUDA. Every step has a time limit of its own, and one that fails does not stop the others. FOLDER (gpu-check) receives report.md,
# report.json and each step's output. Exit code 1 if a step failed.
set -uo pipefail

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }

binary=${1-}
[ -n "$binary" ] && [ -x "$binary" ] || usage
shift
data= parts="checks speed train" out=gpu-check device=cuda yardstick=
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case $1 in
    -data) data=$2 ;;
    -part) parts=$2 ;;
    -out) out=$2 ;;
    -device) device=$2 ;;
    -yardstick) yardstick=$2 ;;
    *) usage ;;
    esac
    shift 2
done
for part in $parts; do case $part in checks | speed | train) ;; *) usage ;; esac; done
binary=$(realpath "$binary")
mkdir -p "$out" && out=$(realpath "$out") || exit 1
train_images=dead-leaves test_images=
if [ -n "$data" ] && [ -d "$data/train400" ] && [ -d "$data/bsd68" ]; then
    train_images=$(realpath "$data/train400") test_images=$(realpath "$data/bsd68")
fi

# Lengths, which a test on the emulated device makes shorter.
scale=${GPU_CHECK_SCALE:-full}
if [ "$scale" = full ]; then
    run_steps=400 run_network=unet32x64x128b1 run_batch=16 run_patch=64 bench_steps=50 minutes=5
    speeds="dncnn17x64:128:40:train unet64x128x256x512b4:16:128:train unet32x64x128b1:16:64:train dncnn17x64:1:512:denoise"
    extra=()
else
    run_steps=12 run_network=unet4x6b1 run_batch=2 run_patch=16 bench_steps=1 minutes=0.05
    speeds="dncnn2x8:1:8:train dncnn2x8:1:16:denoise"
    extra=(-set network.name=dncnn3x8 -set train.batch=2 -set train.patch=16)
fi

report=$out/report.md
json=$out/steps.jsonl
: >"$json"
failed=0
part_seconds=465 deadline=$part_seconds # with what a stopped command takes to end, below 8 minutes
say() { printf '%s\n' "$*" | tee -a "$report"; }
quoted() { local s=${1//\\/\\\\}; printf '"%s"' "${s//\"/\\\"}"; }

step() { # NAME SECONDS COMMAND...: runs the command, keeps its output, and notes how it ended
    local name=$1 limit=$2 file began code result
    shift 2
    if [ $SECONDS -ge $deadline ]; then
        failed=1
        printf '{"step":%s,"result":"left out","seconds":0,"command":%s}\n' "$(quoted "$name")" "$(quoted "$*")" >>"$json"
        say "- $name: left out, the part's time is over"
        return 1
    fi
    [ $((deadline - SECONDS)) -ge "$limit" ] || limit=$((deadline - SECONDS))
    file=$out/$(tr -c 'a-zA-Z0-9\n' - <<<"$name").txt
    began=$SECONDS
    timeout --kill-after=10 "$limit" "$@" >"$file" 2>&1
    code=$?
    case $code in 0) result=passed ;; 124 | 137) result="stopped after $limit s" ;; *) result="failed, exit code $code" ;; esac
    [ $code -eq 0 ] || failed=1
    printf '{"step":%s,"result":%s,"seconds":%d,"command":%s}\n' "$(quoted "$name")" "$(quoted "$result")" $((SECONDS - began)) "$(quoted "$*")" >>"$json"
    say "- $name: $result, $((SECONDS - began)) s"
    [ $code -eq 0 ] || tail -n 5 "$file" | sed 's/^/      /' | tee -a "$report"
    return $code
}

shown() { { printf '\n```\n'; cat "$1"; printf '```\n'; } >>"$report"; }
output() { echo "$out/$(tr -c 'a-zA-Z0-9\n' - <<<"$1").txt"; }

# resumed: a run that is stopped in its middle and goes on leaves the bytes of one that was not.
resumed() { # PRECISION
    local folder=$out/resumed-$1 process
    rm -rf "$folder"
    mkdir -p "$folder"
    local arguments=(-config demo.toml -deterministic -set "device.name=$device" -set "train.steps=$run_steps" -set "train.precision=$1"
        -set "network.name=$run_network" -set "train.batch=$run_batch" -set "train.patch=$run_patch" -set checkpoint.every=5 -set "data.train=$train_images")
    "$binary" "${arguments[@]}" -set "experiment.output=$folder/whole" || return 1
    "$binary" "${arguments[@]}" -set "experiment.output=$folder/half" &
    process=$!
    until [ -e "$folder/half/checkpoints/00000005.safetensors" ] || ! kill -0 $process 2>/dev/null; do sleep 0.02; done
    kill -TERM $process 2>/dev/null
    wait $process
    echo "stopped with exit code $?"
    "$binary" "${arguments[@]}" -set "experiment.output=$folder/half" -resume || return 1
    cmp "$folder/whole/model.safetensors" "$folder/half/model.safetensors" && cmp "$folder/whole/metrics.jsonl" "$folder/half/metrics.jsonl" &&
        cmp "$folder/whole/checkpoints/$(printf %08d "$run_steps").safetensors" "$folder/half/checkpoints/$(printf %08d "$run_steps").safetensors"
}

# wgmma lets the steps below choose a kernel that has never run on a device, if it computes here what the portable one does.
wgmma() {
    if ! "$binary" devices 2>/dev/null | grep -q "^${device/%cuda/cuda:0} .*compute capability 9.0"; then
        say "" "- wgmma: $device is not of compute capability 9.0"
    elif step "wgmma beside mma" 60 "$binary" devices -wgmma -device "$device"; then
        export TWEEDIE_WGMMA=1
    fi
}

checks() {
    say "" "## Checks" ""
    step "devices" 60 "$binary" devices
    shown "$(output devices)"
    step "every operation by every algorithm against the reference" 240 "$binary" devices -check -device "$device"
    tail -n 1 "$(output "every operation by every algorithm against the reference")" | sed 's/^/  /' | tee -a "$report"
    for precision in f32 bf16; do
        step "a run resumed bit for bit, $precision" 90 bash -c 'resumed "$1"' bash $precision
    done
    if command -v compute-sanitizer >/dev/null; then
        for tool in memcheck racecheck initcheck; do
            step "compute-sanitizer $tool" 100 compute-sanitizer --tool $tool --error-exitcode 9 "$binary" bench -device "$device" -net unet8x16b1 -batch 2 -size 16 -steps 1 -precision bf16
        done
    else
        say "- compute-sanitizer is not here: not run"
    fi
}

torch_cuda() { [ -n "$yardstick" ] && python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; }

speed() {
    say "" "## Speed" ""
    local net batch size mode name infer
    for entry in $speeds; do
        IFS=: read -r net batch size mode <<<"$entry"
        for precision in bf16 f32; do
            name="$net $mode $batch of $size $precision"
            step "$name" 100 "$binary" bench -device "$device" -net "$net" -batch "$batch" -size "$size" -mode "$mode" -precision $precision -steps $bench_steps
            shown "$(output "$name")"
        done
        step "algorithms of $net $mode" 100 "$binary" bench -algorithms -device "$device" -net "$net" -batch "$batch" -size "$size" -mode "$mode" -precision bf16
        shown "$(output "algorithms of $net $mode")"
        if torch_cuda; then
            infer=()
            [ "$mode" = train ] || infer=(--infer)
            step "PyTorch, $net $mode $batch of $size" 200 python3 "$yardstick/bench_torch.py" --device cuda --net "$net" --batch "$batch" --size "$size" "${infer[@]}" --mode bf16_cl,compile_bf16_cl
            shown "$(output "PyTorch, $net $mode $batch of $size")"
        fi
    done
    torch_cuda || say "- PyTorch with CUDA is not here, or -yardstick was not given: not compared"
}

train() {
    say "" "## Training" ""
    [ -n "$test_images" ] || say "Without -data: synthetic images, so that the figures cannot be compared with published ones." ""
    rm -rf "$out/run"
    step "training for $minutes minutes" 420 "$binary" -config gpu-sigma25.toml -set "device.name=$device" -set "train.minutes=$minutes" \
        -set "experiment.output=$out/run" -set "data.train=$train_images" "${extra[@]}" || return
    tail -n 4 "$(output "training for $minutes minutes")" >"$out/end.txt"
    shown "$out/end.txt"
    if [ -n "$test_images" ]; then
        step "PSNR on bsd68" 120 "$binary" eval -model "$out/run" -data "$test_images" -sigma 25 -device "$device"
        tail -n 2 "$(output "PSNR on bsd68")" >"$out/end.txt"
        shown "$out/end.txt"
    fi
}

export -f resumed # timeout runs programs, not functions of this shell
export binary device out train_images run_steps run_network run_batch run_patch

: >"$report"
say "# GPU check of $("$binary" version 2>/dev/null | head -n 1)" ""
say "$(date -u +%Y-%m-%d), $(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null | head -n 1 || true)"
wgmma
for part in $parts; do
    deadline=$((SECONDS + part_seconds))
    $part
done
say "" "$([ $failed -eq 0 ] && echo "Every step passed." || echo "Some steps failed.")"
{
    printf '{"passed":%s,"steps":[' "$([ $failed -eq 0 ] && echo true || echo false)"
    paste -sd, "$json"
    printf ']}\n'
} >"$out/report.json"
rm -f "$json" "$out/end.txt"
echo "report: $report"
exit $failed
