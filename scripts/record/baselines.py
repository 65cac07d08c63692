#!/usr/bin/env python3
"""Classical denoisers on the noise models of `trainer noise`, image by image, for comparison with `trainer eval -json` on the same noisy images.

    python baselines.py --trainer bin/trainer --tune train400 --set BSD68=bsd68 --set Set12=set12 --record baselines.jsonl

Each image is made noisy by `trainer noise -seed 0 -o x.npy`: the float32 values that eval gives a model, neither clipped nor rounded. A method works in a domain:

    counts   2 sqrt(k + 3/8 + s^2) of the counts k and the read-out noise s (Anscombe 1948; Starck, Murtagh & Bijaoui 1998), where noise has deviation
             1, and back by the closed form of the exact unbiased inverse (Makitalo & Foi 2011, 2013); for ct, of the counts behind the line integrals
    log      ln y, for multiplicative noise, whose mean and deviation are known in closed form; the mean is taken off (homomorphic filtering)
    linear   y as it is, with the deviation at the images' mean

and is BM3D (Dabov, Foi, Katkovnik & Egiazarian 2007; package bm3d), non-local means (Buades, Coll & Morel 2005) or total variation (Chambolle 2004;
both of scikit-image). What each assumes of the noise's deviation is multiplied by a factor, chosen for each noise, method and domain by the mean PSNR on --tune
images (every 133rd of the folder). PSNR is that of eval: clipped, rounded to 8 bits, against the 8-bit clean image.

The record gets a JSON line for each image and for each choice; what it holds already is not computed again, so that the script can be stopped.
--summary prints means of what is recorded and, given --ours, of a model on the same images.
"""
import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

NOISE = {  # the presets': flags of trainer noise
    "poisson30": ["-model", "poisson", "-peak", "30"],
    "speckle4": ["-model", "speckle", "-looks", "4"],
    "lowlight": ["-model", "poisson-gaussian", "-peak", "30", "-sigma", "10"],
    "ct": ["-model", "ct", "-photons", "1000", "-attenuation", "1"],
    "ultrasound": ["-model", "rayleigh"],
}
METHODS = {  # in the order of their cost
    "poisson30": ["tv/counts", "nlm/counts", "tv/linear", "nlm/linear", "bm3d/counts"],
    "lowlight": ["tv/counts", "nlm/counts", "tv/linear", "nlm/linear", "bm3d/counts"],
    "ct": ["tv/counts", "nlm/counts", "tv/linear", "nlm/linear", "bm3d/counts"],
    "speckle4": ["tv/log", "nlm/log", "tv/linear", "nlm/linear", "bm3d/log"],
    "ultrasound": ["tv/log", "nlm/log", "tv/linear", "nlm/linear", "bm3d/log"],
}
FACTORS = {
    "tv": [0.35, 0.5, 0.7, 0.9, 1.2, 1.6, 2.1, 2.8, 3.7], "nlm": [0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 1.9], "bm3d": [0.7, 0.8, 0.9, 1.0, 1.15],
}


def unbiased(d):
    """The mean count whose transformed counts have the mean d (Makitalo & Foi 2011, equation 7); the read-out noise's s^2 is taken off by the caller."""
    d = np.maximum(d, 2 * math.sqrt(3 / 8))  # the transform of no count
    root = math.sqrt(3 / 2)
    return np.maximum(d**2 / 4 + root / 4 / d - 11 / 8 / d**2 + 5 / 8 * root / d**3 - 1 / 8, 0)


def counts(noise, y):
    """The image with noise of deviation 1, its deviation, and the way back."""
    peak, s = 30.0, 0.0
    if noise == "lowlight":
        s = 10 / 255 * peak
    if noise == "ct":
        k = 1000 * np.exp(-y)
        return 2 * np.sqrt(k + 3 / 8), 1.0, lambda d: -np.log(np.maximum(unbiased(d), 1) / 1000)
    stretched = 2 * np.sqrt(np.maximum(peak * y + 3 / 8 + s * s, 0))
    return stretched, 1.0, lambda d: np.maximum(unbiased(d) - s * s, 0) / peak


def log(noise, y):
    gamma = 0.5772156649015329
    if noise == "speckle4":  # mean digamma(4) - ln 4, variance trigamma(4)
        mean, deviation = 1 + 1 / 2 + 1 / 3 - gamma - math.log(4), math.sqrt(math.pi**2 / 6 - 1 - 1 / 4 - 1 / 9)
    else:  # half the logarithm of an exponential number, of mean 4/pi
        mean, deviation = (math.log(4 / math.pi) - gamma) / 2, math.pi / math.sqrt(24)
    return np.log(np.maximum(y, 1 / 510)) - mean, deviation, np.exp


def linear(noise, y):
    x = float(np.clip(np.mean(y), 0, 1))
    variance = {
        "poisson30": x / 30, "lowlight": x / 30 + (10 / 255) ** 2, "ct": math.exp(x) / 1000, "speckle4": x * x / 4, "ultrasound": x * x * (4 / math.pi - 1),
    }[noise]
    return y, math.sqrt(variance), lambda d: d


