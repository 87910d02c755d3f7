"""Render every picture once, trimmed to a square, into WORK/pixels.u8: premultiplied RGBA, [count, size, size, 4]."""

import json
import multiprocessing
import sys
import time
from pathlib import Path

import cairo
import gi
import numpy as np
from PIL import Image

from catalogue import Item
from config import IMAGE_SIZE

gi.require_version("Rsvg", "2.0")
from gi.repository import Rsvg  # noqa: E402  (needs the version line above)

Image.MAX_IMAGE_PIXELS = None
MARGIN = 0.04
"""Empty border of trimmed pictures, as a share of the side: about what the emoji sets draw themselves."""


def draw_svg(document: bytes, size: int) -> Image.Image:
    """Draw an SVG document into a square of `size` pixels; straight-alpha RGBA."""
    handle = Rsvg.Handle.new_from_data(document)
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, size, size)
    viewport = Rsvg.Rectangle()
    viewport.x, viewport.y, viewport.width, viewport.height = 0, 0, size, size
    handle.render_document(cairo.Context(surface), viewport)
    surface.flush()
    bgra = np.frombuffer(surface.get_data(), np.uint8).reshape(size, size, 4)
    return Image.frombytes("RGBa", (size, size), bgra[..., [2, 1, 0, 3]].tobytes()).convert("RGBA")


def trim_square(picture: Image.Image, size: int) -> Image.Image:
    """Cut empty borders, centre on a transparent square and scale to `size`."""
    if max(picture.size) > 4 * size:
        factor = 4 * size / max(picture.size)
        shrunk = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
        picture = picture.resize(shrunk, Image.BOX, reducing_gap=2.0)
    box = picture.getchannel("A").point(lambda a: 255 if a > 8 else 0).getbbox()
    if box:
        picture = picture.crop(box)
    side = max(2, round(max(picture.size) * (1 + 2 * MARGIN)))
    square = Image.new("RGBA", (side, side))
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square.convert("RGBa").resize((size, size), Image.BICUBIC, reducing_gap=3.0).convert("RGBA")


def render(item: Item, work: Path, size: int) -> Image.Image:
    """The picture of an item as a square of `size` pixels, straight-alpha RGBA. Emoji keep their own margin."""
    if item.svg:
        return draw_svg(item.svg.encode(), size)
    path = work / item.file
    if path.suffix == ".svg":
        return trim_square(draw_svg(path.read_bytes(), 4 * size), size)
    with Image.open(path) as opened:
        return trim_square(opened.convert("RGBA"), size)


def render_premultiplied(job: tuple[Item, Path]) -> np.ndarray | None:
    """Worker of the pool: pixels of one item, or None when it cannot be drawn or is empty."""
    item, work = job
    try:
        pixels = np.asarray(render(item, work, IMAGE_SIZE).convert("RGBa"), np.uint8)
    except Exception as error:  # any broken third-party file costs its own picture only; it is named and counted
        print(f"\nnot drawn: {item.id}: {error}", file=sys.stderr)
        return None
    return pixels if pixels[..., 3].mean() > 4 else None


def render_all(items: list[Item], work: Path) -> None:
    """Write WORK/pixels.u8 and WORK/drawn.json (the ids in row order)."""
    drawn: list[str] = []
    started = time.monotonic()
    with multiprocessing.Pool(2) as pool, open(work / "pixels.u8", "wb") as out:
        jobs = ((item, work) for item in items)
        for index, pixels in enumerate(pool.imap(render_premultiplied, jobs, chunksize=32)):
            if pixels is not None:
                out.write(pixels.tobytes())
                drawn.append(items[index].id)
            if index % 1000 == 999:
                rate = (index + 1) / (time.monotonic() - started)
                print(f"rendered {index + 1}/{len(items)}, {(len(items) - index) / rate:.0f} s left", file=sys.stderr)
    (work / "drawn.json").write_text(json.dumps(drawn))


def load_pixels(work: Path) -> tuple[np.ndarray, list[str]]:
    """Memory map of the rendered pictures and the ids of its rows. Raises ValueError when they were rendered at another size."""
    ids = json.loads((work / "drawn.json").read_text())
    found, expected = (work / "pixels.u8").stat().st_size, len(ids) * IMAGE_SIZE * IMAGE_SIZE * 4
    if found != expected:
        raise ValueError(f"{work / 'pixels.u8'} has {found} bytes, {len(ids)} pictures of {IMAGE_SIZE} pixels have {expected}: "
                         f"delete {work / 'drawn.json'} and run `run.sh data` to render them again")
    pixels = np.memmap(work / "pixels.u8", np.uint8, "r", shape=(len(ids), IMAGE_SIZE, IMAGE_SIZE, 4))
    return pixels, ids
