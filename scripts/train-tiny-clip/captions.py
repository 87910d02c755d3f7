"""What to say about a picture: seeded random captions for training, one fixed caption for evaluation."""

import colorsys
import random
import re
from dataclasses import dataclass

import numpy as np

from catalogue import Item
from config import SOURCES, Training
from words import ARTICLES, WordNet, indefinite, words_of

NEUTRAL, DRAWING, PHOTOGRAPH = range(3)
"""What a caption says of the style: nothing, or that the picture is a drawing or a photograph."""
NEUTRAL_TEMPLATES = ("a picture of {}", "an image of {}", "this is {}", "there is {}")
DRAWING_TEMPLATES = (
    "a drawing of {}", "an illustration of {}", "an icon of {}", "clip art of {}", "an emoji of {}", "a cartoon of {}", "a sketch of {}",
)
PHOTOGRAPH_TEMPLATES = ("a photo of {}", "a photograph of {}", "a close-up photo of {}", "a snapshot of {}", "a bad photo of {}")
CHINESE_TEMPLATES = ("{}的图片", "{}的图画", "{}图标", "一个{}")
UNCOUNTABLE_ENDINGS = ("ing", "s", "ness")
UNCOUNTABLE_GROUPS = ("alphanum", "flag", "arrow", "av-symbol", "math", "punctuation", "keycap", "time")


def with_article(phrase: str, group: str = "") -> str:
    """`a`/`an` in front of a phrase that can take one."""
    first = phrase.split(" ")[0]
    if first in ARTICLES or first.endswith(UNCOUNTABLE_ENDINGS) or phrase.endswith("s") or "flag" in group:
        return phrase
    if group in UNCOUNTABLE_GROUPS:
        return phrase
    return indefinite(phrase)


def natural(title: str) -> str:
    """A title as one says it: `flag, Chad` becomes `flag of chad`."""
    match = re.fullmatch(r"flag, (.+)", title)
    return f"flag of {match.group(1)}" if match else title


def evaluation_caption(item: Item) -> str:
    """The one caption a held-out picture is looked up by: the bare title."""
    return natural(item.title)


@dataclass(frozen=True)
class Caption:
    """A training caption: the text, the bare phrase in it (no article, no template), and what it says of the style."""

    text: str
    phrase: str
    style: int = NEUTRAL


def templated(phrase: str, bare: str, own_style: int, rng: random.Random) -> Caption:
    """The phrase in a template: half of them say the picture's style."""
    if rng.random() < 0.5:
        return Caption(rng.choice(NEUTRAL_TEMPLATES).format(phrase), bare)
    templates = DRAWING_TEMPLATES if own_style == DRAWING else PHOTOGRAPH_TEMPLATES
    return Caption(rng.choice(templates).format(phrase), bare, own_style)


class Captioner:
    """Draws training captions. Broader terms and definitions come from WordNet, colours from the picture."""

    def __init__(self, settings: Training, dictionary: WordNet) -> None:
        self.settings = settings
        self.dictionary = dictionary
        self.broader: dict[str, list[str]] = {}

    def broader_terms(self, item: Item) -> list[str]:
        """Broader terms of the title, or of its last word."""
        if item.title not in self.broader:
            words = words_of(item.title)
            terms = self.dictionary.broader_terms(item.title) if words else []
            self.broader[item.title] = terms or (self.dictionary.broader_terms(words[-1]) if words else [])
        return self.broader[item.title]

    def phrase(self, item: Item, colour: str | None, rng: random.Random) -> str:
        """A phrase for the picture: title, alias, tags, or title with colour or broader term."""
        title = natural(item.title)
        draw = rng.random()
        if draw < 0.2 and item.aliases:
            return rng.choice(item.aliases)
        if draw < 0.45 and item.tags:
            tags = rng.sample(item.tags, min(len(item.tags), rng.choice((1, 2, 3))))
            if rng.random() < 0.3:
                tags.insert(0, title)
            return rng.choice((", ", " ", " and ")).join(tags)
        if draw < 0.53 and colour:
            return f"{colour} {title}"
        if draw < 0.60 and self.broader_terms(item):
            term = rng.choice(self.broader_terms(item))
            return term if rng.random() < 0.5 else f"{title}, {with_article(term)}"
        return title

    def phrases(self, item: Item) -> set[str]:
        """Every bare phrase that is true of the picture: title, aliases, tags, broader terms, Chinese words."""
        return {natural(item.title), *item.aliases, *item.tags, *item.chinese, *self.broader_terms(item)}

    def draw(self, item: Item, colour: str | None, rng: random.Random) -> Caption:
        """One training caption."""
        if item.chinese and rng.random() < self.settings.chinese_share:
            words = rng.sample(item.chinese[1:], min(len(item.chinese) - 1, rng.choice((1, 2))))
            text = item.chinese[0] if rng.random() < 0.6 or not words else "，".join(words)
            return Caption(rng.choice(CHINESE_TEMPLATES).format(text) if rng.random() < 0.2 else text, text)
        phrase = bare = self.phrase(item, colour, rng)
        style = SOURCES[item.source].style
        if style and rng.random() < 0.1:
            phrase = f"{style} {phrase}"
        if rng.random() < 0.45:
            phrase = with_article(phrase, item.group)
        return templated(phrase, bare, DRAWING, rng) if rng.random() < 0.3 else Caption(phrase, bare)


def dictionary_pairs(items: list[Item], dictionary: WordNet, known: set[str]) -> list[tuple[str, list[str]]]:
    """(word, what the dictionary says of it) for the nouns of things that English text or a caption uses."""
    nouns = {w for w in dictionary.senses if w in known}
    for item in items:
        nouns.update(phrase for phrase in [item.title, *item.tags, *item.aliases] if phrase in dictionary.senses)
    pairs = []
    for noun in sorted(nouns):
        entry = dictionary.entry(noun)
        if entry is None or len(noun) < 3:
            continue
        synonyms, broader, gloss = entry
        texts = [*synonyms, *([", ".join(broader)] if broader else []), " ".join(gloss.split()[:12])]
        pairs.append((noun, texts))
    return pairs


def dominant_colour(pixels: np.ndarray) -> str | None:
    """Name of the colour that covers most of a premultiplied RGBA picture [size, size, 4], or None when mixed."""
    alpha = pixels[..., 3].astype(float) / 255
    solid = alpha > 0.5
    if solid.sum() < 50:
        return None
    rgb = (pixels[..., :3][solid] / 255.0 / alpha[solid][:, None]).clip(0, 1)
    counts: dict[str, int] = {}
    for r, g, b in rgb[:: max(1, len(rgb) // 300)]:
        hue, light, saturation = colorsys.rgb_to_hls(r, g, b)
        name = colour_name(hue * 360, light, saturation)
        counts[name] = counts.get(name, 0) + 1
    best = max(counts, key=lambda n: counts[n])
    return best if counts[best] >= 0.6 * sum(counts.values()) else None


def colour_name(hue: float, light: float, saturation: float) -> str:
    """Everyday name of a colour; hue in degrees, the rest 0 to 1."""
    if light < 0.13:
        return "black"
    if saturation < 0.15:
        return "white" if light > 0.88 else "grey"
    if light > 0.95:
        return "white"
    if 10 <= hue < 48 and light < 0.4:
        return "brown"
    for limit, name in ((14, "red"), (42, "orange"), (66, "yellow"), (165, "green"), (250, "blue"), (290, "purple"), (345, "pink")):
        if hue < limit:
            return name
    return "red"
