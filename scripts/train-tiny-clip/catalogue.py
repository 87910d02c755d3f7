"""Read every source into one list of pictures with their words: WORK/catalogue.json."""

import html
import json
import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from words import concept_key, english_words, words_of

EMOJI_SETS = (
    "noto", "noto-v1", "twemoji", "emojione", "emojione-monotone", "fluent-emoji-flat",
    "fluent-emoji-high-contrast", "fxemoji", "streamline-emojis", "openmoji",
)
ICON_SETS = ("game-icons", "flat-color-icons")
SHORTCODE_SETS = ("cldr", "emojibase", "iamcal", "joypixels", "github")
GROUP_COMPONENTS = 2
MAX_SAME_TITLE = 12
"""A clip-art title used more often than this names a collection, not what is seen."""
BOILERPLATE = {
    "unsorted", "clip", "art", "clipart", "media", "public", "domain", "image", "svg", "png", "icon", "vector",
    "inkscape", "open", "library", "remix", "misc", "various", "unknown", "externalsource", "externalssource",
    "hash", "theme", "icons", "color", "colour", "bw", "drawing", "picture", "sketch", "cartoon", "contour", "line", "author", "none", "by",
}
GENERIC = {
    "symbol", "simple", "office", "people", "computer", "application", "action", "holiday", "festive", "recreation",
    "gnome", "mime", "sign", "logo", "decoration", "device", "stock", "design", "transport", "set", "element", "shape",
}
MAX_PICTURES_A_CONCEPT = 25
SHAPES = {
    "circle": '<circle cx="50" cy="50" r="42"/>',
    "square": '<rect x="10" y="10" width="80" height="80"/>',
    "rectangle": '<rect x="5" y="25" width="90" height="50"/>',
    "triangle": '<path d="M50 8 95 90H5z"/>',
    "diamond": '<path d="M50 4 90 50 50 96 10 50z"/>',
    "star": '<path d="M50 5 61 38h35L68 59l10 34-28-20-28 20 10-34L4 38h35z"/>',
    "heart": '<path d="M50 92C10 60 4 42 8 28 14 10 38 8 50 28 62 8 86 10 92 28c4 14-2 32-42 64z"/>',
    "cross": '<path d="M36 8h28v28h28v28H64v28H36V64H8V36h28z"/>',
    "oval": '<ellipse cx="50" cy="50" rx="46" ry="28"/>',
    "hexagon": '<path d="M27 10h46l23 40-23 40H27L4 50z"/>',
    "ring": '<path fill-rule="evenodd" d="M50 6a44 44 0 1 0 .1 0zM50 28a22 22 0 1 1-.1 0z"/>',
    "arrow": '<path d="M4 38h50V14l42 36-42 36V62H4z"/>',
}
SHAPE_COLOURS = {
    "red": "#d92020", "orange": "#f08a1d", "yellow": "#f6d21f", "green": "#2f9e3f", "blue": "#2457d6",
    "purple": "#7d33b5", "pink": "#f27fb2", "brown": "#7b4a23", "black": "#111", "grey": "#8c8c8c", "white": "#fff",
}


@dataclass
class Item:
    """One picture. `title` is its main caption; a picture is found by `svg` text or a `file` under WORK."""

    id: str
    source: str
    concept: str
    group: str
    title: str
    aliases: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    chinese: list[str] = field(default_factory=list)
    clean: bool = True
    svg: str = ""
    file: str = ""


@dataclass(frozen=True)
class Emoji:
    """Words of one emoji without skin tone, from emojibase-data."""

    concept: str
    group: str
    title: str
    aliases: list[str]
    tags: list[str]
    chinese: list[str]


def bare_hex(code: str) -> str:
    """Code points without the variation selector, upper case."""
    return "-".join(part for part in code.upper().split("-") if part != "FE0F")


