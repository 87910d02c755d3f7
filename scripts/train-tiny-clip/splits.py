"""Which pictures are trained on and which are held out. The answer is written to splits.json and committed."""

import hashlib
import json
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import numpy as np

from catalogue import Item
from config import SEED
from words import concept_key, words_of

MANIFEST = Path(__file__).with_name("splits.json")
UNSEEN_CONCEPT_SHARE = 0.12
UNSEEN_CLIPART_SHARE = 0.12
KNOWN_PICTURE_COUNTS = {"noto": 300, "fluent-emoji-flat": 160}
VALIDATION_COUNTS = {"twemoji": 250}
VALIDATION_CLIPART_SHARE = 0.03
NEAR_DUPLICATE = 0.0004
"""Mean squared difference of thumbnails, values 0 to 1, under which two pictures count as the same."""
NOT_A_THING = {"keycap", "alphanum", "country-flag", "subdivision-flag", "flag", "time", "zodiac", "family"}
"""Subgroups never held out as unseen concepts: digits, letters, flags and clocks have no picture to generalise from."""
COMPUTER_ICONS = ("clip-art computer/icons/flat-theme", "clip-art computer/icons/etiquette-theme", "clip-art computer/folders")
"""Groups whose held-out pictures are not evaluated: their file names (`guides vertical`) say what a button does."""
GENDER = {"man", "woman", "men", "women", "person", "people", "boy", "girl", "male", "female"}


def rank(text: str) -> int:
    """Seeded pseudo-random order that does not depend on what else is in the list."""
    return int.from_bytes(hashlib.sha256(f"{SEED}:{text}".encode()).digest()[:8], "big")


def family(item: Item) -> str:
    """Emoji that differ only in gender are held out together."""
    return " ".join(w for w in concept_key(item.title).split() if w not in GENDER) or item.title


def unseen_emoji(items: list[Item]) -> set[str]:
    """Concepts to hold out in every style; none whose label is an alias or a tag of a concept that stays."""
    emoji = {i.concept: i for i in items if i.source == "noto" or i.source == "openmoji"}
    families: dict[str, list[str]] = defaultdict(list)
    named_by: dict[str, set[str]] = defaultdict(set)
    for concept, item in emoji.items():
        families[family(item)].append(concept)
        for phrase in [item.title, *item.aliases, *item.tags]:
            named_by[concept_key(phrase)].add(concept)
    chosen: set[str] = set()
    limit = UNSEEN_CONCEPT_SHARE * len(emoji)
    for name in sorted(families, key=rank):
        members = set(families[name])
        plain = all(
            emoji[c].group not in NOT_A_THING and named_by[concept_key(emoji[c].title)] <= members for c in members
        )
        if plain and len(members) <= 3 and len(chosen) < limit:
            chosen |= members
    return chosen


def unseen_clipart(items: list[Item], share: float, salt: str, taken: set[str]) -> set[str]:
    """Clip-art concepts to hold out, by seeded order of their keys."""
    concepts = sorted({i.concept for i in items if i.source == "openclipart"} - taken, key=lambda c: rank(salt + c))
    return set(concepts[: round(share * len(concepts))])


