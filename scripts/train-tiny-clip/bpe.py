"""CLIP's byte-level BPE with </w>: learn it, use it in training, and write it in the Hugging Face files."""

import json
import re
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import Path

from config import CONTEXT_LENGTH

START, END = "<|startoftext|>", "<|endoftext|>"
PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
"""CLIP's word pattern, as tokenizer.json states it."""
WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\w\s]|_)+")
"""The same in Python's dialect, for the text that the captions hold."""


def byte_symbols() -> dict[int, str]:
    """GPT-2's printable stand-in for every byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {b: chr(b) for b in plain}
    for extra, byte in enumerate(b for b in range(256) if b not in table):
        table[byte] = chr(256 + extra)
    return table


BYTES = byte_symbols()


def split_words(text: str) -> list[str]:
    """Words of a text in byte symbols, lower case."""
    return ["".join(BYTES[b] for b in word.encode()) for word in WORD.findall(text.lower())]


def learn(texts: Counter[str], vocabulary_size: int) -> list[tuple[str, str]]:
    """Merges learned from texts with their counts; ties go to the pair that sorts first."""
    counts: Counter[str] = Counter()
    for text, count in texts.items():
        for word in split_words(text):
            counts[word] += count
    words = [([*w[:-1], w[-1] + "</w>"], c) for w, c in sorted(counts.items())]
    pairs: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[int]] = defaultdict(set)
    for index, (symbols, count) in enumerate(words):
        for pair in zip(symbols, symbols[1:]):
            pairs[pair] += count
            where[pair].add(index)
    merges = []
    while len(merges) < vocabulary_size - 512 - 2:
        best = max(pairs, key=lambda p: (pairs[p], p))
        if pairs[best] < 2:
            break
        merges.append(best)
        for index in list(where[best]):
            symbols, count = words[index]
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] -= count
                where[pair].discard(index)
            symbols = merge_pair(symbols, best)
            words[index] = (symbols, count)
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += count
                where[pair].add(index)
        del pairs[best]
    return merges


def merge_pair(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    """Join every occurrence of a pair, left to right."""
    merged, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
            merged.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return merged


class Tokenizer:
    """Text to ids: start token, at most CONTEXT_LENGTH - 2 pieces, end token."""

    def __init__(self, merges: list[tuple[str, str]]) -> None:
        self.merges = merges
        alphabet = [BYTES[b] for b in sorted(BYTES, key=lambda b: BYTES[b])]
        pieces = [*alphabet, *(a + "</w>" for a in alphabet), *(a + b for a, b in merges), START, END]
        self.vocabulary = {piece: i for i, piece in enumerate(pieces)}
        self.ranks = {pair: i for i, pair in enumerate(merges)}
        self.start, self.end = self.vocabulary[START], self.vocabulary[END]
        self.word_ids = lru_cache(maxsize=200_000)(self.word_ids_uncached)

    def word_ids_uncached(self, word: str) -> tuple[int, ...]:
        """Ids of one word in byte symbols."""
        symbols = [*word[:-1], word[-1] + "</w>"]
        while len(symbols) > 1:
            pair = min(zip(symbols, symbols[1:]), key=lambda p: self.ranks.get(p, len(self.ranks)))
            if pair not in self.ranks:
                break
            symbols = merge_pair(symbols, pair)
        return tuple(self.vocabulary[s] for s in symbols)

    def encode(self, text: str) -> list[int]:
        """Ids of a text, truncated so that the end token stays."""
        ids = [i for word in split_words(text) for i in self.word_ids(word)]
        return [self.start, *ids[: CONTEXT_LENGTH - 2], self.end]


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """tokenizer.json and its companions in the form that Hugging Face's CLIP tokenizers read."""
    special = [
        {"id": tokenizer.vocabulary[t], "content": t, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True}
        for t in (START, END)
    ]
    document = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Removed", "invert": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}]},
        "post_processor": {"type": "RobertaProcessing", "sep": [END, tokenizer.end], "cls": [START, tokenizer.start],
                           "trim_offsets": False, "add_prefix_space": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": END, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "</w>", "fuse_unk": False, "vocab": tokenizer.vocabulary,
                  "merges": [" ".join(pair) for pair in tokenizer.merges]},
    }
    names = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    settings = {**names, "tokenizer_class": "CLIPTokenizer", "do_lower_case": True, "model_max_length": CONTEXT_LENGTH,
                "add_prefix_space": False, "errors": "replace"}
    (folder / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps(names, indent=2) + "\n")


def load(folder: Path) -> Tokenizer:
    """The tokenizer of a saved folder."""
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    return Tokenizer([tuple(merge.split(" ")) for merge in model["merges"]])
