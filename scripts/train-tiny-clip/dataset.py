"""Training data in memory: pixels, captions, tokens. Everything drawn depends on the seed and the epoch only."""

import json
import random
from collections import Counter, defaultdict
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
from captions import DRAWING, NEUTRAL, PHOTOGRAPH, Caption, Captioner, dictionary_pairs, evaluation_caption, natural, with_article
from catalogue import Item
from config import MODEL_DIR, PHOTO_WEIGHTS, SEED, SOURCES, VOCAB_SIZE, Training
from photo_captions import PhotoCaptioner, asked_for
from photos import Photo
from photos import load_pixels as load_photographs
from words import WordNet, concept_key, english_words

UNFLIPPABLE = ("alphanum", "keycap", "flag", "arrow", "av-symbol", "math", "punctuation", "time", "currency")
COLOURED = ("geometric", "heart", "shape")


@dataclass
class Batch:
    """One step: drawings first, then photographs (none in training without them).

    pixels uint8 [drawings, S, S, 4], photos uint8 [photographs, P, P, 3] squeezed to squares, aspects [photographs] width / height;
    captions and concept numbers of all; what augmentation must not do; and which caption is true of which picture.
    """

    pixels: Tensor
    photos: Tensor
    aspects: Tensor
    captions: list[str]
    names: list[str]
    concepts: Tensor
    may_flip: Tensor
    keep_colour: Tensor
    truth: Tensor
    """[pictures, captions + names]: 0 where the words are not true of the picture, else up to 1, less for words true of many concepts."""


def pad(tokens: list[list[int]], pad_id: int) -> tuple[Tensor, Tensor]:
    """Ids padded to the longest of the batch, and their mask."""
    longest = max(map(len, tokens))
    ids = torch.tensor([row + [pad_id] * (longest - len(row)) for row in tokens])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in tokens])
    return ids, mask


def sampling_weights(photos: list[Photo]) -> np.ndarray:
    """Probability of each photograph: inverse square root of its concept's size, times the weight of its source."""
    sizes = Counter(p.concept for p in photos)
    weights = np.array([PHOTO_WEIGHTS.get(p.source, 1.0) / sizes[p.concept] ** 0.5 for p in photos])
    return weights / weights.sum()


def concept_name(item: Item) -> str:
    """Drawings of one title are one concept, whatever the set; titles with digits (clocks, keycaps) are told apart by code."""
    return item.concept if any(c.isdigit() for c in item.title) else concept_key(item.title) or item.concept


