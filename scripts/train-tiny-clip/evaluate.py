"""Measure the committed, quantised model on every held-out split: models/tiny-clip/metrics.json and the card's table."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

import bpe
import catalogue
import render
import splits
from captions import evaluation_caption
from catalogue import Item
from config import MODEL_DIR, SEED, Training
from dataset import pad
from embedding_job import on_white_bytes, projection_dim, run_job, write_job
from export import load_average
from metrics import measure, unit
from sample import read_list
from words import singular, words_of

TOLERANCE = 0.004
"""What --check allows: another processor rounds differently, which moves a few near-ties of the smallest split."""
OTHER_PARTS = ("photographs", "limits", "ablations")
"""What stands in metrics.json beside the splits of drawings: others write it."""
MARKERS = ("<!-- metrics -->", "<!-- end of metrics -->")
PILOT = {
    "unseen-style-without-flags": "12.8/28.0/38.3 | 7.9/21.2/29.5 | .907 / .781",
    "unseen-style-chinese": "9.2/22.9/31.6 | 7.3/19.8/27.5 | .896 / .748",
    "unseen-concept": "25.7/43.7/49.1 | 22.1/41.0/47.7 | .828 / .669",
    "unseen-concept-and-style": "8.1/24.3/33.3 | 8.1/18.0/25.2 | .756 / .616",
    "unseen-clipart": "17.7/34.0/41.5 | 14.2/33.7/43.0 | .818 / .735",
    "stamps": "6.5/13.9/18.6 | 5.4/11.8/19.1 | .735 / .621",
}
"""What the pilot run reached on its own splits: text to image | image to text | AUC random / same group."""


class HeldOut:
    """Held-out pictures with their captions, and the named selections of them that are measured."""

    def __init__(self, work: Path) -> None:
        items = {i.id: i for i in catalogue.load(work)}
        pixels, ids = render.load_pixels(work)
        self.split = splits.load(work)
        rows = [r for r, i in enumerate(ids) if self.split[i] not in ("train", "unused")]
        self.items = [items[ids[r]] for r in rows]
        self.pixels = on_white_bytes(pixels[rows])
        self.trained_words = {
            singular(w) for i in items.values() if self.split.get(i.id) == "train"
            for phrase in [i.title, *i.aliases, *i.tags] for w in words_of(phrase)
        }
        self.selections = {name: (rows, captions) for name, rows, captions in self.select()}

    def rows_of(self, name: str) -> list[int]:
        """Positions of a split's pictures."""
        return [r for r, item in enumerate(self.items) if self.split[item.id] == name]

    def words_known(self, item: Item) -> bool:
        """Whether training pictures had every word of the caption."""
        return all(singular(w) in self.trained_words for w in words_of(evaluation_caption(item)))

    def select(self) -> Iterator[tuple[str, list[int], list[str]]]:
        """(name, picture rows, a caption a picture) of everything that is measured."""
        for name in ("unseen-style", "unseen-concept", "unseen-concept-and-style", "known-concept", "unseen-clipart", "stamps"):
            rows = self.rows_of(name)
            yield name, rows, [evaluation_caption(self.items[r]) for r in rows]
        style = self.rows_of("unseen-style")
        rows = [r for r in style if "flag" not in self.items[r].group]
        yield "unseen-style-without-flags", rows, [evaluation_caption(self.items[r]) for r in rows]
        rows = [r for r in rows if self.items[r].chinese]
        yield "unseen-style-chinese", rows, [self.items[r].chinese[0] for r in rows]
        concept = self.rows_of("unseen-concept")
        for name, known in (("unseen-concept-known-words", True), ("unseen-concept-new-words", False)):
            rows = [r for r in concept if self.words_known(self.items[r]) == known]
            yield name, rows, [evaluation_caption(self.items[r]) for r in rows]


def measure_splits(held: HeldOut, images: np.ndarray, texts: dict[str, np.ndarray]) -> dict[str, object]:
    """Measures of every selection. `texts`: embedding of every caption."""
    results = {}
    for name, (rows, captions) in held.selections.items():
        unique = list(dict.fromkeys(captions))
        owner = np.array([unique.index(c) for c in captions])
        groups = [held.items[r].group for r in rows]
        numbers = np.array([sorted(set(groups)).index(g) for g in groups])
        matrix = unit(np.stack([texts[c] for c in unique]))
        results[name] = measure(unit(images[rows]), matrix, owner, numbers, SEED)
    return results


def sample_share(held: HeldOut, images: np.ndarray, texts: dict[str, np.ndarray]) -> dict[str, object]:
    """On the shipped sample: recall, and how often the right caption is first of ten (nine others drawn at random)."""
    rows, captions = sample_rows(held)
    pictures, matrix = unit(images[rows]), unit(np.stack([texts[c] for c in captions]))
    scores = pictures @ matrix.T
    rng = np.random.default_rng(SEED)
    first = np.array([
        np.mean([
            scores[i, i] > scores[i, rng.choice(np.setdiff1d(np.arange(len(rows)), i), 9, replace=False)].max()
            for _ in range(20)
        ])
        for i in range(len(rows))
    ])
    names = np.array([held.split[held.items[r].id] for r in rows])
    by_split = {name: round(float(first[names == name].mean()), 4) for name in sorted(set(names))}
    groups = np.array([splits.rank(held.items[r].group) % (1 << 31) for r in rows])
    return {**measure(pictures, matrix, np.arange(len(rows)), groups, SEED), "firstOfTen": {"all": round(float(first.mean()), 4), **by_split}}


