#!/usr/bin/env python3
"""Record what PyTorch computes by the networks that docs/networks.md describes, with random weights.

    python scripts/record/networks.py engine/testdata/networks

Needs torch and safetensors. Written are, for each network, NAME.safetensors, which says in its metadata which network it is where its tensors alone do not,
and record.json: {"command", "torch", "networks": {file: {"name", "sigma": one an image, "height", "width", "clean", "noisy", "denoised", "latent",
"gradients"}}} of two images. Gradients, by the names of parameters, are of the objective that the trainer minimises: the mean squared error of each image
times its weight, averaged.
"""
import json
import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import silu


def flat(x):
    """Elements channels last, as a vector."""
    return x.permute(0, 2, 3, 1).flatten(1)


class ResNet(nn.Module):
    def __init__(self, inputs, channels, blocks):
        super().__init__()
        self.conv_in = nn.Conv2d(inputs, channels, 3, padding=1)
        self.blocks = nn.ModuleList()
        for _ in range(blocks):
            block = nn.Module()
            block.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
            block.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
            self.blocks.append(block)
        self.conv_out = nn.Conv2d(channels, 1, 3, padding=1)

    def forward(self, x):
        x = self.conv_in(x)
        for block in self.blocks:
            x = x + block.conv2(silu(block.conv1(silu(x))))
        return -self.conv_out(silu(x))


class Autoencoder(nn.Module):
    def __init__(self, inputs, channels, latent, size=None):
        super().__init__()
        bottom = len(channels) - 1
        encoder = [nn.Conv2d(inputs, channels[0], 3, padding=1), nn.SiLU()]
        for before, after in zip(channels, channels[1:]):
            encoder += [nn.Conv2d(before, after, 2, stride=2), nn.SiLU(), nn.Conv2d(after, after, 3, padding=1), nn.SiLU()]
        self.encoder = nn.Sequential(*encoder)
        self.size = size and (size[0] >> bottom, size[1] >> bottom, channels[-1])
        if size:
            features = self.size[0] * self.size[1] * self.size[2]
            self.latent, self.expand = nn.Linear(features, latent), nn.Linear(latent, features)
        else:
            self.latent, self.expand = nn.Conv2d(channels[-1], latent, 1), nn.Conv2d(latent, channels[-1], 1)
        decoder = []
        for level in range(bottom, 0, -1):
            decoder += [nn.Conv2d(channels[level], channels[level], 3, padding=1), nn.SiLU()]
            decoder += [nn.ConvTranspose2d(channels[level], channels[level - 1], 2, stride=2, bias=False), nn.SiLU()]
        self.decoder = nn.Sequential(*decoder, nn.Conv2d(channels[0], 1, 3, padding=1))

    def encode(self, x):
        x = self.encoder(x)
        return self.latent(flat(x) if self.size else x)

    def forward(self, x):
        x = silu(self.expand(self.encode(x)))
        if self.size:
            x = x.reshape(-1, *self.size).permute(0, 3, 1, 2)
        return self.decoder(x)


class MLP(nn.Module):
    def __init__(self, inputs, units, outputs):
        super().__init__()
        layers = []
        for before, after in zip([inputs, *units], units):
            layers += [nn.Linear(before, after), nn.SiLU()]
        self.model = nn.Sequential(*layers, nn.Linear(units[-1], outputs))

    def forward(self, x):
        return -self.model(x)


class Listed(nn.Module):
    """layers8x8 of the file's description."""

    def __init__(self):
        super().__init__()
        self.head = nn.Conv2d(2, 3, 1)
        self.layers = nn.ModuleDict({"1": nn.Conv2d(3, 4, 2, stride=2, bias=False), "3": nn.Linear(64, 5), "4": nn.Linear(5, 32)})
        self.layers["6"], self.layers["7"] = nn.ConvTranspose2d(2, 3, 2, stride=2, bias=False), nn.Conv2d(3, 1, 3, padding=1)

    def forward(self, x):
        head = silu(self.head(x))
        down = torch.relu(self.layers["1"](head))
        smooth = silu(down + down)
        wide = silu(self.layers["4"](self.layers["3"](flat(smooth))))
        image = wide.reshape(-1, 4, 4, 2).permute(0, 3, 1, 2)
        up = torch.relu(self.layers["6"](image) + head)
        return self.layers["7"](up) + x[:, :1]


