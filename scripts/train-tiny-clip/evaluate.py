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
DRAWINGS_ONLY = {
    "unseen-style": (0.3458, 0.2852),
    "unseen-concept": (0.187, 0.1826),
    "unseen-concept-and-style": (0.0996, 0.0823),
    "known-concept": (0.7978, 0.811),
    "unseen-clipart": (0.1801, 0.1439),
    "stamps": (0.0966, 0.1023),
    "unseen-style-without-flags": (0.3255, 0.2654),
    "unseen-style-chinese": (0.2074, 0.172),
    "unseen-concept-known-words": (0.2721, 0.2789),
    "unseen-concept-new-words": (0.1325, 0.1084),
    "sample": (0.4612, 0.4612),
}
"""Recall@1, text to image and image to text, of the weights before these (fingerprint 9de5bf57), which had seen drawings only."""


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
    """The card's table of drawings, recall@1 of the weights before in brackets."""
    lines = [
        "| split | captions/pictures | text→image | image→text | chance text→image | AUC random / same group / nearest caption |",
        "|---|---|---|---|---|---|",
    ]
    for name, r in results.items():
        a = r["auc"]
        to_image, to_text = (f" ({100 * before:.1f})" for before in DRAWINGS_ONLY[name]) if name in DRAWINGS_ONLY else ("", "")
        lines.append(
            f"| {name} | {r['captions']}/{r['pictures']} | {percent(r['textToImage']['recall'])}{to_image} | "
            f"{percent(r['imageToText']['recall'])}{to_text} | {percent(r['textToImage']['chance'])} | "
            f"{a['random']:.3f} / {a['sameGroup']:.3f} / {a['nearestCaption']:.3f} |"
        )
    return "\n".join(lines)


def sentences(report: dict[str, dict]) -> str:
    """What the card says below the table: the sample, fidelity and speed."""
    first = report["splits"]["sample"]["firstOfTen"]
    text = (
        f"`sample`: the shipped drawings, their sentences as captions. The right caption comes first of ten (nine others at random) for {first['all']:.0%} of them"
        f" ({first['known-concept']:.0%} of known concepts, {first['unseen-concept']:.0%} of unseen ones, {first['unseen-clipart']:.0%} of unseen clip-art); chance is 10%."
    )
    speed = report["speedMsOneThread"]
    text += f"\n\nSpeed in onnxruntime-node, one thread, one item at a time: {speed['imageMs']:.1f} ms a picture, {speed['textMs']:.2f} ms a text of 8 tokens."
    if "fidelity" not in report:
        return text
    f = report["fidelity"]
    near, far = f["lowestCosineQuantisedToFull"], f["largestDifferenceOnnxToTorch"]
    return (
        f"{text} Quantised against float32 graphs, the lowest cosine of {f['items']['images']:,} pictures is {near['image']:.4f}, of {f['items']['texts']:,} texts {near['text']:.4f}; "
        f"float32 graphs against the trained network, the largest difference of 256 items each is {far['image']:.1e} and {far['text']:.1e}."
    )


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
        card.write_text(f"{before}{MARKERS[0]}\n\n{table(results)}\n\n{sentences(report)}\n\n{MARKERS[1]}{after}")
    return measure_photographs(photos, check)