def read_emoji(work: Path) -> dict[str, Emoji]:
    """Every base emoji by its code points; skin tones and bare regional letters are left out."""
    folder = work / "npm/emojibase-data"
    english = json.loads((folder / "en/data.json").read_text())
    chinese = {bare_hex(e["hexcode"]): e for e in json.loads((folder / "zh/data.json").read_text())}
    subgroups = json.loads((folder / "meta/groups.json").read_text())["subgroups"]
    shortcodes = [json.loads((folder / f"en/shortcodes/{name}.json").read_text()) for name in SHORTCODE_SETS]
    emoji = {}
    for entry in english:
        if entry.get("group") in (None, GROUP_COMPONENTS):
            continue
        code = bare_hex(entry["hexcode"])
        aliases: dict[str, None] = {}
        for names in shortcodes:
            found = names.get(entry["hexcode"], [])
            for name in [found] if isinstance(found, str) else found:
                phrase = re.sub(r"[_-]+", " ", name).strip().lower()
                if re.fullmatch(r"[a-z][a-z ']+", phrase) and len(phrase) > 2:
                    aliases[phrase] = None
        title = entry["label"].lower().replace(":", ",")
        other = chinese.get(code, {})
        emoji[code] = Emoji(
            code, subgroups[str(entry["subgroup"])], title, [a for a in aliases if a != title],
            [t.lower() for t in entry.get("tags", [])], [w for w in [other.get("label"), *other.get("tags", [])] if w],
        )
    return emoji


def slug(text: str) -> str:
    """Letters and digits only: `bouquet of flowers` and `bouquetofflowers` meet here."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def icon_svg(pack: dict, name: str) -> str | None:
    """The SVG document of one icon of an Iconify set; aliases that transform are not followed."""
    alias = pack.get("aliases", {}).get(name)
    if alias is not None:
        if set(alias) - {"parent"}:
            return None
        name = alias["parent"]
    icon = pack["icons"].get(name)
    if icon is None or icon.get("hidden"):
        return None
    box = [icon.get(k, pack.get(k, d)) for k, d in (("left", 0), ("top", 0), ("width", 16), ("height", 16))]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{box[0]} {box[1]} {box[2]} {box[3]}" width="{box[2]}" height="{box[3]}" color="#111">{icon["body"]}</svg>'
    )


def icon_names(work: Path, source: str, emoji: dict[str, Emoji], by_slug: dict[str, str]) -> dict[str, str]:
    """Emoji code -> icon name of a set, by the set's own table where it has one, else by the name."""
    folder = work / "npm" / source
    names: dict[str, str] = {}
    for code, name in json.loads((folder / "chars.json").read_text()).items():
        if bare_hex(code) in emoji:
            names.setdefault(bare_hex(code), name)
    if names:
        return names
    for name in json.loads((folder / "icons.json").read_text())["icons"]:
        code = by_slug.get(slug(name)) or by_slug.get(slug(re.sub(r"-\d+$", "", name)))
        if code:
            names.setdefault(code, name)
    return names


def emoji_items(work: Path, emoji: dict[str, Emoji]) -> list[Item]:
    """Pictures of the emoji in every style."""
    by_slug: dict[str, str] = {}
    for code, entry in emoji.items():
        by_slug.setdefault(slug(entry.title), code)
    for code, entry in emoji.items():
        for alias in entry.aliases:
            by_slug.setdefault(slug(alias), code)

    def item(source: str, code: str, **where: str) -> Item:
        return Item(id=f"{source}:{code}", source=source, **asdict(emoji[code]), **where)

    items = []
    for source in EMOJI_SETS:
        pack = json.loads((work / "npm" / source / "icons.json").read_text())
        for code, name in icon_names(work, source, emoji, by_slug).items():
            document = icon_svg(pack, name)
            if document:
                items.append(item(source, code, svg=document))
    for path in sorted((work / "npm/fluent-emoji-3d/assets").glob("*.webp")):
        code = bare_hex(path.stem)
        if code in emoji:
            items.append(item("fluent-emoji-3d", code, file=str(path.relative_to(work))))
    return items


def icon_items(work: Path) -> list[Item]:
    """Single icons whose only caption is their name."""
    items = []
    for source in ICON_SETS:
        pack = json.loads((work / "npm" / source / "icons.json").read_text())
        for name in pack["icons"]:
            title = name.replace("-", " ")
            document = icon_svg(pack, name)
            if document and not re.search(r"\d", title):
                items.append(Item(f"{source}:{name}", source, f"icon:{concept_key(title)}", source, title, svg=document))
    return items


def shape_items() -> list[Item]:
    """Plain coloured shapes, drawn here, so that colour and shape words have clean pictures."""
    items = []
    for shape, body in SHAPES.items():
        for colour, fill in SHAPE_COLOURS.items():
            outline = ' stroke="#333" stroke-width="3"' if colour == "white" else ""
            document = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" fill="{fill}"{outline}>{body}</svg>'
            title = f"{colour} {shape}"
            items.append(Item(f"shapes:{colour}-{shape}", "shapes", f"shape:{title}", "shape", title, svg=document))
    return items


