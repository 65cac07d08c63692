"""Times training steps and denoising in Tweedie and in PyTorch by turns, and writes the ratios: see scripts/bench-peers.sh."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys

MODES = ["eager", "cl", "compile", "compile_cl"]
NAMES = {"eager": "eager", "cl": "channels_last", "compile": "compile", "compile_cl": "compile + channels_last"}

# What is timed: name, network, batch, size, mode of trainer bench, steps of a round, and the ratio that is aimed at.
ROWS = [
    ("DnCNN 17x64, training step, 32 of 40x40", "dncnn17x64", 32, 40, "train", 6, 3.0),
    ("U-Net unet32x64x128x256b2, training step, 16 of 64x64", "unet32x64x128x256b2", 16, 64, "train", 6, 3.5),
    ("DnCNN 17x64, denoise 512x512", "dncnn17x64", 1, 512, "denoise", 6, 4.0),
    ("U-Net unet32x64x128b1, training step, 8 of 64x64", "unet32x64x128b1", 8, 64, "train", 16, 3.5),
    ("DnCNN 9x48, training step, 16 of 40x40", "dncnn9x48", 16, 40, "train", 16, 3.0),
]


def lines(command):
    """The JSON objects that a program prints, one a line."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def ours(options, net, batch, size, mode, steps, threads):
    command = [options.trainer, "bench", "-device", "cpu", "-net", net, "-batch", str(batch), "-size", str(size), "-mode", mode]
    return lines(command + ["-steps", str(steps), "-threads", str(threads), "-json"])[0]


def theirs(options, net, batch, size, mode, steps, threads, modes):
    command = [sys.executable, str(pathlib.Path(options.yardstick) / "bench_torch.py"), "--net", net, "--batch", str(batch), "--size", str(size)]
    command += ["--mode", ",".join(modes), "--steps", str(steps), "--rounds", "2", "--threads", str(threads)]
    return {found["mode"]: found for found in lines(command + (["--infer"] if mode == "denoise" else []))}


class Neighbour:
    """A program that keeps one core busy."""

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", "while True: pass"])

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def table(options):
    yield "| work | Tweedie | " + " | ".join(f"PyTorch {NAMES[mode]}" for mode in MODES) + " | ratio to the best | goal |"
    yield "|---" * (len(MODES) + 4) + "|"
    for name, net, batch, size, mode, steps, goal in ROWS:
        mine, other, ratios = [], {m: [] for m in MODES}, []
        for _ in range(options.rounds):
            before = ours(options, net, batch, size, mode, steps, options.threads)["ms_min"]
            found = theirs(options, net, batch, size, mode, steps, options.threads, MODES)
            after = ours(options, net, batch, size, mode, steps, options.threads)["ms_min"]
            mine.append(min(before, after))
            for m in MODES:
                other[m].append(found[m]["ms_min"])
            ratios.append(min(other[m][-1] for m in MODES) / mine[-1])
        cells = [f"{min(mine):.1f} ms"] + [f"{min(other[m]):.1f} ms" for m in MODES]
        yield f"| {name} | " + " | ".join(cells) + f" | {statistics.median(ratios):.2f} | {goal} |"


def scheduling(options):
    name, net, batch, size, mode, steps, _ = ROWS[0]
    yield ""
    yield f"| {name} | Tweedie | PyTorch channels_last | goal |"
    yield "|---|---|---|---|"
    with_one, taken = [], []
    for _ in range(options.rounds):
        two = ours(options, net, batch, size, mode, steps, options.threads), theirs(options, net, batch, size, mode, steps, options.threads, ["cl"])["cl"]
        one = ours(options, net, batch, size, mode, steps, 1), theirs(options, net, batch, size, mode, steps, 1, ["cl"])["cl"]
        with Neighbour():
            busy = ours(options, net, batch, size, mode, steps, options.threads), theirs(options, net, batch, size, mode, steps, options.threads, ["cl"])["cl"]
        with_one.append([a["ms_min"] / b["ms_min"] for a, b in zip(one, two)])
        taken.append([a["ms_median"] / b["ms_median"] for a, b in zip(busy, two)])
    for what, found, goal in ((f"1 thread to {options.threads}, least times", with_one, "1.85"),
                              ("slowdown while another program takes a core, medians", taken, "below 2.2")):
        yield f"| {what} | {statistics.median(f[0] for f in found):.2f} | {statistics.median(f[1] for f in found):.2f} | {goal} |"


def processor():
    found = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return found.group(1).strip() if found else platform.machine()


def version(command):
    return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0].strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--yardstick", required=True)
    parser.add_argument("--trainer", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--reports", required=True)
    options = parser.parse_args()
    import torch

    described = ours(options, "dncnn2x16", 1, 16, "train", 1, options.threads)["description"]
    flags = re.search(r"flags\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text()).group(1).split()
    load = os.getloadavg()
    report = [
        f"# CPU: {processor()}, {options.threads} threads",
        "",
        f"`scripts/bench-peers.sh YARDSTICK {options.rounds}`, {datetime.date.today()}, float32. Least times; the ratio is that of the best PyTorch mode's to Tweedie's, "
        f"{'the median over the rounds' if options.rounds > 1 else 'of one round'}.",
        "",
        *table(options),
        *scheduling(options),
        "",
        f"- Machine: {described}; {os.cpu_count()} processors, of {', '.join(f for f in ('avx2', 'avx512f', 'avx512_bf16', 'amx_bf16') if f in flags) or 'no known vectors'}; "
        f"Linux {platform.release()}.",
        f"- Versions: Tweedie {version(['git', 'describe', '--always', '--dirty'])}, {version(['go', 'version'])}, {version(['gcc', '--version'])}, PyTorch {torch.__version__}, "
        f"Python {platform.python_version()}.",
        f"- Load average at the start {load[0]:.1f}, at the end {os.getloadavg()[0]:.1f}, the measured programs included: with more than the threads in use, trust ratios only.",
        "",
    ]
    name = re.sub(r"[^a-z0-9]+", "-", processor().lower()).strip("-")
    path = pathlib.Path(options.reports) / f"cpu-{name}-{options.threads}.md"
    path.write_text("\n".join(report))
    print("\n".join(report))
    print(f"written to {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
