#!/usr/bin/env python3
"""A strip of pictures for each noise model, clean, noisy, denoised: one row a model, cut from what `trainer eval -save` wrote.

    trainer eval -model RUN -data dead-leaves -save saved/LABEL      for each run
    python scripts/record/strips.py docs/noise-strips.png saved/LABEL:IMAGE:X:Y ...

Each argument names the folder of a run, an image in it and the corner of the part to show. Needs pillow. Part and label are as large as they are in the picture.
"""
import os
import sys

from PIL import Image, ImageDraw

SIDE, GAP, LINE = 176, 4, 16


def main():
    out, rows = sys.argv[1], [argument.split(":") for argument in sys.argv[2:]]
    columns = ["clean", "noisy", "denoised"]
    sheet = Image.new("L", (3 * SIDE + 4 * GAP, GAP + len(rows) * (SIDE + LINE + GAP)), 255)
    draw = ImageDraw.Draw(sheet)
    for r, (folder, image, x, y) in enumerate(rows):
        top = GAP + r * (SIDE + LINE + GAP)
        for c, column in enumerate(columns):
            left, name = GAP + c * (SIDE + GAP), column if c else f"{os.path.basename(folder)}: clean"
            draw.text((left, top + 2), name, fill=0)
            with Image.open(os.path.join(folder, f"{image}-{column}.png")) as picture:
                sheet.paste(picture.convert("L").crop((int(x), int(y), int(x) + SIDE, int(y) + SIDE)), (left, top + LINE))
    sheet.save(out, optimize=True)


if __name__ == "__main__":
    main()
