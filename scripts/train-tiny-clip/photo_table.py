"""photos.csv of a folder of photographs, row by row. Standard library only: the credits of the photographs are written without more."""

import csv
from pathlib import Path

COLUMNS = ("file", "concept", "captions", "source", "licence", "split")


def read_rows(folder: Path) -> list[dict[str, str]]:
    """Every row of FOLDER/photos.csv by column, `line` among them. Raises ValueError when it is not there or lacks a column."""
    table = folder / "photos.csv"
    if not table.is_file():
        raise ValueError(f"{table} does not exist: --photos takes a folder that holds photos.csv")
    with open(table, newline="", encoding="utf-8") as opened:
        reader = csv.DictReader(opened)
        missing = [c for c in COLUMNS if c not in (reader.fieldnames or [])]
        if missing:
            raise ValueError(f"{table} lacks the columns {', '.join(missing)}; it has {reader.fieldnames}")
        return [{**row, "line": str(reader.line_num)} for row in reader]
