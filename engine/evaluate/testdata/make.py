#!/usr/bin/env python3
"""Records what NumPy and scikit-image say: numpy.json and metrics.json, for the tests of the package above.

Run in this folder with numpy and scikit-image installed.

numpy.json: draws of np.random.seed(seed); np.random.normal(0, 1, n) as hexadecimal floats, chosen by index; the noisy
float32 image of the published protocol, as the SHA-256 of its bytes, with PSNR and SSIM of it clipped and rounded to
8 bits; and the 8-bit samples of (k + 0.5)/255 in float32 for k from -3 to 257.
metrics.json: PSNR and SSIM of pairs of images that the test makes again from the same integer formula.
"""
import hashlib
import json
import numpy as np
import scipy
import skimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


def ramp(height, width, a, b, c):
    """An 8-bit image by integers alone: (a*x + b*y + c*x*y // 7) % 256."""
    y, x = np.mgrid[0:height, 0:width]
    return ((a * x + b * y + c * x * y // 7) % 256).astype(np.uint8)


draws = []
for seed in (0, 1, 42, 2**32 - 1):
    np.random.seed(seed)
    n = 200_001  # odd, so that the cached second value is left over, and the next call begins with it
    first = np.random.normal(0, 1, n)
    second = np.random.normal(0, 1, 3)
    at = [0, 1, 2, 3, 311, 312, 313, 623, 624, 625, 1247, 1248, 99_999, 200_000]
    draws.append(dict(seed=seed, n=n, at=at, values=[float(first[i]).hex() for i in at],
                      mean=float(first.mean()), next=[float(v).hex() for v in second]))

noisy = []
for height, width, sigma in ((31, 17, 25), (64, 48, 15), (180, 180, 50), (481, 321, 25), (3, 3, 0)):
    clean = ramp(height, width, 3, 5, 1)
    x = np.float32(clean / 255.0)
    np.random.seed(0)
    x += np.random.normal(0, sigma / 255.0, x.shape)
    denoised = np.uint8((np.clip(x, 0, 1) * 255.0).round())
    scores = {}
    if height >= 11:
        scores = dict(psnr=float(peak_signal_noise_ratio(clean, denoised, data_range=255)), ssim=float(structural_similarity(
            clean, denoised, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255)))
    noisy.append(dict(height=height, width=width, sigma=sigma, first=[float(v) for v in x.ravel()[:4]],
                      sha256=hashlib.sha256(x.astype("<f4").tobytes()).hexdigest(), **scores))
halves = np.float32((np.arange(-3, 258) + 0.5) / 255)
quantized = np.uint8((np.clip(halves, 0, 1) * 255.0).round())
with open("numpy.json", "w") as f:
    json.dump({"made with": f"NumPy {np.__version__}", "draws": draws, "noisy": noisy, "quantized": quantized.tolist()}, f)

pairs = []
for height, width, amount in ((11, 11, 20), (12, 37, 5), (64, 48, 25), (100, 131, 80)):
    a = ramp(height, width, 3, 5, 1)
    b = ramp(height, width, 3, 5, 2)
    c = np.clip(a.astype(int) + amount * (ramp(height, width, 37, 91, 5).astype(int) - 128) // 128, 0, 255).astype(np.uint8)
    for formula, other in (("other ramp", b), ("perturbed", c)):
        pairs.append(dict(height=height, width=width, amount=amount, formula=formula,
                          mse=float(np.mean((a.astype(float) - other) ** 2)),
                          psnr=float(peak_signal_noise_ratio(a, other, data_range=255)),
                          ssim=float(structural_similarity(a, other, gaussian_weights=True, sigma=1.5,
                                                           use_sample_covariance=False, data_range=255))))
with open("metrics.json", "w") as f:
    json.dump({"made with": f"scikit-image {skimage.__version__}, SciPy {scipy.__version__}", "pairs": pairs}, f, indent=1)
