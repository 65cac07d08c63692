#!/usr/bin/env python3
"""Record the PSNR that PyTorch measures for two small networks on a few images.

    OMP_NUM_THREADS=1 python scripts/record/evaluation.py YARDSTICK bin/trainer cmd/trainer/testdata/evaluation

YARDSTICK is the folder that holds eval_torch.py and nets.py. Needs torch, numpy, Pillow and safetensors.

Written are

    images/NAME.png                three synthetic images of sizes that no network needs
    trained.safetensors            unet4x6x8x10b1, written by the trainer after 100 steps on dead leaves
    initialised.safetensors        dncnn4x8, initialised and written by PyTorch
    record.json                    {"command", "torch", "sigma", "psnr": {file of weights: {image: dB}}}

The PSNR is that of eval_torch.py: NumPy's legacy generator with seed 0 anew for each image.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

SIGMA = 25
SIZES = {"a": (32, 45), "b": (61, 83), "c": (50, 27)}
TRAINED, INITIALISED = "unet4x6x8x10b1", "dncnn4x8"
COMMAND = "OMP_NUM_THREADS=1 python scripts/record/evaluation.py YARDSTICK bin/trainer cmd/trainer/testdata/evaluation"


def image(seed, height, width):
    """A grating with a disk and an edge, 8 bit."""
    rng = np.random.RandomState(seed)
    i, j = np.mgrid[:height, :width]
    a, b, phase, c, s = rng.uniform(-1, 1, 5)
    x = 0.5 + 0.2 * np.sin(a * i + b * j + 3 * phase)
    x += 0.15 * np.sign(c * (i - height / 2) + s * (j - width / 2))
    x[(i - height / 3) ** 2 + (j - width / 2) ** 2 < (min(height, width) / 4) ** 2] = 0.05
    return np.uint8(np.clip(x, 0, 1) * 255)


def train(trainer, path):
    with tempfile.TemporaryDirectory() as folder:
        settings = [f"experiment.output={folder}/run", f"network.name={TRAINED}", "train.steps=100", "train.patch=32"]
        flags = [word for setting in settings for word in ("-set", setting)]
        subprocess.run([trainer, "-config", "sigma25", *flags], check=True)
        os.replace(f"{folder}/run/model.safetensors", path)


def main():
    yardstick, trainer, folder = sys.argv[1:]
    sys.path.insert(0, yardstick)
    import eval_torch
    import nets

    torch.set_num_threads(1)
    images = os.path.join(folder, "images")
    os.makedirs(images, exist_ok=True)
    for seed, (name, size) in enumerate(SIZES.items()):
        Image.fromarray(image(seed, *size)).save(f"{images}/{name}.png", optimize=True)
    train(os.path.abspath(trainer), f"{folder}/trained.safetensors")
    torch.manual_seed(1)
    save_file(nets.build(INITIALISED).state_dict(), f"{folder}/initialised.safetensors")

    names = [name for name, _ in eval_torch.images(images)]
    record = {"command": COMMAND, "torch": torch.__version__, "sigma": SIGMA, "psnr": {}}
    for file, name, multiple in (("trained.safetensors", TRAINED, 8), ("initialised.safetensors", INITIALISED, 1)):
        net = nets.build(name)
        net.load_state_dict(load_file(f"{folder}/{file}"))
        psnr, _ = eval_torch.evaluate(net.eval(), images, SIGMA, multiple)
        record["psnr"][file] = {image: float(value) for image, value in zip(names, psnr)}
    with open(f"{folder}/record.json", "w") as out:
        json.dump(record, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
