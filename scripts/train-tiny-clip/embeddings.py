"""Embed every drawn picture and its caption with the committed model: WORK/embeddings, to search and compare on."""

import sys
from pathlib import Path

import numpy as np

import catalogue
import render
import splits
from captions import evaluation_caption
from catalogue import Item
from embedding_job import on_white_bytes, projection_dim, run_job, write_job
from metrics import unit
from words import concept_key

SLICE = 4096
"""Pictures a run of embed.ts, which holds the pixels of one run in memory."""


def group_numbers(items: list[Item]) -> np.ndarray:
    """One number a concept, int32: pictures of one concept in several styles share their caption."""
    names = [concept_key(evaluation_caption(item)) for item in items]
    number = {name: n for n, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], np.int32)


def embed_pictures(folder: Path, pixels: np.ndarray, captions: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Image embeddings [count, dim], a row a picture, and text embeddings, a row a caption."""
    dim, images = projection_dim(), []
    for start in range(0, len(pixels), SLICE):
        write_job(folder, on_white_bytes(pixels[start : start + SLICE]), captions if start == 0 else captions[:1])
        image_rows, text_rows, _ = run_job(folder, dim, full=False)
        images.append(image_rows)
        texts = text_rows if start == 0 else texts
        print(f"embedded {min(start + SLICE, len(pixels))} of {len(pixels)} pictures", file=sys.stderr)
    return np.concatenate(images), texts


def write_embeddings(work: Path) -> None:
    """image_embeddings.npy, text_embeddings.npy and groups.npy, a row a pair, unit rows; pairs.tsv says what each is."""
    pixels, ids = render.load_pixels(work)
    known = {item.id: item for item in catalogue.load(work)}
    items, split = [known[i] for i in ids], splits.load(work)
    captions = list(dict.fromkeys(evaluation_caption(item) for item in items))
    images, texts = embed_pictures(work / "embedding-job", pixels, captions)
    row = {caption: r for r, caption in enumerate(captions)}
    folder = work / "embeddings"
    folder.mkdir(exist_ok=True)
    np.save(folder / "image_embeddings.npy", unit(images).astype(np.float32))
    np.save(folder / "text_embeddings.npy", unit(texts[[row[evaluation_caption(i)] for i in items]]).astype(np.float32))
    np.save(folder / "groups.npy", group_numbers(items))
    lines = [f"{item.id}\t{split[item.id]}\t{evaluation_caption(item)}\n" for item in items]
    (folder / "pairs.tsv").write_text("id\tsplit\tcaption\n" + "".join(lines), encoding="utf-8")
    trained = sum(split[i] == "train" for i in ids)
    print(f"{len(items)} pictures and captions in {folder}; the model was trained on {trained} of the pictures", file=sys.stderr)