def clipart_words(text: str, english: set[str]) -> tuple[str, list[str]]:
    """(title, keywords) of a clip-art SVG; the title is empty when it is not plain English."""
    work_element = text[: text.find("<dc:publisher")] if "<dc:publisher" in text else text
    found = re.search(r"<dc:title[^>]*>([^<]*)", work_element)
    raw = html.unescape(found.group(1)).strip() if found else ""
    raw = re.sub(r"\bclip ?art\b|\(.*?\)|[_#]+|\d+", " ", raw.lower())
    title_words = [w for w in words_of(raw) if w not in ("icon", "svg")]
    plain = 0 < len(title_words) <= 6 and all(w in english for w in title_words) and " by " not in f" {raw} "
    subject = re.search(r"<dc:subject>(.*?)</dc:subject>", text, re.S)
    keywords = []
    for entry in re.findall(r"<rdf:li>([^<]*)", subject.group(1)) if subject else []:
        entry_words = words_of(html.unescape(entry))
        if 0 < len(entry_words) <= 3 and all(w in english and w not in BOILERPLATE for w in entry_words):
            keywords.append(" ".join(entry_words))
    title = " ".join(title_words) if plain and set(title_words) - BOILERPLATE else ""
    return title, list(dict.fromkeys(keywords))


def stem_words(path: Path, english: set[str]) -> str:
    """What a file name says: its English words, without the author's name that follows the title in many."""
    found = [w for w in words_of(re.sub(r"[_-]", " ", path.stem)) if w in english and w not in BOILERPLATE and len(w) > 2]
    caption = " ".join(found[:4])
    return f"flag of {caption}" if caption and "flags" in path.parts else caption


def clipart_items(work: Path) -> list[Item]:
    """Debian's Open Clip Art pictures that say in English, in title or file name, what they show."""
    english = english_words(work, names=False)
    names = english_words(work, names=True)
    root = work / "debian/usr/share/openclipart"
    drafts = []
    for path in sorted((root / "svg").rglob("*.svg")):
        relative = path.relative_to(root / "svg")
        picture = root / "png" / relative.with_suffix(".png")
        if not picture.exists() or "duplicates" in relative.parts or "special" in relative.parts:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if "publicdomain" in text.lower().replace(" ", ""):
            drafts.append((relative, picture, *clipart_words(text, english)))
    title_count = Counter(draft[2] for draft in drafts)
    kept: Counter[str] = Counter()
    items = []
    for relative, picture, title, keywords in drafts:
        if title_count[title] > MAX_SAME_TITLE:
            title = ""
        caption = title or stem_words(relative, names if "flags" in relative.parts else english)
        key = concept_key(caption)
        kept[key] += 1
        if set(key.split()) - GENERIC and kept[key] <= MAX_PICTURES_A_CONCEPT:
            group = "clip-art " + "/".join(relative.parts[:-1])
            items.append(Item(
                f"openclipart:{relative.with_suffix('')}", "openclipart", f"clip:{key}", group, caption,
                tags=keywords, clean=bool(title), file=str(picture.relative_to(work)),
            ))
    return items


def stamp_items(work: Path) -> list[Item]:
    """Tux Paint's stamps with their English caption: photographs, cut-outs and drawings, for evaluation only."""
    root = work / "debian/usr/share/tuxpaint/stamps"
    items = []
    for path in sorted(root.rglob("*.txt")):
        picture = next((p for p in (path.with_suffix(".png"), path.with_suffix(".svg")) if p.exists()), None)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        caption = lines[0].strip().rstrip(".").lower() if lines else ""
        if picture is None or not concept_key(caption) or len(words_of(caption)) > 12:
            continue
        relative = path.relative_to(root)
        items.append(Item(
            f"tuxpaint:{relative.with_suffix('')}", "tuxpaint", f"stamp:{concept_key(caption)}",
            "stamp " + "/".join(relative.parts[:-1]), caption, file=str(picture.relative_to(work)),
        ))
    return items


def build(work: Path) -> list[Item]:
    """All items in a fixed order; also written to WORK/catalogue.json."""
    items = emoji_items(work, read_emoji(work)) + icon_items(work) + shape_items() + clipart_items(work) + stamp_items(work)
    (work / "catalogue.json").write_text(json.dumps([asdict(i) for i in items], ensure_ascii=False))
    return items


def load(work: Path) -> list[Item]:
    """Items written by `build`."""
    return [Item(**entry) for entry in json.loads((work / "catalogue.json").read_text())]