def sample_rows(held: HeldOut) -> tuple[list[int], list[str]]:
    """Rows and captions of the shipped sample, by the ids in its list."""
    by_name = {}
    for row, item in enumerate(held.items):
        key = item.id.partition(":")[2] if item.source == "openclipart" else item.title
        by_name[(held.split[item.id], key)] = row
    entries = read_list()
    return [by_name[(split, title)] for split, title, _ in entries], [caption for _, _, caption in entries]


def torch_reference(work: Path, name: str, held: HeldOut, captions: list[str], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of the first pictures and captions by the trained network itself."""
    model, tokenizer = load_average(work, Training(), name, MODEL_DIR), bpe.load(MODEL_DIR)
    pixels = torch.from_numpy(held.pixels[:count]).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        images = model.vision(pixels)[0].numpy()
        texts = model.text(*pad([tokenizer.encode(c) for c in captions[:count]], tokenizer.end)).numpy()
    return images, texts


def lowest_cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Smallest cosine between equal rows."""
    return round(float((unit(a) * unit(b)).sum(1).min()), 6)


def fidelity(work: Path, name: str, held: HeldOut, captions: list[str], quantised: tuple[np.ndarray, np.ndarray]) -> dict[str, object]:
    """How far the exported graphs are from each other and from the network; needs the checkpoint and the float32 graphs."""
    job = work / "evaluation"
    dim = quantised[0].shape[1]
    images, texts, speed = run_job(job, dim, full=True)
    count = 256
    reference_images, reference_texts = torch_reference(work, name, held, captions, count)
    return {
        "lowestCosineQuantisedToFull": {"image": lowest_cosine(quantised[0], images), "text": lowest_cosine(quantised[1], texts)},
        "largestDifferenceOnnxToTorch": {
            "image": float(f"{np.abs(images[:count] - reference_images).max():.2e}"),
            "text": float(f"{np.abs(texts[:count] - reference_texts).max():.2e}"),
        },
        "items": {"images": len(images), "texts": len(texts)},
        "fullPrecisionSpeed": speed,
    }


def percent(values: dict[str, float]) -> str:
    """`12.8/28.0/38.3` out of recall at 1, 5, 10."""
    return "/".join(f"{100 * v:.1f}" for v in values.values())


def table(results: dict[str, dict]) -> str:
    """The card's table, the pilot's numbers below each line it has any for."""
    lines = [
        "| split | captions/pictures | text→image | image→text | chance text→image | AUC random / same group / nearest caption |",
        "|---|---|---|---|---|---|",
    ]
    for name, r in results.items():
        a = r["auc"]
        lines.append(
            f"| {name} | {r['captions']}/{r['pictures']} | {percent(r['textToImage']['recall'])} | "
            f"{percent(r['imageToText']['recall'])} | {percent(r['textToImage']['chance'])} | "
            f"{a['random']:.3f} / {a['sameGroup']:.3f} / {a['nearestCaption']:.3f} |"
        )
        if name in PILOT:
            to_image, to_text, areas = PILOT[name].split(" | ")
            lines.append(f"| *pilot, its own split* | | *{to_image}* | *{to_text}* | | *{areas}* |")
    return "\n".join(lines)


def differences(old: object, new: object, path: str = "") -> list[str]:
    """Numbers of two reports that differ by more than the tolerance, or stand in one only."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [d for key in sorted(old.keys() | new.keys()) for d in differences(old.get(key), new.get(key), f"{path}/{key}")]
    if isinstance(old, (int, float)) and isinstance(new, (int, float)) and abs(old - new) <= TOLERANCE:
        return []
    return [] if old == new else [f"{path}: committed {old}, measured {new}"]


def measure_photographs(photos: Path | None, check: bool) -> int:
    """The splits of photographs, which need no Python: they go into the same files. Exit code."""
    script = str(Path(__file__).with_name("photographs") / "evaluate.ts")
    command = ["node", "--no-warnings", script, "--check" if check else "--write"]
    return subprocess.run([*command, *(["--photos", str(photos)] if photos else [])]).returncode


def evaluate(work: Path, name: str, check: bool, photos: Path | None = None) -> int:
    """Measure; write metrics.json and the tables, or with `check` compare. Exit code.

    photos: a folder with photos.csv; without it the evaluator of photographs takes the one beside the project, if there is one.
    """
    held = HeldOut(work)
    captions = list(dict.fromkeys(
        [c for _, texts in held.selections.values() for c in texts] + sample_rows(held)[1]))
    write_job(work / "evaluation", held.pixels, captions)
    images, text_rows, speed = run_job(work / "evaluation", projection_dim(), full=False)
    texts = dict(zip(captions, text_rows))
    results = {**measure_splits(held, images, texts), "sample": sample_share(held, images, texts)}
    path = MODEL_DIR / "metrics.json"
    if check:
        found = differences(json.loads(path.read_text())["splits"], results)
        print("\n".join(found) or "the committed numbers hold", file=sys.stderr if found else sys.stdout)
        return max(measure_photographs(photos, check), 1 if found else 0)
    report: dict[str, object] = {"seed": SEED, "splits": results, "speedMsOneThread": speed}
    if path.exists():
        report.update({part: value for part, value in json.loads(path.read_text()).items() if part in OTHER_PARTS})
    if (work / f"{name}.pt").exists() and (MODEL_DIR / "onnx/text_model.onnx").exists():
        report["fidelity"] = fidelity(work, name, held, captions, (images, text_rows))
    path.write_text(json.dumps(report, indent=1) + "\n")
    print(table(results))
    card = MODEL_DIR / "README.md"
    if card.exists():
        before, _, rest = card.read_text().partition(MARKERS[0])
        after = rest.partition(MARKERS[1])[2]
        card.write_text(f"{before}{MARKERS[0]}\n\n{table(results)}\n\n{MARKERS[1]}{after}")
    return measure_photographs(photos, check)
