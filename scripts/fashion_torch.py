#!/usr/bin/env python3
"""Train the twin of a trainer's autoencoder run in PyTorch, and compare both on Fashion-MNIST's test images.

    bin/trainer -config fashion
    OMP_NUM_THREADS=1 python scripts/fashion_torch.py runs/fashion [--seed S] [--picture docs/fashion.png]

The twin has the network, noise, number of steps, batch, learning rates, Adam, clipping and average of runs/fashion/experiment.toml; its start and its draws are
PyTorch's own. What is compared is the mean squared error against the clean images in units of squared 8-bit levels, twice:

    mse         noise of PyTorch's generator, anew for each image, results neither clipped nor rounded
    protocol    as `trainer eval -model runs/fashion` measures: NumPy's legacy generator with seed 0 anew for each image, results clipped and rounded

Both models answer by PyTorch, so that the second figure of the trainer's model is to be that of `trainer eval`, too. Needs torch, numpy, safetensors and Pillow.
"""
import argparse
import copy
import gzip
import json
import math
import re
import time
import tomllib

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn


class Autoencoder(nn.Module):
    """engine/network/autoencoder.go with a latent vector."""

    def __init__(self, name):
        super().__init__()
        height, width, channels, latent = re.fullmatch(r"autoencoder(\d+)x(\d+)-([\dx]+)v(\d+)", name).groups()
        channels = [int(c) for c in channels.split("x")]
        levels = len(channels) - 1
        self.size = int(height) >> levels, int(width) >> levels, channels[-1]
        down = [nn.Conv2d(1, channels[0], 3, padding=1), nn.SiLU()]
        for a, b in zip(channels, channels[1:]):
            down += [nn.Conv2d(a, b, 2, stride=2), nn.SiLU(), nn.Conv2d(b, b, 3, padding=1), nn.SiLU()]
        up = []
        for a, b in zip(channels[:0:-1], channels[-2::-1]):
            up += [nn.Conv2d(a, a, 3, padding=1), nn.SiLU(), nn.ConvTranspose2d(a, b, 2, stride=2, bias=False), nn.SiLU()]
        self.encoder = nn.Sequential(*down)
        self.latent = nn.Linear(math.prod(self.size), int(latent))
        self.expand = nn.Linear(int(latent), math.prod(self.size))
        self.decoder = nn.Sequential(*up, nn.Conv2d(channels[0], 1, 3, padding=1))
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            else:
                nn.init.normal_(parameter, std=math.sqrt(2 / parameter[0].numel()))

    def forward(self, x):
        x = self.latent(self.encoder(x).permute(0, 2, 3, 1).flatten(1))  # channels last, as the trainer holds them
        x = nn.functional.silu(self.expand(x)).unflatten(1, self.size).permute(0, 3, 1, 2)
        return self.decoder(x)


def images(path):
    with gzip.open(path) as file:
        content = file.read()
    count, height, width = (int.from_bytes(content[i : i + 4], "big") for i in (4, 8, 12))
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=16).copy()).view(count, 1, height, width)


def rate(step, steps, peak, warmup):
    u = (step + 0.5) / steps
    return peak * max(1e-6, u / warmup if u < warmup else (1 + math.cos(math.pi * (u - warmup) / (1 - warmup))) / 2)


def train(net, average, clean, sigma, settings):
    steps = settings["steps"]
    adam = torch.optim.Adam(net.parameters(), betas=(0.9, 0.99), eps=1e-8)
    for step in range(steps):
        batch = clean[torch.randint(len(clean), (settings["batch"],))].float() / 255
        loss = nn.functional.mse_loss(net(batch + sigma * torch.randn_like(batch)), batch)
        adam.zero_grad()
        loss.backward()
        if settings["clip"] > 0:
            nn.utils.clip_grad_norm_(net.parameters(), settings["clip"])
        adam.param_groups[0]["lr"] = rate(step, steps, settings["learning_rate"], settings["warmup"])
        adam.step()
        decay = min(settings["average"], (2 + step) / (11 + step))
        with torch.no_grad():
            for a, w in zip(average.parameters(), net.parameters()):
                a.lerp_(w, 1 - decay)


def denoise(net, noisy):
    with torch.no_grad():
        return torch.cat([net(part) for part in noisy.split(500)])


def errors(net, clean, noisy, protocol):
    """Of one model: both measures, and the standard error of the first."""
    x = clean.float() / 255
    squares = (255 * (denoise(net, noisy) - x)).square().mean((1, 2, 3)).double()
    rounded = (denoise(net, protocol).clamp(0, 1) * 255).round()
    return {
        "mse": squares.mean().item(),
        "standard_error": (squares.std() / len(squares) ** 0.5).item(),
        "protocol": (rounded - clean).square().mean((1, 2, 3)).double().mean().item(),
    }


def picture(path, rows, zoom=2):
    from PIL import Image

    strips = [torch.cat(list((255 * row).clamp(0, 255).round().byte()[:, 0]), 1) for row in rows]
    Image.fromarray(torch.cat(strips).numpy()).resize((zoom * strips[0].shape[1], zoom * len(rows) * strips[0].shape[0]), Image.NEAREST).save(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture")
    arguments = parser.parse_args()
    with open(f"{arguments.run}/experiment.toml", "rb") as file:
        experiment = tomllib.load(file)
    assert experiment["noise"]["model"] == "gaussian" and experiment["train"]["loss"] == "mse" and experiment["train"]["upright"]
    sigma = experiment["noise"]["sigma"] / 255
    training, test = (images(experiment["data"][key][0]) for key in ("train", "validation"))

    torch.manual_seed(arguments.seed)
    net = Autoencoder(experiment["network"]["name"])
    twin = copy.deepcopy(net)
    began = time.time()
    train(net, twin, training, sigma, experiment["train"])
    seconds = time.time() - began
    ours = Autoencoder(experiment["network"]["name"])
    ours.load_state_dict(load_file(f"{arguments.run}/model.safetensors"))

    x = test.float() / 255
    noisy = x + sigma * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    noise = np.random.RandomState(0).normal(0, sigma, x.shape[2:])
    protocol = torch.from_numpy((np.float32(test.numpy() / 255) + noise).astype(np.float32))
    result = {"torch": torch.__version__, "seed": arguments.seed, "seconds": round(seconds, 1), "noisy": (255 * (noisy - x)).square().mean().item()}
    for name, model in (("trainer", ours), ("twin", twin)):
        result[name] = errors(model, test, noisy, protocol)
    result["ratio"] = result["trainer"]["mse"] / result["twin"]["mse"]
    print(json.dumps(result, indent=2))
    if arguments.picture:
        shown = slice(0, 14)
        picture(arguments.picture, [x[shown], noisy[shown], denoise(ours, noisy[shown]), denoise(twin, noisy[shown])])


if __name__ == "__main__":
    main()
