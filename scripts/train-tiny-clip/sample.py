"""The sample dataset: held-out drawings named in sample-list.txt, large enough to look at, and photographs, with captions."""

import csv
import io
import json
import shutil
from collections import Counter, defaultdict
from pathlib import Path

from PIL import Image

import catalogue
from captions import with_article
from catalogue import Item
from config import SAMPLE_DIR, SOURCES
from render import render
from sample_notice import PHOTOGRAPH_ENTRY, sample_notice
from sample_photographs import committed_photographs, picture_name, read_photographs
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


Row = tuple[str, str, str, str, str, str]
COLUMNS = ("image", "caption", "split", "source", "licence", "kind")


def write_drawings(work: Path) -> list[Row]:
    """Render the listed drawings. Raises ValueError for a line that names no held-out picture."""
    found = held_out_items(work)
    rows = []
    for split, title, caption in read_list():
        item = found.get((split, title))
        if item is None or item.source not in SHIPPED:
            raise ValueError(f"sample-list.txt names {title!r} in [{split}], which is no held-out picture of {SHIPPED}")
        name = picture_name(caption)
        content, extension = encode(render(item, work, SIZE), name)
        (SAMPLE_DIR / "images" / f"{name}.{extension}").write_bytes(content)
        rows.append((f"images/{name}.{extension}", caption, split, item.source, SOURCES[item.source].licence, "drawing"))
    return rows


def check_unique(captions: list[str]) -> None:
    """Raises ValueError for a caption that is there twice: search could not tell its pictures apart."""
    for caption, count in Counter(captions).items():
        if count > 1:
            raise ValueError(f"the lists of the sample have the caption {caption!r} {count} times")


def interleave(a: list[Row], b: list[Row]) -> list[Row]:
    """Both lists in their order, spread evenly over the whole; the first row is of `a`."""
    places = [(i / len(rows), number, row) for number, rows in enumerate((a, b)) for i, row in enumerate(rows)]
    return [row for _, _, row in sorted(places, key=lambda place: place[:2])]


def write_sample(work: Path, photos: Path | None = None) -> None:
    """
    Rewrite models/sample: images, captions.csv and NOTICE.
    @param photos folder with photos.csv and the listed photographs; without it, or when it has none of them, those
        committed stay
    Raises ValueError for a listed picture that is not held out, and for a caption that is there twice.
    """
    photographs = (read_photographs(photos) if photos else []) or committed_photographs(PHOTOGRAPH_ENTRY)
    check_unique([caption for _, _, caption in read_list()] + [p.caption for p in photographs])
    shutil.rmtree(SAMPLE_DIR / "images", ignore_errors=True)
    (SAMPLE_DIR / "images").mkdir(parents=True)
    drawings = write_drawings(work)
    for photograph in photographs:
        (SAMPLE_DIR / photograph.image).write_bytes(photograph.content)
    rows = interleave([(p.image, p.caption, p.split, p.source, p.licence, "photograph") for p in photographs], drawings)
    with open(SAMPLE_DIR / "captions.csv", "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    by_source = defaultdict(list)
    for image, _, _, source, *_ in drawings:
        by_source[source].append(image)
    (SAMPLE_DIR / "NOTICE").write_text(sample_notice(by_source, photographs))
