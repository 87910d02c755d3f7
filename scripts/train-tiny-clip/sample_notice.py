"""NOTICE of the sample dataset: maker, origin and licence of every picture."""

import re
from collections.abc import Iterable

from licences import licence_line
from sample_photographs import Photograph

PHOTOGRAPH_ENTRY = re.compile(
    r"^(?P<image>images/\S+)\nCaption: .*\nAttribution: (?P<attribution>.*)\nSource: (?P<url>\S+)\nLicence: .*$", re.MULTILINE
)
INTRODUCTION = """\
The pictures of the sample dataset: who made them, where they come from, and their licences.

Every picture stays under its own licence; the folder is a collection, not one work. To leave the share-alike pictures
out, drop the rows of captions.csv whose licence begins with "CC BY-SA". The captions were written for this project
(Apache-2.0).
"""
DRAWING_SETS = {
    "noto": ("Noto Emoji, copyright Google Inc", "https://github.com/googlefonts/noto-emoji", "Apache-2.0"),
    "fluent-emoji-flat": ("Fluent Emoji, copyright (c) Microsoft Corporation", "https://github.com/microsoft/fluentui-emoji", "MIT"),
    "openclipart": ("the contributors of the Open Clip Art Library", "https://openclipart.org", "public domain"),
}
DRAWINGS_CHANGES = "Changes: drawn at 192 pixels, some on white, by this project."
PHOTOGRAPHS_CHANGES = """\
Changes to all of them: cropped to an aspect of at most 4:3, scaled to a shorter side of 128 pixels and encoded as WebP by
those who gathered them. This project copies them as they are."""
MIT_HOLDERS = ("Copyright (c) Microsoft Corporation", "Copyright (c) 2019 Marcus Klasson")
MIT_TEXT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""


def drawing_set(source: str, images: Iterable[str]) -> str:
    """One set of drawings and its pictures."""
    attribution, url, licence = DRAWING_SETS[source]
    head = f"Attribution: {attribution}\nSource: {url}\nLicence: {licence_line(licence)}\n{DRAWINGS_CHANGES}\nPictures:"
    return "\n".join([head, *sorted(images)])


def photograph_entry(photograph: Photograph) -> str:
    """One photograph."""
    return (
        f"{photograph.image}\nCaption: {photograph.caption}\nAttribution: {photograph.attribution}\n"
        f"Source: {photograph.url}\nLicence: {licence_line(photograph.licence)}"
    )


def sample_notice(drawings: dict[str, list[str]], photographs: list[Photograph]) -> str:
    """The whole text. `drawings`: paths of the pictures by source."""
    parts = [
        INTRODUCTION + "\nDRAWINGS",
        *(drawing_set(source, images) for source, images in sorted(drawings.items())),
        "PHOTOGRAPHS",
        PHOTOGRAPHS_CHANGES,
        *(photograph_entry(p) for p in photographs),
        "MIT LICENCE, for the pictures above that are under it",
        "\n".join(MIT_HOLDERS),
        MIT_TEXT,
    ]
    return "\n\n".join(parts) + "\n"
