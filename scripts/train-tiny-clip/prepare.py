"""The data stage: download, catalogue, render, split, colours, tokenizer. What exists is kept."""

import json
import sys
from pathlib import Path

import bpe
import catalogue
import fetch_data
import render
import splits
from captions import dominant_colour
from config import MODEL_DIR, Training


def prepare(work: Path) -> None:
    """Everything that training and evaluation read, under WORK; the tokenizer goes into the model folder."""
    work.mkdir(parents=True, exist_ok=True)
    fetch_data.fetch(work)
    items = catalogue.build(work)
    if not (work / "drawn.json").exists():
        render.render_all(items, work)
    pixels, ids = render.load_pixels(work)
    splits.save(work, splits.assign(items, pixels, ids))
    if not (work / "colours.json").exists():
        print("naming colours", file=sys.stderr)
        (work / "colours.json").write_text(json.dumps({i: dominant_colour(p) for i, p in zip(ids, pixels)}))
    if not (MODEL_DIR / "tokenizer.json").exists():
        from dataset import TrainingData  # needs torch, which nothing else of this stage does

        print("learning the tokenizer", file=sys.stderr)
        bpe.save(TrainingData(work, Training()).tokenizer, MODEL_DIR)
