#!/usr/bin/env python3
"""Makes the image files of this folder and reference.json, what Pillow decodes from them.

Run in this folder with numpy and Pillow installed. Each record has the size, and the samples as Pillow gives them after
its exif_transpose: row by row, channels interleaved; "gray" is its convert("L").
"""
import hashlib
import json
import struct
import zlib
import numpy as np
import PIL
from PIL import Image, ImageCms, ImageOps

W, H = 17, 13
y, x = np.mgrid[0:H, 0:W]
rng = np.random.RandomState(0)
smooth = np.stack([60 + 4 * x, 40 + 5 * y, 200 - 2 * (x + y)], -1).astype(np.uint8)  # survives JPEG and chroma subsampling
rough = rng.randint(0, 256, (H, W, 4)).astype(np.uint8)
rough[:, :4, 3], rough[:, 4:8, 3] = 255, 0
wide = rng.randint(0, 65536, (H, W)).astype(np.uint16)

files = {}


def save(name, array, **options):
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    image.save(name, **options)
    files[name] = None


save("gray8.png", rough[..., 0])
save("rgb8.png", rough[..., :3].copy())
save("rgba8.png", rough)
save("opaque8.png", np.dstack([rough[..., :3], np.full((H, W), 255, np.uint8)]))
save("grayalpha8.png", Image.fromarray(rough[..., [0, 3]].copy(), "LA"))
save("palette.png", Image.fromarray(rough[..., :3].copy()).quantize(16))
save("bilevel.png", Image.fromarray(rough[..., 0]).convert("1"))
save("gray16.png", wide)
save("gray16.tif", wide)
save("gray16-lzw.tif", wide, compression="tiff_lzw")
save("rgb8-deflate.tif", rough[..., :3].copy(), compression="tiff_adobe_deflate")
save("rgba8.tif", rough)
save("gray8.bmp", rough[..., 0])
save("rgb8.bmp", rough[..., :3].copy())
save("lossless.webp", rough[..., :3].copy(), lossless=True)
save("lossless-alpha.webp", rough, lossless=True, exact=True)
save("lossy.webp", smooth, quality=95)
save("lossy-alpha.webp", np.dstack([smooth, rough[..., 3]]), quality=95, exact=True)
save("gray.jpg", smooth[..., 2], quality=95)
save("rgb.jpg", smooth, quality=95, subsampling=0)
save("progressive.jpg", smooth, quality=95, progressive=True)
save("cmyk.jpg", Image.fromarray(smooth).convert("CMYK"), quality=95, subsampling=0)
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
profile = profile[:24] + bytes(12) + profile[36:]  # without the time of its making, so that files stay the same
for name in ("profile.png", "profile.jpg", "profile.tif"):
    save(name, smooth, icc_profile=profile, quality=95, subsampling=0)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    save(f"orientation{orientation}.jpg", smooth, quality=95, subsampling=0, exif=exif)



def png16(name, array, colour_type):
    """Writes a 16-bit PNG by hand, since Pillow has no mode for it."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    with open(name, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, 16, colour_type, 0, 0, 0))
                + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))
    mode = {2: "RGB", 4: "LA", 6: "RGBA"}[colour_type]
    by_hand[name] = dict(width=W, height=H, mode=mode, samples=array.ravel().tolist())


by_hand = {}
wide4 = rng.randint(0, 65536, (H, W, 4)).astype(np.uint16)
png16("rgb16.png", wide4[..., :3], 2)
png16("grayalpha16.png", wide4[..., [0, 3]], 4)
png16("rgba16.png", wide4, 6)

for name in files:
    image = ImageOps.exif_transpose(Image.open(name))
    if image.mode in ("P", "CMYK"):
        image = image.convert("RGB")
    if image.mode == "1":
        image = image.convert("L")
    record = dict(width=image.width, height=image.height, mode=image.mode, samples=np.asarray(image).ravel().tolist())
    if image.mode in ("RGB", "RGBA"):
        record["gray"] = np.asarray(image.convert("L")).ravel().tolist()
    if "icc_profile" in image.info:
        record["profile"] = hashlib.sha256(image.info["icc_profile"]).hexdigest()
    files[name] = record
files |= by_hand
with open("reference.json", "w") as f:
    f.write('{\n"made with": "Pillow %s"' % PIL.__version__)
    for name, record in files.items():
        f.write(",\n" + json.dumps(name) + ": " + json.dumps(record, separators=(",", ":")))
    f.write("\n}\n")

# Files that are refused.
Image.fromarray(rng.rand(H, W).astype(np.float32)).save("refused-float32.tif")
Image.fromarray(wide).save("refused-two-pages.tif", save_all=True, append_images=[Image.fromarray(wide)])
signed = bytearray(open("gray16.tif", "rb").read())
directory = int.from_bytes(signed[4:8], "little")
count = int.from_bytes(signed[directory:directory + 2], "little")
entries = [bytes(signed[directory + 2 + 12 * i:directory + 14 + 12 * i]) for i in range(count)]
entries = [e for e in entries if int.from_bytes(e[:2], "little") < 339]
entries.append(bytes([83, 1, 3, 0, 1, 0, 0, 0, 2, 0, 0, 0]))  # sample format 2
tail = len(signed)
signed[4:8] = tail.to_bytes(4, "little")
signed += len(entries).to_bytes(2, "little") + b"".join(entries) + bytes(4)
open("refused-signed16.tif", "wb").write(signed)
