"""Photographs of the sample dataset: from a folder with photos.csv, byte for byte, or those already committed."""

import csv
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from config import SAMPLE_DIR
from photo_table import read_rows

LIST = Path(__file__).with_name("sample-photographs.csv")
KNOWN, UNSEEN = "known-photograph", "unseen-photograph"


@dataclass(frozen=True)
class Photograph:
    """One photograph of the sample: `image` is relative to the sample's folder, `split` as in its captions.csv."""

    image: str
    caption: str
    split: str
    source: str
    licence: str
    attribution: str
    url: str
    content: bytes


def picture_name(caption: str) -> str:
    """File name without extension: the caption's letters and digits."""
    return re.sub(r"[^a-z0-9]+", "-", caption.lower()).strip("-")


def read_list() -> list[tuple[str, str]]:
    """(file in the photographs' folder, caption) of every line."""
    with open(LIST, newline="", encoding="utf-8") as opened:
        return [(row["file"], row["caption"]) for row in csv.DictReader(opened)]


def read_photographs(folder: Path) -> list[Photograph]:
    """
    The listed photographs of a folder with photos.csv; none when it has none of them, as a folder of one's own. A concept is
    unseen when no photograph of it is for training.
    Raises ValueError without photos.csv, and for a listed picture that is missing beside others, or for training.
    """
    table = folder / "photos.csv"
    rows = {row["file"]: row for row in read_rows(folder)}
    listed = read_list()
    if not any(file in rows for file, _ in listed):
        return []
    trained = {row["concept"] for row in rows.values() if row["split"] == "train"}
    photographs = []
    for file, caption in listed:
        row = rows.get(file)
        if row is None or row["split"] == "train":
            problem = "is not in" if row is None else "is for training by"
            raise ValueError(f"sample-photographs.csv: {file} {problem} {table}")
        split = KNOWN if row["concept"] in trained else UNSEEN
        image = f"images/{picture_name(caption)}{Path(file).suffix}"
        credit = (row["source"], row["licence"], row["attribution"], row["url"])
        photographs.append(Photograph(image, caption, split, *credit, (folder / file).read_bytes()))
    return photographs


def committed_photographs(notice_entry: re.Pattern[str]) -> list[Photograph]:
    """
    The photographs that models/sample has already, for a run without the folder that they came from.
    @param notice_entry an entry of NOTICE with the groups image, attribution and url
    Raises ValueError when they are not those of the list.
    """
    table, notice = SAMPLE_DIR / "captions.csv", SAMPLE_DIR / "NOTICE"
    with open(table, newline="", encoding="utf-8") as opened:
        rows = [row for row in csv.DictReader(opened) if row["kind"] == "photograph"]
    credits = {m["image"]: (m["attribution"], m["url"]) for m in notice_entry.finditer(notice.read_text())}
    if [row["caption"] for row in rows] != [caption for _, caption in read_list()]:
        raise ValueError("models/sample has other photographs than sample-photographs.csv: --photos DIR is needed to make them again")
    print(f"without the folder that they came from (--photos) the {len(rows)} photographs in {SAMPLE_DIR} stay", file=sys.stderr)
    return [
        Photograph(
            row["image"], row["caption"], row["split"], row["source"], row["licence"], *credits[row["image"]],
            (SAMPLE_DIR / row["image"]).read_bytes(),
        )
        for row in rows
    ]