@lru_cache
def area_weights(size: int, side: int) -> np.ndarray:
    """[side, size] share of each pixel in each of `side` equal cells of a line."""
    cells = np.repeat(np.arange(side), size)
    weights = np.zeros((side, size), np.float32)
    np.add.at(weights, (cells, np.arange(side * size) // side), 1 / size)
    return weights


def area_thumbnail(pixels: np.ndarray, side: int = 12) -> np.ndarray:
    """[size, size, channels] averaged over `side` x `side` cells of equal area, whatever the size."""
    weights = area_weights(len(pixels), side)
    rows = np.tensordot(weights, pixels.astype(np.float32), 1)
    return np.tensordot(weights, rows.transpose(1, 0, 2), 1).transpose(1, 0, 2)


def duplicates_of_training(held: dict[str, str], pixels: np.ndarray, row: dict[str, int], train: list[str]) -> set[str]:
    """Held-out pictures that look the same as a training picture (12×12 colour thumbnails nearly equal)."""

    def thumbnails(ids: list[str]) -> np.ndarray:
        small = np.stack([area_thumbnail(pixels[row[i]]).ravel() for i in ids])
        return small.astype(np.float32) / 255

    held_ids = list(held)
    train_thumbnails, held_thumbnails = thumbnails(train), thumbnails(held_ids)
    squared = (train_thumbnails**2).sum(1)
    distance = squared - 2 * held_thumbnails @ train_thumbnails.T + (held_thumbnails**2).sum(1, keepdims=True)
    nearest = distance.min(1) / train_thumbnails.shape[1]
    return {held_ids[i] for i in np.flatnonzero(nearest < NEAR_DUPLICATE)}


def known_pictures(items: list[Item], blocked: set[str]) -> dict[str, str]:
    """Pictures held out of a trained style although their concept is trained in at least three other styles."""
    styles: dict[str, set[str]] = defaultdict(set)
    for item in items:
        styles[item.concept].add(item.source)
    used: set[str] = set()
    split = {}
    counts = [*((s, n, "known-concept") for s, n in KNOWN_PICTURE_COUNTS.items())]
    counts += [(s, n, "validation") for s, n in VALIDATION_COUNTS.items()]
    for source, count, name in counts:
        candidates = [
            i for i in items
            if i.source == source and i.concept not in blocked | used and len(styles[i.concept] - {"openmoji"}) >= 4
        ]
        for item in sorted(candidates, key=lambda i: rank(i.id))[:count]:
            split[item.id] = name
            used.add(item.concept)
    return split


def assign(items: list[Item], pixels: np.ndarray, ids: list[str]) -> dict[str, str]:
    """Split name of every drawn picture: train, validation, one of the held-out splits, or `unused`."""
    row = {name: index for index, name in enumerate(ids)}
    items = [i for i in items if i.id in row]
    emoji_out = unseen_emoji(items)
    clipart_out = unseen_clipart(items, UNSEEN_CLIPART_SHARE, "held", set())
    clipart_validation = unseen_clipart(items, VALIDATION_CLIPART_SHARE, "validation", clipart_out)
    out_keys = {concept_key(i.title) for i in items if i.concept in emoji_out | clipart_out}
    known = known_pictures(items, emoji_out)
    split: dict[str, str] = {}
    for item in items:
        flagless = "flag" not in item.group and "flag" not in words_of(item.title)
        if item.source == "tuxpaint":
            name = "stamps"
        elif item.source == "openmoji":
            name = "unseen-concept-and-style" if item.concept in emoji_out else "unseen-style"
        elif item.concept in emoji_out:
            name = "unseen-concept" if item.source == "noto" else "unused"
        elif item.concept in clipart_out:
            named = flagless and not item.group.startswith(COMPUTER_ICONS) or item.clean
            name = "unseen-clipart" if named else "unused"
        elif item.concept in clipart_validation:
            name = "validation"
        elif item.id in known:
            name = known[item.id]
        else:
            name = "unused" if concept_key(item.title) in out_keys else "train"
        split[item.id] = name
    train = [i for i, name in split.items() if name == "train"]
    checked = {i: n for i, n in split.items() if n in ("unseen-concept", "unseen-clipart", "known-concept", "validation")}
    for duplicate in duplicates_of_training(checked, pixels, row, train):
        split[duplicate] = "unused"
    return split


def write_manifest(split: dict[str, str]) -> None:
    """Commit what is held out: split name -> ids; every other drawn picture is trained on."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, value in split.items():
        groups[value].append(name)
    counts = {name: len(ids) for name, ids in groups.items()}
    held = {name: sorted(ids) for name, ids in groups.items() if name not in ("train", "unused", "unseen-style", "stamps")}
    notes = {
        "unseen-style": "every openmoji picture whose concept is not in unseen-concept-and-style",
        "stamps": "every tuxpaint picture",
        "unused": "neither trained nor evaluated: other styles of unseen concepts, near duplicates, same name as a held-out one",
    }
    lines = json.dumps({"seed": SEED, "counts": counts, "notes": notes, "held": held}, indent=0, ensure_ascii=False)
    MANIFEST.write_text(lines + "\n")


def save(work: Path, split: dict[str, str]) -> None:
    """Keep the whole assignment for training and evaluation, and the manifest for the reader."""
    (work / "split.json").write_text(json.dumps(split))
    write_manifest(split)


def load(work: Path) -> dict[str, str]:
    """Assignment written by `save`."""
    return json.loads((work / "split.json").read_text())
