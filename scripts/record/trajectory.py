#!/usr/bin/env python3
"""Record what PyTorch does in the first training steps of two small networks.

    OMP_NUM_THREADS=1 python scripts/record/trajectory.py YARDSTICK engine/train/testdata

YARDSTICK is the folder that holds nets.py. Needs torch, numpy and safetensors.

From one start (float32 weights, one batch) the same steps are taken in float64 and in float32:
mean squared error over all elements, Adam (Kingma & Ba 2015) and, after each step n = 1, 2, ...,

    average += (1 - d) * (weights - average),    d = min(0.99, (1+n)/(10+n)).

The losses are those before each step. Two files for each network:

    trajectory-NAME.safetensors
        noisy, clean                       (N, 1, H, W) float32
        losses64, losses32                 (steps) float64, float32
        initial/W                          float32
        gradient/W                         float64, of the first step
        final64/W, average64/W             float64
        final32/W                          float32
    trajectory-NAME-moments.safetensors
        first64/W, second64/W              float64, Adam's moments after the last step
        first32/W, second32/W, average32/W float32

The metadata has one key, "record": a JSON object of network, command, torch, cpu, seed and adam.
W is the weight's name in nets.py. Shapes are PyTorch's: OIHW, for a transposed convolution IOHW.
"""
import argparse
import copy
import json
import os
import sys

import numpy as np
import torch
from safetensors.torch import save_file

NETWORKS = {"unet8x16b1": (3, 16, 16), "dncnn4x8": (3, 13, 11)}
SEED = 1
STEPS = 20
SIGMA = 25 / 255
ADAM = dict(lr=1e-3, betas=(0.9, 0.99), eps=1e-8)
COMMAND = "OMP_NUM_THREADS=1 python scripts/record/trajectory.py YARDSTICK engine/train/testdata"


def batch(samples, height, width):
    """A grating with an edge in each sample, and the same with Gaussian noise, both float32."""
    rng = np.random.RandomState(SEED)
    i, j = np.mgrid[:height, :width]
    clean = np.empty((samples, 1, height, width))
    for k in range(samples):
        a, b, phase, c, s = rng.uniform(-1, 1, 5)
        clean[k, 0] = 0.5 + 0.25 * np.sin(a * i + b * j + 3 * phase)
        clean[k, 0] += 0.2 * np.sign(c * (i - height / 2) + s * (j - width / 2))
    noisy = clean + SIGMA * rng.standard_normal(clean.shape)
    return torch.from_numpy(noisy).float(), torch.from_numpy(clean).float()


class Trajectory:
    """STEPS steps of net, which is copied, in the given precision."""

    def __init__(self, net, noisy, clean, dtype):
        net = copy.deepcopy(net).to(dtype)
        noisy, clean = noisy.to(dtype), clean.to(dtype)
        weights = dict(net.named_parameters())
        optimizer = torch.optim.Adam(net.parameters(), **ADAM)
        self.average = {k: w.detach().clone() for k, w in weights.items()}
        losses = []
        for n in range(1, STEPS + 1):
            loss = torch.nn.functional.mse_loss(net(noisy), clean)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            losses.append(loss.detach())
            if n == 1:
                self.gradient = {k: w.grad.clone() for k, w in weights.items()}
            optimizer.step()
            decay = min(0.99, (1 + n) / (10 + n))
            for k, w in weights.items():
                self.average[k].lerp_(w.detach(), 1 - decay)
        self.losses = torch.stack(losses)
        self.final = {k: w.detach() for k, w in weights.items()}
        self.first = {k: optimizer.state[w]["exp_avg"] for k, w in weights.items()}
        self.second = {k: optimizer.state[w]["exp_avg_sq"] for k, w in weights.items()}


def save(path, tensors, network):
    flat = {}
    for group, value in tensors.items():
        if isinstance(value, dict):
            flat.update({f"{group}/{k}": t.contiguous() for k, t in value.items()})
        else:
            flat[group] = value
    metadata = dict(
        network=network,
        command=COMMAND,
        torch=torch.__version__,
        cpu=torch.backends.cpu.get_cpu_capability(),
        seed=SEED,
        adam=ADAM,
    )
    # One key: safetensors writes several in an arbitrary order, and the same record is the same bytes.
    save_file(flat, path, dict(record=json.dumps(metadata)))
    print(f"{path}: {os.path.getsize(path)} bytes")


def distance(a, b):
    """The largest over the tensors of |a-b| / |b|, Euclidean norms."""
    return max(float((a[k].double() - b[k]).norm() / b[k].norm()) for k in b)


def record(nets, network, folder):
    torch.manual_seed(SEED)
    net = nets.build(network)
    noisy, clean = batch(*NETWORKS[network])
    t64 = Trajectory(net, noisy, clean, torch.float64)
    t32 = Trajectory(net, noisy, clean, torch.float32)
    path = os.path.join(folder, f"trajectory-{network}")
    save(path + ".safetensors", dict(
        noisy=noisy, clean=clean, losses64=t64.losses, losses32=t32.losses,
        initial={k: w.detach() for k, w in net.named_parameters()}, gradient=t64.gradient,
        final64=t64.final, final32=t32.final, average64=t64.average), network)
    save(path + "-moments.safetensors", dict(
        first64=t64.first, second64=t64.second, first32=t32.first, second32=t32.second,
        average32=t32.average), network)

    # The batch in another order sums the same gradient in another order: what is left of
    # 64 bits after STEPS steps, and so the best agreement anyone can ask for.
    order = list(reversed(range(len(noisy))))
    other = Trajectory(net, noisy[order], clean[order], torch.float64)
    print(f"  loss {t64.losses[0]:.6g} to {t64.losses[-1]:.6g}")
    for name, t in (("float64, batch reversed", other), ("float32", t32)):
        off = float(((t.losses - t64.losses) / t64.losses).abs().max())
        print(f"  {name}: losses {off:.2g}, final {distance(t.final, t64.final):.2g},"
              f" average {distance(t.average, t64.average):.2g},"
              f" first {distance(t.first, t64.first):.2g}, second {distance(t.second, t64.second):.2g}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("yardstick", help="the folder that holds nets.py")
    parser.add_argument("out", help="the folder to write to")
    args = parser.parse_args()
    sys.path.insert(0, args.yardstick)
    import nets
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for network in NETWORKS:
        record(nets, network, args.out)


if __name__ == "__main__":
    main()
