"""A teacher for words: which names lie near each other in the text space of a large CLIP (text only, no picture)."""

import random
import re
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

NAMES = {
    "imagenet1000_text.npy": ("mobilenet/dist/imagenet_classes.js", 1000),
    "coco80_text.npy": ("coco-ssd/dist/classes.js", 80),
}
"""File of text vectors -> (where the names stand in WORK/npm, in the same order; how many)."""
TEMPERATURE = 0.1
"""Of the teacher's cosines (about their mean vector): nearest names take most of the weight, not all."""


def class_names(source: str, labels_of: str) -> list[str]:
    """Names out of a JavaScript table: `12: 'house finch, linnet'` (first name) or `displayName: 'traffic light'`."""
    joined = re.sub(r"['\"] ?\+\s*['\"]", "", source)
    pattern = r"displayName:\s*['\"]([^'\"]+)" if labels_of == "coco80_text.npy" else r"\b\d+: (?:'((?:[^'\\]|\\.)*)'|\"([^\"]*)\")"
    found = [next(g for g in m.groups() if g is not None) for m in re.finditer(pattern, joined)]
    return [name.split(",")[0].strip().lower().replace("\\", "") for name in found]


class Teacher:
    """Names and the softmax targets of their neighbourhoods."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.names: list[str] = []
        vectors = []
        for file, (table, count) in NAMES.items():
            names = class_names((work / "npm" / table).read_text(), file)
            rows = np.load(folder / file).astype(np.float32)
            if len(names) != count or len(rows) != count:
                raise ValueError(f"{folder / file}: {len(rows)} vectors and {len(names)} names, expected {count} of both")
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            self.names += names
            vectors.append(rows - rows.mean(0))
        self.vectors = F.normalize(torch.from_numpy(np.concatenate(vectors)), dim=1)
        print(f"teacher: {len(self.names)} names", file=sys.stderr)

    def sample(self, count: int, rng: random.Random) -> list[int]:
        """Names of one step."""
        return rng.sample(range(len(self.names)), count)

    def loss(self, chosen: list[int], texts: Tensor, scale: Tensor) -> Tensor:
        """Cross-entropy of the student's neighbourhoods against the teacher's, among the chosen names. texts: unit rows."""
        vectors = self.vectors[chosen]
        itself = torch.eye(len(chosen), dtype=torch.bool)
        target = (vectors @ vectors.T / TEMPERATURE).masked_fill(itself, -1e4).softmax(1)
        student = (scale * texts @ texts.T).masked_fill(itself, -1e4).log_softmax(1)
        return -(target * student).sum(1).mean()
