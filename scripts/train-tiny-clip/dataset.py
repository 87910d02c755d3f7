"""Training data in memory: pixels, captions, tokens. Everything drawn depends on the seed and the epoch only."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import bpe
import catalogue
import render
import splits
from captions import Captioner, dictionary_pairs, evaluation_caption
from catalogue import Item
from config import MODEL_DIR, SEED, SOURCES, VOCAB_SIZE, Training
from words import WordNet, english_words

UNFLIPPABLE = ("alphanum", "keycap", "flag", "arrow", "av-symbol", "math", "punctuation", "time", "currency")
COLOURED = ("geometric", "heart", "shape")


@dataclass
class Batch:
    """One step: pixels uint8 [batch, S, S, 4], captions, concept numbers, and what augmentation must not do."""

    pixels: Tensor
    captions: list[str]
    concepts: Tensor
    may_flip: Tensor
    keep_colour: Tensor


def pad(tokens: list[list[int]], pad_id: int) -> tuple[Tensor, Tensor]:
    """Ids padded to the longest of the batch, and their mask."""
    longest = max(map(len, tokens))
    ids = torch.tensor([row + [pad_id] * (longest - len(row)) for row in tokens])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in tokens])
    return ids, mask


class TrainingData:
    """Everything that training reads, loaded once."""

    def __init__(self, work: Path, settings: Training) -> None:
        items = {i.id: i for i in catalogue.load(work)}
        pixels, ids = render.load_pixels(work)
        self.items = [items[i] for i in ids]
        self.split = splits.load(work)
        self.settings = settings
        dictionary = WordNet(work)
        self.captioner = Captioner(settings, dictionary)
        self.rows = [r for r, i in enumerate(ids) if self.split[i] == "train"]
        self.train = [self.items[r] for r in self.rows]
        self.pixels = torch.from_numpy(pixels[self.rows])
        self.all_pixels = pixels
        colours = json.loads((work / "colours.json").read_text())
        self.colours = [None if SOURCES[i.source].style else colours[i.id] for i in self.train]
        names = sorted({i.concept for i in self.train})
        self.concept_count = len(names)
        number = {name: n for n, name in enumerate(names)}
        self.concepts = torch.tensor([number[i.concept] for i in self.train])
        groups = [i.group + " " + i.title for i in self.train]
        self.may_flip = torch.tensor([not any(w in g for w in (*UNFLIPPABLE, "left", "right")) for g in groups])
        self.keep_colour = torch.tensor([i.source == "shapes" or i.group in COLOURED for i in self.train])
        self.dictionary = dictionary_pairs(self.train, dictionary, english_words(work, names=False))
        self.tokenizer = bpe.load(MODEL_DIR) if (MODEL_DIR / "tokenizer.json").exists() else self.learn_tokenizer()

    def learn_tokenizer(self) -> bpe.Tokenizer:
        """Learn the tokenizer on sampled training captions and, lighter, the dictionary's words."""
        rng = random.Random(SEED)
        texts: Counter[str] = Counter()
        for item, colour in zip(self.train, self.colours):
            for _ in range(6):
                texts[self.captioner.draw(item, colour, rng)] += 1
        for noun, descriptions in self.dictionary:
            texts[noun] += 2
            texts[rng.choice(descriptions)] += 1
        return bpe.Tokenizer(bpe.learn(texts, VOCAB_SIZE))

    def tokenise(self, texts: list[str]) -> tuple[Tensor, Tensor]:
        """Padded ids and mask of some texts."""
        return pad([self.tokenizer.encode(t) for t in texts], self.tokenizer.end)

    def steps_in(self, epoch: int) -> int:
        """Batches of an epoch; epochs differ slightly because light sources are drawn at random."""
        return len(self.order(epoch)) // self.settings.batch

    def order(self, epoch: int) -> list[int]:
        """Rows of an epoch: each picture of weight w is there with probability w."""
        rng = random.Random(f"{SEED}:{epoch}")
        rows = [r for r, item in enumerate(self.train) if rng.random() < SOURCES[item.source].weight]
        rng.shuffle(rows)
        return rows

    def batches(self, epoch: int) -> Iterator[Batch]:
        """All batches of an epoch; the incomplete last one is left out."""
        rng = random.Random(f"captions:{SEED}:{epoch}")
        order, size = self.order(epoch), self.settings.batch
        for start in range(0, len(order) - size + 1, size):
            rows = order[start : start + size]
            texts = [self.captioner.draw(self.train[r], self.colours[r], rng) for r in rows]
            index = torch.tensor(rows)
            yield Batch(self.pixels[index], texts, self.concepts[index], self.may_flip[index], self.keep_colour[index])

    def dictionary_batch(self, rng: random.Random) -> tuple[list[str], list[str]]:
        """Words and one description of each."""
        pairs = rng.sample(self.dictionary, self.settings.dictionary_batch)
        return [noun for noun, _ in pairs], [rng.choice(texts) for _, texts in pairs]

    def held_out(self, name: str) -> tuple[np.ndarray, list[Item], list[str]]:
        """Pixels, items and evaluation captions of a held-out split."""
        rows = [r for r, item in enumerate(self.items) if self.split[item.id] == name]
        items = [self.items[r] for r in rows]
        return self.all_pixels[rows], items, [evaluation_caption(i) for i in items]
