"""Photographs with captions: a folder with photos.csv (file, concept, captions, source, licence, attribution, url, split)."""

import hashlib
import json
import multiprocessing
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from licences import is_trained
from photo_table import read_rows

STORED_SIDE = 144
"""Photographs are kept squeezed to a square of this side, with their aspect ratio beside them: crops undo the squeeze."""
VALIDATION_SIDE = 128
COMMON = 10
"""Pictures that a concept needs to be one of the names among which photographs are looked up."""
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Photo:
    """One photograph: `file` is relative to the folder, `captions` are one to several phrases."""

    file: str
    concept: str
    captions: list[str]
    source: str
    licence: str
    split: str


def read_photos(folder: Path) -> list[Photo]:
    """Rows of photos.csv. Raises ValueError naming the line for a missing column, file, concept or caption, or an unknown split."""
    photos, seen = [], set()
    for row in read_rows(folder):
        where = f"{folder / 'photos.csv'}, line {row['line']}"
        captions = [c.strip() for c in (row["captions"] or "").split("|") if c.strip()]
        if row["split"] not in SPLITS:
            raise ValueError(f"{where}: split {row['split']!r}, expected one of {', '.join(SPLITS)}")
        if not row["concept"] or not captions:
            raise ValueError(f"{where}: a picture needs a concept and at least one caption")
        if row["file"] in seen or not (folder / row["file"]).is_file():
            problem = "is there twice" if row["file"] in seen else f"does not exist in {folder}"
            raise ValueError(f"{where}: file {row['file']!r} {problem}")
        seen.add(row["file"])
        photos.append(Photo(row["file"], row["concept"], captions, row["source"], row["licence"], row["split"]))
    return photos


def trained(photos: list[Photo]) -> list[Photo]:
    """What may be trained on: split `train`, without licences that forbid it."""
    return [p for p in photos if is_trained(p.split, p.licence)]


def opened_rgb(path: Path) -> Image.Image:
    """The picture in RGB, transparency on white."""
    with Image.open(path) as opened:
        if opened.mode in ("RGBA", "LA", "P"):
            picture = opened.convert("RGBA")
            white = Image.new("RGBA", picture.size, "white")
            return Image.alpha_composite(white, picture).convert("RGB")
        return opened.convert("RGB")


def squeezed(folder: Path, photo: Photo) -> tuple[np.ndarray, float]:
    """([STORED_SIDE, STORED_SIDE, 3] bytes of the whole picture, width / height)."""
    picture = opened_rgb(folder / photo.file)
    pixels = np.asarray(picture.resize((STORED_SIDE, STORED_SIDE), Image.BICUBIC), np.uint8)
    return pixels, picture.width / picture.height


def centre_square(folder: Path, photo: Photo, size: int) -> np.ndarray:
    """What the encoder's preprocessing makes of a picture: shorter side to `size`, the middle cut out. [size, size, 3] bytes."""
    picture = opened_rgb(folder / photo.file)
    shorter = min(picture.size)
    width, height = (max(size, round(s * size / shorter)) for s in picture.size)
    left, top = (width - size) // 2, (height - size) // 2
    resized = picture.resize((width, height), Image.BICUBIC)
    return np.asarray(resized.crop((left, top, left + size, top + size)), np.uint8)


def write_pixels(folder: Path, work: Path) -> None:
    """Decode all training photographs once: WORK/photos.u8 and WORK/photos.json. Kept while photos.csv is the same."""
    digest = hashlib.sha256((folder / "photos.csv").read_bytes()).hexdigest()
    index = work / "photos.json"
    if index.exists() and json.loads(index.read_text())["digest"] == digest:
        return
    photos = read_photos(folder)
    chosen = trained(photos)
    aspects = []
    with multiprocessing.Pool(2) as pool, open(work / "photos.u8", "wb") as out:
        for number, (pixels, aspect) in enumerate(pool.imap(partial(squeezed, folder), chosen, chunksize=64)):
            out.write(pixels.tobytes())
            aspects.append(aspect)
            if number % 4000 == 3999:
                print(f"decoded {number + 1}/{len(chosen)} photographs", file=sys.stderr)
    rows = [asdict(p) for p in chosen]
    validation = [p for p in photos if p.split == "val"]
    squares = [centre_square(folder, p, VALIDATION_SIDE) for p in validation]
    (work / "photos-validation.u8").write_bytes(b"".join(s.tobytes() for s in squares))
    sizes = Counter(p.concept for p in photos)
    document = {"digest": digest, "train": rows, "aspects": aspects, "validation": [asdict(p) for p in validation],
                "commonNames": sorted(c for c, n in sizes.items() if n >= COMMON)}
    index.write_text(json.dumps(document))


@dataclass
class PhotoStore:
    """Photographs by row: squeezed pixels [count, side, side, 3] and width / height of the training ones, squares of the validation ones."""

    train: list[Photo]
    pixels: np.ndarray
    aspects: np.ndarray
    validation: list[Photo]
    validation_pixels: np.ndarray
    common_names: list[str]
    """Concepts with COMMON pictures or more, over all splits."""


def load_pixels(work: Path) -> PhotoStore:
    """What `write_pixels` wrote."""
    index = json.loads((work / "photos.json").read_text())
    train = [Photo(**row) for row in index["train"]]
    validation = [Photo(**row) for row in index["validation"]]
    pixels = np.memmap(work / "photos.u8", np.uint8, "r", shape=(len(train), STORED_SIDE, STORED_SIDE, 3))
    shape = (len(validation), VALIDATION_SIDE, VALIDATION_SIDE, 3)
    squares = np.memmap(work / "photos-validation.u8", np.uint8, "r", shape=shape) if validation else np.zeros(shape, np.uint8)
    return PhotoStore(train, pixels, np.array(index["aspects"], np.float32), validation, squares, index["commonNames"])
