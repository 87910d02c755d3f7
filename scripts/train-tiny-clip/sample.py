"""Render the sample dataset: the held-out pictures named in sample-list.txt, large enough to look at, with captions."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

from PIL import Image

import catalogue
from captions import with_article
from catalogue import Item
from config import SAMPLE_DIR, SOURCES
from render import render
from splits import MANIFEST, rank

SIZE = 192
LIST = Path(__file__).with_name("sample-list.txt")
SHIPPED = ("noto", "fluent-emoji-flat", "openclipart")


def read_list() -> list[tuple[str, str, str]]:
    """(split, title or clip-art path, caption) of every line."""
    split, entries = "", []
    for line in LIST.read_text().splitlines():
        if line.startswith("[") and line.endswith("]"):
            split = line[1:-1]
        elif line and not line.startswith("#"):
            title, _, caption = line.partition(" = ")
            entries.append((split, title, caption or with_article(title)))
    return entries


def held_out_items(work: Path) -> dict[tuple[str, str], Item]:
    """(split, title or clip-art path) -> item, of the splits that the sample is drawn from."""
    items = {i.id: i for i in catalogue.load(work)}
    held = json.loads(MANIFEST.read_text())["held"]
    found = {}
    for split in ("known-concept", "unseen-concept", "unseen-clipart"):
        for name in held[split]:
            item = items[name]
            key = name.partition(":")[2] if item.source == "openclipart" else item.title
            found[(split, key)] = item
    return found


def encode(picture: Image.Image, name: str) -> tuple[bytes, str]:
    """Image file of a picture: WebP mostly, one in four PNG and one in ten JPEG, so that every decoder is used."""
    draw = rank("format:" + name) % 20
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    out = io.BytesIO()
    if draw < 2:
        white.save(out, "JPEG", quality=88)
        return out.getvalue(), "jpg"
    if draw < 7:
        picture.quantize(256, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
        return out.getvalue(), "png"
    picture.save(out, "WEBP", quality=90, method=6)
    return out.getvalue(), "webp"


def write_sample(work: Path) -> None:
    """Rewrite models/sample/images and captions.csv. Raises LookupError for a line that names no held-out picture."""
    shutil.rmtree(SAMPLE_DIR / "images", ignore_errors=True)
    (SAMPLE_DIR / "images").mkdir(parents=True)
    found = held_out_items(work)
    rows, seen = [], set()
    for split, title, caption in read_list():
        item = found.get((split, title))
        if item is None or item.source not in SHIPPED:
            raise LookupError(f"sample-list.txt names {title!r} in [{split}], which is no held-out picture of {SHIPPED}")
        if caption in seen:
            raise LookupError(f"sample-list.txt has the caption {caption!r} twice")
        seen.add(caption)
        name = re.sub(r"[^a-z0-9]+", "-", caption.lower()).strip("-")
        content, extension = encode(render(item, work, SIZE), name)
        (SAMPLE_DIR / "images" / f"{name}.{extension}").write_bytes(content)
        rows.append((f"images/{name}.{extension}", caption, split, item.source, SOURCES[item.source].licence))
    with open(SAMPLE_DIR / "captions.csv", "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("image", "caption", "split", "source", "licence"))
        writer.writerows(rows)
