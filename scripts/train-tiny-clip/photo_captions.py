"""What to say about a photograph: its own captions, its concept as people ask for it, synonyms and broader terms."""

import random
import re

from captions import PHOTOGRAPH, Caption, templated
from photos import Photo
from words import WordNet, indefinite, words_of

ANIMAL, FOOD, PLANT = 5, 13, 20
"""WordNet's lexicographer files."""
SENSES = {
    "commons-animals": frozenset({ANIMAL}),
    "oxford-pets": frozenset({ANIMAL}),
    "grocery-store": frozenset({FOOD}),
    "clothing-dataset": frozenset(),
    "tf-flowers": frozenset({PLANT}),
}
"""Where a source shows one sort of thing, a word is read as that: a boxer is a dog, a kiwi a fruit, a top no summit."""
KINDS = {
    "commons-animals": ("animal",), "oxford-pets": ("animal", "pet"), "grocery-store": ("food",), "clothing-dataset": ("clothes", "clothing"),
    "tf-flowers": ("flower", "plant"), "trashnet": ("rubbish", "waste"),
}
"""What every picture of a source shows."""
TOO_BROAD = {
    "placental", "vertebrate", "chordate", "organism", "living thing", "artifact", "instrumentality", "eutherian", "being",
    "covering", "commodity", "consumer goods", "solid", "substance", "nutriment", "natural object", "unit", "structure",
    "reproductive structure", "plant organ", "plant part", "produce", "edible", "mechanism", "craft", "conveyance", "implement",
}
HUMAN_CAPTIONS = ("coco-2017", "ubuntu-wallpapers")
"""Sources whose captions were written for the picture: they say more than the concept."""
EVERYDAY = {
    "cat": ("kitten", "kitty", "pet"), "dog": ("puppy", "doggy", "pet"), "rabbit": ("bunny", "bunny rabbit"), "airplane": ("plane", "aeroplane", "jet"),
    "motorbike": ("motorcycle", "bike"), "bicycle": ("bike",), "car": ("automobile", "vehicle"), "truck": ("lorry", "vehicle"),
    "sailboat": ("boat", "ship", "sailing boat"), "schooner": ("ship", "boat", "sailing ship"), "ferry": ("ship", "boat"), "boat": ("ship",),
    "rooster": ("chicken",), "sea turtle": ("turtle",), "tortoise": ("turtle",), "grizzly bear": ("brown bear", "bear"), "polar bear": ("bear",),
    "black bear": ("bear",), "pyramid": ("pyramids",), "mobile phone": ("cell phone", "phone", "smartphone"), "television": ("tv", "screen"),
    "trousers": ("pants",), "wristwatch": ("watch",), "soccer ball": ("football", "ball"), "aubergine": ("eggplant",), "zucchini": ("courgette",),
    "grand piano": ("piano",), "electric guitar": ("guitar",), "jug": ("pitcher", "vase"), "vase": ("pot",), "sandwich": ("burger", "fast food"),
    "mountain": ("landscape", "scenery"), "lake": ("landscape", "scenery"), "field": ("landscape", "meadow"), "river": ("landscape", "scenery"),
    "canyon": ("landscape", "scenery"), "beach": ("landscape", "seaside"), "sea": ("landscape", "ocean"), "sunset": ("landscape", "evening sky"),
    "forest": ("woods", "forest canopy", "landscape"), "tree": ("trees",), "wildcat": ("cat",), "house cat": ("cat", "kitten"), "cow": ("cattle",),
    "people": ("person", "group of people"), "computer": ("pc",), "couch": ("sofa",), "donut": ("doughnut",), "bass fish": ("fish",),
    "mushroom": ("toadstool", "fungus"), "panda": ("giant panda", "bear"), "leopard": ("big cat",), "tiger": ("big cat",), "lion": ("big cat",),
    "cougar": ("puma", "mountain lion", "big cat"), "crocodile": ("alligator",), "jaguar": ("big cat",), "cheetah": ("big cat",), "orange": ("oranges",),
}
"""Other words that people use for a concept or its last word, where WordNet has none."""


def bare(phrase: str) -> str:
    """The phrase in lower case, without a leading article."""
    return re.sub(r"^(an?|the) ", "", phrase.lower())


def asked_for(name: str) -> str:
    """`a NAME` or `an NAME`, however odd: the form in which pictures are looked up."""
    return indefinite(name)


class PhotoCaptioner:
    """Draws training captions of photographs."""

    def __init__(self, dictionary: WordNet) -> None:
        self.dictionary = dictionary
        self.known: dict[tuple[str, str], list[str]] = {}

    def other_words(self, photo: Photo) -> list[str]:
        """Everyday words, synonyms and broader terms of the concept, or of its last word."""
        key = (photo.source, photo.concept)
        if key in self.known:
            return self.known[key]
        name = photo.concept.lower()
        senses = SENSES.get(photo.source)
        arguments = {} if senses is None else {"categories": senses}
        heads = [name, words_of(name)[-1]] if words_of(name) else [name]
        noun = next((h for h in heads if self.dictionary.sense(h, **arguments)), None)
        found = [*EVERYDAY.get(name, ()), *EVERYDAY.get(heads[-1], ())]
        if noun:
            found += self.dictionary.synonyms(noun, **arguments) + self.dictionary.broader_terms(noun, **arguments)
        found += KINDS.get(photo.source, ())
        self.known[key] = [w for w in dict.fromkeys(found) if w not in TOO_BROAD and w != name]
        return self.known[key]

    def phrases(self, photo: Photo) -> set[str]:
        """Every bare phrase that is true of all pictures of the concept; human captions belong to their picture only."""
        own = [] if photo.source in HUMAN_CAPTIONS else photo.captions
        return {photo.concept.lower(), *map(bare, own), *self.other_words(photo)}

    def draw(self, photo: Photo, rng: random.Random) -> Caption:
        """One training caption."""
        draw = rng.random()
        if photo.source in HUMAN_CAPTIONS and draw < 0.75:
            text = rng.choice(photo.captions)
            return Caption(text, bare(text))
        if draw < 0.5:
            phrase = asked_for(photo.concept)
        elif draw < 0.8 or not self.other_words(photo):
            phrase = rng.choice(photo.captions)
        else:
            phrase = rng.choice(self.other_words(photo))
            phrase = asked_for(phrase) if rng.random() < 0.6 else phrase
        if rng.random() < 0.12:
            phrase = bare(phrase)
        return templated(phrase, bare(phrase), PHOTOGRAPH, rng) if rng.random() < 0.2 else Caption(phrase, bare(phrase))
