#!/usr/bin/env python3
"""Record the standard deviation of every initial weight of two networks of the yardstick.

    OMP_NUM_THREADS=1 python scripts/record/initialisation.py YARDSTICK engine/train/testdata/initialisation.json

YARDSTICK is the folder that holds nets.py. Needs torch.

standard_deviation is the root of the mean square over all elements and SEEDS seeds (the mean is
zero); theory is sqrt(2 / (shape[1] * kernel area)) (He et al. 2015; PyTorch's fan-in is shape[1],
the output channels for a transposed convolution), times 0.1 for the last convolution and for the
second one of each residual block, and 0 for a bias.
"""
import argparse
import json
import math
import sys

import torch

NETWORKS = ("unet32x64x128b1", "dncnn17x64")
SEEDS = 32
COMMAND = ("OMP_NUM_THREADS=1 python scripts/record/initialisation.py YARDSTICK"
           " engine/train/testdata/initialisation.json")


def theory(name, shape, scaled):
    if name.endswith(".bias"):
        return 0.0
    return math.sqrt(2 / math.prod(shape[1:])) * (0.1 if name in scaled else 1)


def measure(nets, network):
    """The rows of one network, in the order of its parameters."""
    squares = {}
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        net = nets.build(network)
        for name, w in net.named_parameters():
            squares[name] = squares.get(name, 0) + float(w.detach().double().square().mean())
    names = list(squares)
    last = "tail.weight" if "tail.weight" in squares else [n for n in names if n.endswith(".weight")][-1]
    scaled = {last} | {n for n in names if n.endswith(".b.weight")}
    rows = []
    for name, w in net.named_parameters():
        deviation = math.sqrt(squares[name] / SEEDS)
        expected = theory(name, w.shape, scaled)
        # Five standard errors of a standard deviation.
        if not (abs(deviation - expected) <= 5 * expected / math.sqrt(2 * SEEDS * w.numel())):
            raise SystemExit(f"{network} {name}: measured {deviation}, expected {expected}")
        rows.append(dict(name=name, shape=list(w.shape),
                         standard_deviation=float(f"{deviation:.6g}"), theory=float(f"{expected:.6g}")))
    return rows


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("yardstick", help="the folder that holds nets.py")
    parser.add_argument("out", help="the JSON file to write")
    args = parser.parse_args()
    sys.path.insert(0, args.yardstick)
    import nets
    torch.set_num_threads(1)
    networks = {network: measure(nets, network) for network in NETWORKS}
    with open(args.out, "w") as f:
        # One row a line.
        f.write("{\n" + f'"command": {json.dumps(COMMAND)},\n"torch": "{torch.__version__}",\n')
        f.write(f'"seeds": {SEEDS},\n"networks": {{\n')
        f.write(",\n".join(
            f'"{network}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]"
            for network, rows in networks.items()))
        f.write("\n}\n}\n")


if __name__ == "__main__":
    main()
