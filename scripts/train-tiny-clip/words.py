"""English words: the word list, the dictionary (WordNet) and the normal form under which two captions count as the same."""

import re
from functools import lru_cache
from pathlib import Path

ARTICLES = {"a", "an", "the"}
AN = re.compile(r"(?!one(?!r)|u(?:ni(?!n|m|dent)|s[aeu]|t[eio]|k[eu]|r[aei]|b[io]|fo\b|\b)|eu|ewe)[aeiou]|hour|honest|honou?r|heir|[fhlmnrsx]\b", re.IGNORECASE)
"""Phrases that begin with a vowel as they are spoken: an hour, an x-ray; but a unicorn, a one-way sign. names.ts has the same rule."""
WORDNET_CATEGORIES = frozenset({3, 5, 6, 7, 8, 13, 14, 15, 17, 18, 19, 20, 25, 27})
"""Lexicographer files of nouns for things one can draw: animals, artefacts, body, food, people, plants, shapes and so on."""


def indefinite(phrase: str) -> str:
    """`a` or `an`, by the sound that follows, and the phrase."""
    return ("an " if AN.match(phrase) else "a ") + phrase


def words_of(text: str) -> list[str]:
    """Lower-case words of letters, digits and inner apostrophes."""
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower().replace("’", "'"))


def singular(word: str) -> str:
    """Cheap singular: enough to see that `cats` and `cat` are one concept."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def concept_key(text: str) -> str:
    """Normal form of a caption: singular words without articles and numbers, in order."""
    return " ".join(singular(w) for w in words_of(text) if w not in ARTICLES and not w.isdigit())


def english_words(work: Path, names: bool) -> set[str]:
    """Entries of the Debian word list in lower case; proper names only when asked for."""
    lines = (work / "debian/usr/share/dict/american-english").read_text().split()
    return {line.lower() for line in lines if (names or line.islower()) and (len(line) > 1 or line == "a")}


class WordNet:
    """First senses of nouns: synonyms, the chain of broader terms, and the definition."""

    def __init__(self, work: Path) -> None:
        folder = work / "debian/usr/share/wordnet"
        self.synsets: dict[str, tuple[list[str], str | None, str, int]] = {}
        for line in (folder / "data.noun").read_text(encoding="latin-1").splitlines():
            if line.startswith("  "):
                continue
            fields, _, gloss = line.partition(" | ")
            parts = fields.split()
            count = int(parts[3], 16)
            lemmas = [parts[4 + 2 * i].replace("_", " ").lower() for i in range(count)]
            pointers = parts[4 + 2 * count :]
            broader = next((pointers[i + 1] for i, p in enumerate(pointers) if p in ("@", "@i")), None)
            self.synsets[parts[0]] = (lemmas, broader, gloss.split("; \"")[0].strip(), int(parts[1]))
        self.senses: dict[str, list[str]] = {}
        for line in (folder / "index.noun").read_text(encoding="latin-1").splitlines():
            if not line.startswith("  "):
                parts = line.split()
                self.senses[parts[0].replace("_", " ")] = parts[-int(parts[2]) :]

    @lru_cache(maxsize=None)
    def sense(self, noun: str, categories: frozenset[int] = WORDNET_CATEGORIES) -> str | None:
        """The most frequent sense among things one can draw (or within other `categories`), or None."""
        for candidate in (noun, singular(noun)):
            for synset in self.senses.get(candidate, [])[: 3 if categories is WORDNET_CATEGORIES else None]:
                if self.synsets[synset][3] in categories:
                    return synset
        return None

    def synonyms(self, noun: str, categories: frozenset[int] = WORDNET_CATEGORIES) -> list[str]:
        """Other lemmas of the noun's sense."""
        synset = self.sense(noun, categories)
        return [lemma for lemma in self.synsets[synset][0] if lemma != noun] if synset else []

    def broader_terms(self, noun: str, depth: int = 4, categories: frozenset[int] = WORDNET_CATEGORIES) -> list[str]:
        """First lemma of each broader synset, nearest first, stopping before `physical entity` and the like."""
        synset, terms = self.sense(noun, categories), []
        while synset and len(terms) < depth:
            synset = self.synsets[synset][1]
            if synset is None:
                break
            lemma = self.synsets[synset][0][0]
            if lemma in ("whole", "object", "physical entity", "entity", "matter", "thing", "abstraction"):
                break
            terms.append(lemma)
        return terms

    def entry(self, noun: str) -> tuple[list[str], list[str], str] | None:
        """(synonyms, broader terms, definition) of a noun, or None when it is no drawable thing."""
        synset = self.sense(noun)
        if synset is None:
            return None
        lemmas, _, gloss, _ = self.synsets[synset]
        return [x for x in lemmas if x != noun], self.broader_terms(noun), gloss
