"""Pillow's side of compare-suites.ts: a path a line on stdin; for each a line of JSON on stdout, then width x height x 3 bytes.

The rules are alignql's own: the first frame, upright by EXIF, alpha laid over white, no colour profile, the upper 8 of 16 bits.
"""

import json
import sys
import warnings
from array import array

from PIL import Image, ImageOps

KINDS = {"JPEG": "jpeg", "MPO": "jpeg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "AVIF": "avif"}


def upper_bytes(image):
    """Pillow clips 16-bit greys at 255 when it converts them; a picture needs their upper byte."""
    step = 4 if image.mode == "I" else 2
    grey = Image.frombytes("L", image.size, image.tobytes()[1::step])
    transparent = image.info.get("transparency")
    if transparent is None:
        return grey
    values = array("i" if step == 4 else "H", image.tobytes())
    alpha = bytes(0 if value == transparent else 255 for value in values)
    return Image.merge("LA", (grey, Image.frombytes("L", image.size, alpha)))


def rgb(image):
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        image = upper_bytes(image)
    if "transparency" in image.info or image.mode in ("PA", "LA", "La", "RGBA", "RGBa"):
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def answer(header, pixels=b""):
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + pixels)
    sys.stdout.buffer.flush()


def main():
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    max_pixels = int(sys.argv[1])
    for line in sys.stdin:
        try:
            with Image.open(line.rstrip("\n")) as image:
                if image.format not in KINDS:
                    raise ValueError(f"{image.format} is none of the kinds that are compared")
                if image.width * image.height > max_pixels:
                    raise ValueError(f"{image.width} x {image.height} pixels are more than {max_pixels}")
                kind = KINDS[image.format]
                picture = rgb(image)
            answer({"kind": kind, "width": picture.width, "height": picture.height}, picture.tobytes())
        except Exception as error:  # Pillow fails on damaged files in many ways; each is a refusal.
            answer({"error": f"{type(error).__name__}: {error}"})


main()