LISTED = """[network]
name = "layers8x8"
noise_map = true
layer = [
  {kind = "convolution", name = "head", channels = 3, kernel = 1, activation = "silu"},
  {kind = "down", channels = 4, activation = "relu", bias = false},
  {kind = "sum", add = "layers.1", activation = "silu"},
  {kind = "dense", channels = 5},
  {kind = "dense", channels = 32, activation = "silu"},
  {kind = "reshape", height = 4, width = 4, channels = 2},
  {kind = "up", channels = 3, activation = "relu", add = "head"},
  {kind = "convolution", channels = 1, add = "noisy"},
]
"""


def told(image, level):
    """The image with its noise map."""
    return torch.cat([image, level.view(-1, 1, 1, 1).expand_as(image)], 1)


def subtracting(model):
    return lambda y, s: y + model(y)


def conditioned(model):
    return lambda y, s: y + model(told(y, s))


def preconditioned(model, d, vector):
    """Karras et al. 2022, table 1."""

    def denoise(y, s):
        s = s.view(-1, 1, 1, 1)
        total = s**2 + d**2
        x, level = y / total.sqrt(), s.log() / 4
        f = model(torch.cat([x.flatten(1), level.flatten(1)], 1)).view_as(y) if vector else model(told(x, level.flatten()))
        return d**2 / total * y + s * d / total.sqrt() * f

    return denoise


def networks():
    mlp = MLP(64 + 1, [7, 6], 64)
    yield "resnet", ResNet(1, 4, 2), "resnet4b2", None, lambda m: (subtracting(m), None, None)
    text = '[network]\nname = "resnet3b1"\nnoise_map = true\nsigma_data = 0.5\n'
    yield "resnet-preconditioned", ResNet(2, 3, 1), "resnet3b1", text, lambda m: (preconditioned(m, 0.5, False), None, 0.5)
    yield "autoencoder-map", Autoencoder(2, [3, 4, 5], 2), "autoencoder3x4x5m2", None, lambda m: (lambda y, s: m(told(y, s)), lambda y, s: m.encode(told(y, s)), None)
    text = '[network]\nname = "autoencoder8x12-3x4v5"\n'
    yield "autoencoder-vector", Autoencoder(1, [3, 4], 5, (8, 12)), "autoencoder8x12-3x4v5", text, lambda m: (lambda y, s: m(y), lambda y, s: m.encode(y), None)
    text = '[network]\nname = "mlp8x8-7x6"\nnoise_map = true\nsigma_data = 0.7\n'
    yield "mlp", mlp, "mlp8x8-7x6", text, lambda m: (preconditioned(m, 0.7, True), None, 0.7)
    yield "layers", Listed(), "layers8x8", LISTED, lambda m: (lambda y, s: m(told(y, s)), None, None)


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(1)
    torch.set_default_dtype(torch.float64)
    record = {"command": "python scripts/record/networks.py engine/testdata/networks", "torch": torch.__version__, "networks": {}}
    for file, model, name, text, build in networks():
        for parameter in model.parameters():
            fan_in = parameter[0].numel() if parameter.dim() > 1 else 4
            parameter.data = (torch.randn_like(parameter) / fan_in**0.5).float().double()
        height, width = (8, 12) if name.startswith("autoencoder") else (8, 8)
        sigma = torch.tensor([0.1, 0.75])
        clean = torch.rand(2, 1, height, width).float().double()
        noisy = (clean + sigma.view(-1, 1, 1, 1) * torch.randn_like(clean)).float().double()
        denoise, encode, data = build(model)
        denoised = denoise(noisy, sigma)
        weight = (sigma**2 + data**2) / (sigma * data) ** 2 if data else torch.ones(2)
        (weight * (denoised - clean).square().flatten(1).mean(1)).mean().backward()
        save_file({k: v.detach().float().contiguous() for k, v in model.state_dict().items()}, f"{folder}/{file}.safetensors", {"network": text} if text else None)
        entry = {"name": name, "sigma": sigma.tolist(), "height": height, "width": width}
        entry.update(clean=clean.flatten().tolist(), noisy=noisy.flatten().tolist(), denoised=denoised.flatten().tolist())
        if encode:
            latent = encode(noisy, sigma).detach()
            entry["latent"] = (flat(latent) if latent.dim() == 4 else latent).flatten().tolist()
        entry["gradients"] = {k: p.grad.flatten().tolist() for k, p in model.named_parameters()}
        record["networks"][file] = entry

    def shorter(value):
        if isinstance(value, float):
            return float(f"{value:.9g}")
        if isinstance(value, dict):
            return {k: shorter(v) for k, v in value.items()}
        return [shorter(v) for v in value] if isinstance(value, list) else value

    with open(f"{folder}/record.json", "w") as out:
        json.dump(shorter(record), out, separators=(",", ":"))
        out.write("\n")


main()
