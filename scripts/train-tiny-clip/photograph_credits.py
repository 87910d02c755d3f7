"""Write models/tiny-clip/PHOTOGRAPHS.csv: who made the photographs that the weights were trained on, as their licences ask.

    /usr/bin/python3 photograph_credits.py DIR [TABLE]      # DIR holds photos.csv, as for run.sh --photos
"""

import csv
import sys
from collections import Counter
from pathlib import Path

from config import MODEL_DIR
from licences import is_trained
from photo_table import read_rows

COLUMNS = ("file", "pictures", "source", "licence", "attribution", "url")
TABLE = MODEL_DIR / "PHOTOGRAPHS.csv"


def credit_rows(photos: list[dict[str, str]]) -> list[tuple[str, int, str, str, str, str]]:
    """
    One row a picture trained on, in the order of photos.csv; where a whole source has one licence, maker and address, one
    row for all of it, whose file is a pattern.
    """
    trained = [p for p in photos if is_trained(p["split"], p["licence"])]
    credits: dict[str, set[tuple[str, str, str]]] = {}
    for p in trained:
        credits.setdefault(p["source"], set()).add((p["licence"], p["attribution"], p["url"]))
    counts = Counter(p["source"] for p in trained)
    rows = []
    for p in trained:
        file, count = p["file"], 1
        if len(credits[p["source"]]) == 1 and counts[p["source"]] > 1:
            file, count = f"{Path(file).parent}/*{Path(file).suffix}", counts[p["source"]]
        rows.append((file, count, p["source"], p["licence"], p["attribution"], p["url"]))
    return list(dict.fromkeys(rows))


def write_credits(photos: Path, table: Path) -> int:
    """Write the table for a folder with photos.csv. Number of pictures credited."""
    rows = credit_rows(read_rows(photos))
    with open(table, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return sum(count for _, count, *_ in rows)


def main() -> int:
    """Command line."""
    if len(sys.argv) not in (2, 3) or not (Path(sys.argv[1]) / "photos.csv").is_file():
        print("usage: photograph_credits.py DIR [TABLE], where DIR holds photos.csv", file=sys.stderr)
        return 1
    table = Path(sys.argv[2]) if len(sys.argv) == 3 else TABLE
    print(f"{table}: credits of {write_credits(Path(sys.argv[1]), table)} photographs", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