class TrainingData:
    """Everything that training reads, loaded once."""

    def __init__(self, work: Path, settings: Training, photographs: bool = False) -> None:
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
        self.photos = load_photographs(work) if photographs else None
        self.photo_captioner = PhotoCaptioner(dictionary)
        self.name_concepts()
        groups = [i.group + " " + i.title for i in self.train]
        self.may_flip = torch.tensor([not any(w in g for w in (*UNFLIPPABLE, "left", "right")) for g in groups])
        self.keep_colour = torch.tensor([i.source == "shapes" or i.group in COLOURED for i in self.train])
        self.dictionary = dictionary_pairs(self.train, dictionary, english_words(work, names=False))
        self.tokenizer = bpe.load(MODEL_DIR) if (MODEL_DIR / "tokenizer.json").exists() else self.learn_tokenizer()

    def name_concepts(self) -> None:
        """Number the concepts of drawings and photographs together, and collect what may be said of each."""
        photos = self.photos.train if self.photos else []
        drawn, photographed = [concept_name(i) for i in self.train], [concept_key(p.concept) for p in photos]
        names = sorted({*drawn, *photographed})
        number = {name: n for n, name in enumerate(names)}
        self.concept_count = len(names)
        self.concepts = torch.tensor([number[n] for n in drawn])
        self.photo_concepts = torch.tensor([number[n] for n in photographed], dtype=torch.long)
        self.phrases: dict[int, set[str]] = defaultdict(set)
        self.titles: dict[int, set[str]] = defaultdict(set)
        for name, item in zip(drawn, self.train):
            self.phrases[number[name]] |= self.captioner.phrases(item)
            self.titles[number[name]].add(natural(item.title))
        for name, photo in zip(photographed, photos):
            self.phrases[number[name]] |= self.photo_captioner.phrases(photo)
            self.titles[number[name]].add(photo.concept.lower())
        self.breadth = Counter(phrase for phrases in self.phrases.values() for phrase in phrases)
        self.photo_names = sorted({p.concept for p in photos})
        self.photo_weights = sampling_weights(photos)

    def learn_tokenizer(self) -> bpe.Tokenizer:
        """Learn the tokenizer on sampled training captions and, lighter, the dictionary's words."""
        rng = random.Random(SEED)
        texts: Counter[str] = Counter()
        for item, colour in zip(self.train, self.colours):
            for _ in range(6):
                texts[self.captioner.draw(item, colour, rng).text] += 1
        for noun, descriptions in self.dictionary:
            texts[noun] += 2
            texts[rng.choice(descriptions)] += 1
        return bpe.Tokenizer(bpe.learn(texts, VOCAB_SIZE))

    def tokenise(self, texts: list[str]) -> tuple[Tensor, Tensor]:
        """Padded ids and mask of some texts."""
        return pad([self.tokenizer.encode(t) for t in texts], self.tokenizer.end)

    def steps_in(self, epoch: int) -> int:
        """Batches of an epoch; epochs differ slightly because light sources are drawn at random."""
        return len(self.order(epoch)) // self.drawings_in_batch()

    def drawings_in_batch(self) -> int:
        """Drawings of a batch; the rest are photographs."""
        return self.settings.batch - (self.settings.photos_in_batch if self.photos else 0)

    def order(self, epoch: int) -> list[int]:
        """Rows of an epoch: each drawing of weight w is there with probability w."""
        rng = random.Random(f"{SEED}:{epoch}")
        rows = [r for r, item in enumerate(self.train) if rng.random() < SOURCES[item.source].weight]
        rng.shuffle(rows)
        return rows

    def batches(self, epoch: int) -> Iterator[Batch]:
        """All batches of an epoch; the incomplete last one is left out."""
        rng = random.Random(f"captions:{SEED}:{epoch}")
        sampler = np.random.default_rng([SEED, epoch])
        order, size = self.order(epoch), self.drawings_in_batch()
        for start in range(0, len(order) - size + 1, size):
            yield self.batch(order[start : start + size], self.draw_photos(sampler), rng, epoch)

    def draw_photos(self, sampler: np.random.Generator) -> np.ndarray:
        """Rows of the photographs of a batch, each at most once."""
        if self.photos is None:
            return np.zeros(0, np.int64)
        return sampler.choice(len(self.photo_weights), self.settings.photos_in_batch, replace=False, p=self.photo_weights)

    def batch(self, rows: list[int], photo_rows: np.ndarray, rng: random.Random, epoch: int) -> Batch:
        """Pictures of some rows with freshly drawn captions, and further names to tell pictures from.

        From the specific epoch on words that are true of many concepts count as little as they say; before, every true
        caption counts alike.
        """
        drawn = [self.captioner.draw(self.train[r], self.colours[r], rng) for r in rows]
        names: list[Caption] = []
        pixels, aspects = np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0, np.float32)
        if self.photos is not None:
            drawn += [self.photo_captioner.draw(self.photos.train[r], rng) for r in photo_rows]
            names = self.further_names(rows, photo_rows, rng, epoch)
            pixels, aspects = self.photos.pixels[photo_rows], self.photos.aspects[photo_rows]
        index = torch.tensor(rows)
        concepts = torch.cat([self.concepts[index], self.photo_concepts[photo_rows]])
        styles = [DRAWING] * len(rows) + [PHOTOGRAPH] * len(photo_rows)
        truth = self.true_captions(concepts.tolist(), styles, drawn + names)
        specific = epoch >= self.settings.specific_epoch
        return Batch(
            self.pixels[index], torch.from_numpy(pixels), torch.from_numpy(aspects), [c.text for c in drawn], [n.text for n in names],
            concepts, self.may_flip[index], self.keep_colour[index], truth if specific else (truth > 0).float(),
        )

    def further_names(self, rows: list[int], photo_rows: np.ndarray, rng: random.Random, epoch: int) -> list[Caption]:
        """Names of concepts, each once: random ones of photographs; later first those of the batch's photographs, then also of its drawings."""
        late = epoch >= self.settings.late_epoch
        own = [self.photos.train[r].concept for r in photo_rows] if epoch >= self.settings.specific_epoch else []
        found = {name.lower(): asked_for(name) for name in own}
        for title in [natural(self.train[r].title) for r in rows] if late else []:
            found.setdefault(title, with_article(title) if rng.random() < 0.5 else title)
        for name in rng.sample(self.photo_names, len(self.photo_names)):
            found.setdefault(name.lower(), asked_for(name))
        count = self.settings.late_names_in_batch if late else self.settings.names_in_batch
        return [Caption(text, phrase) for phrase, text in list(found.items())[:count]]

    def weight(self, phrase: str, concept: int) -> float:
        """1 for a concept's own name and for words of one picture, else one over the number of concepts that the phrase is true of."""
        return 1.0 if phrase in self.titles[concept] else 1 / max(1, self.breadth[phrase])

    def true_captions(self, concepts: list[int], styles: list[int], captions: list[Caption]) -> Tensor:
        """[pictures, captions], 0 where not true: a picture's own caption; one of its concept or with a phrase true of it, unless the style differs."""
        owners = [concepts[n] if n < len(concepts) else -1 for n in range(len(captions))]
        rows = [
            [
                self.weight(caption.phrase, concept)
                if row == column or ((owner == concept or caption.phrase in self.phrases[concept]) and caption.style in (NEUTRAL, style)) else 0.0
                for column, (owner, caption) in enumerate(zip(owners, captions))
            ]
            for row, (concept, style) in enumerate(zip(concepts, styles))
        ]
        return torch.tensor(rows)

    def dictionary_batch(self, rng: random.Random) -> tuple[list[str], list[str]]:
        """Words and one description of each."""
        pairs = rng.sample(self.dictionary, self.settings.dictionary_batch)
        return [noun for noun, _ in pairs], [rng.choice(texts) for _, texts in pairs]

    def held_out(self, name: str) -> tuple[np.ndarray, list[Item], list[str]]:
        """Pixels, items and evaluation captions of a held-out split."""
        rows = [r for r, item in enumerate(self.items) if self.split[item.id] == name]
        items = [self.items[r] for r in rows]
        return self.all_pixels[rows], items, [evaluation_caption(i) for i in items]