def denoise(method, noise, y, factor):
    name, domain = method.split("/")
    z, deviation, back = {"counts": counts, "log": log, "linear": linear}[domain](noise, y.astype(np.float64))
    low, high = float(z.min()), float(z.max())
    z, sigma = (z - low) / (high - low), deviation / (high - low)  # the packages expect about [0, 1]
    if name == "bm3d":
        import bm3d

        result = np.squeeze(bm3d.bm3d(z, sigma_psd=factor * sigma))
    elif name == "nlm":
        from skimage.restoration import denoise_nl_means

        result = denoise_nl_means(z, h=factor * sigma, sigma=sigma, fast_mode=True, patch_size=5, patch_distance=6)
    else:
        from skimage.restoration import denoise_tv_chambolle

        result = denoise_tv_chambolle(z, weight=factor * sigma, eps=1e-5)
    return back(result * (high - low) + low)


def psnr(x, clean):
    difference = np.uint8((np.clip(x, 0, 1) * 255.0).round()).astype(np.float64) - clean
    return 10 * math.log10(255**2 / np.mean(difference**2))


def images(folder, every):
    names = sorted(n for n in os.listdir(folder) if n.lower().endswith((".png", ".bmp", ".tif", ".jpg")))
    return [os.path.join(folder, name) for name in names[::every]]


class Noisy:
    """Noisy images, made once."""

    def __init__(self, trainer, folder):
        self.trainer, self.folder = trainer, folder

    def __call__(self, noise, path):
        out = os.path.join(self.folder, noise + "-" + os.path.basename(path) + ".npy")
        if not os.path.exists(out):
            subprocess.run([self.trainer, "noise", *NOISE[noise], "-seed", "0", path, "-o", out], check=True, stdout=subprocess.DEVNULL)
        return np.load(out)


def clean(path):
    return np.array(Image.open(path).convert("L"))


def recorded(path):
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [json.loads(line) for line in f]


def summary(lines, ours):
    """Means of each method, and of a model on the same images, from what eval -json printed."""
    methods = {}
    for line in lines:
        if "image" in line:
            methods.setdefault((line["noise"], line["set"], line["method"]), {})[line["image"]] = line["psnr"]
    print("| noise | set | images | method | PSNR, dB | the model |\n|---|---|---|---|---|---|")
    for (noise, name, method), values in sorted(methods.items()):
        model = "-"
        if (noise, name) in ours:
            scores = {image["name"]: image["psnr"] for image in ours[noise, name]["images"]}
            model = f"{np.mean([scores[image] for image in values]):.2f}"
        print(f"| {noise} | {name} | {len(values)} | {method} | {np.mean(list(values.values())):.2f} | {model} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainer", default="bin/trainer")
    parser.add_argument("--tune", help="folder of images to choose factors on, none of which is in a set")
    parser.add_argument("--set", action="append", default=[], help="NAME=FOLDER, or NAME=FOLDER,N for every N-th image")
    parser.add_argument("--record", required=True)
    parser.add_argument("--noise", default=",".join(NOISE), help="comma list")
    parser.add_argument("--methods", default="tv,nlm,bm3d", help="comma list")
    parser.add_argument("--summary", action="store_true")
    parser.add_argument("--ours", action="append", default=[], help="NOISE,NAME=FILE: what trainer eval -json printed for this noise and set")
    a = parser.parse_args()
    done = recorded(a.record)
    if a.summary:
        ours = {}
        for given in a.ours:
            key, path = given.split("=", 1)
            with open(path) as f:
                ours[tuple(key.split(","))] = json.load(f)
        return summary(done, ours)
    factors = {(l["noise"], l["method"]): l["factor"] for l in done if "factor" in l}
    have = {(l["noise"], l["method"], l["set"], l["image"]) for l in done if "image" in l}

    def note(line):
        with open(a.record, "a") as f:
            f.write(json.dumps(line) + "\n")

    with tempfile.TemporaryDirectory() as folder:
        noisy = Noisy(a.trainer, folder)
        for noise in a.noise.split(","):
            for method in METHODS[noise]:
                name = method.split("/")[0]
                if name not in a.methods.split(","):
                    continue
                if (noise, method) not in factors:
                    tuning = images(a.tune, 133)
                    means = {}
                    for factor in FACTORS[name]:
                        means[factor] = float(np.mean([psnr(denoise(method, noise, noisy(noise, p), factor), clean(p)) for p in tuning]))
                    factors[noise, method] = max(means, key=means.get)
                    note({"noise": noise, "method": method, "factor": factors[noise, method], "tuning": {str(k): round(v, 3) for k, v in means.items()}})
                for given in a.set:
                    set_, path = given.split("=", 1)
                    path, _, every = path.partition(",")
                    for p in images(path, int(every or 1)):
                        key = (noise, method, set_, os.path.basename(p))
                        if key in have:
                            continue
                        start = time.perf_counter()
                        value = psnr(denoise(method, noise, noisy(noise, p), factors[noise, method]), clean(p))
                        have.add(key)
                        note(dict(zip(("noise", "method", "set", "image"), key), psnr=round(value, 3), seconds=round(time.perf_counter() - start, 2)))
    summary(recorded(a.record), {})


if __name__ == "__main__":
    sys.exit(main())
