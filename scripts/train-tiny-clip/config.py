"""Pinned versions, folders and hyper-parameters: everything a run depends on stands here."""

from dataclasses import dataclass, field
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
MODEL_DIR = REPO / "models" / "tiny-clip"
SAMPLE_DIR = REPO / "models" / "sample"
DEFAULT_WORK = REPO / ".train"

SEED = 20260
IMAGE_SIZE = 112
CONTEXT_LENGTH = 32
VOCAB_SIZE = 8000

NPM_PACKAGES = {
    "@iconify-json/noto": "1.2.9",
    "@iconify-json/noto-v1": "1.2.5",
    "@iconify-json/twemoji": "1.2.5",
    "@iconify-json/emojione": "1.2.3",
    "@iconify-json/emojione-monotone": "1.2.1",
    "@iconify-json/fluent-emoji-flat": "1.2.6",
    "@iconify-json/fluent-emoji-high-contrast": "1.2.6",
    "@iconify-json/fxemoji": "1.2.2",
    "@iconify-json/streamline-emojis": "1.2.4",
    "@iconify-json/openmoji": "1.2.29",
    "@iconify-json/game-icons": "1.2.4",
    "@iconify-json/flat-color-icons": "1.2.3",
    "@lobehub/fluent-emoji-3d": "1.1.0",
    "emojibase-data": "17.0.0",
    "@tensorflow-models/mobilenet": "2.1.1",
    "@tensorflow-models/coco-ssd": "2.2.3",
}

DEBIAN_PACKAGES = {
    "openclipart-png": "1:0.18+dfsg-19",
    "openclipart-svg": "1:0.18+dfsg-19",
    "tuxpaint-stamps-default": "2022.06.04-1",
    "wordnet-base": "1:3.0-37",
    "wamerican": "2020.12.07-2",
}


@dataclass(frozen=True)
class Source:
    """One set of pictures: where it comes from, its licence, and how often a picture of it is drawn in an epoch."""

    licence: str
    weight: float
    style: str = ""


SOURCES = {
    "noto": Source("Apache-2.0", 1.0),
    "noto-v1": Source("Apache-2.0", 1.0),
    "twemoji": Source("CC-BY-4.0", 1.0),
    "emojione": Source("CC-BY-4.0", 1.0),
    "emojione-monotone": Source("CC-BY-4.0", 0.4, "black and white"),
    "fluent-emoji-flat": Source("MIT", 1.0),
    "fluent-emoji-high-contrast": Source("MIT", 0.4, "black and white"),
    "fluent-emoji-3d": Source("MIT", 1.0),
    "fxemoji": Source("Apache-2.0", 1.0),
    "streamline-emojis": Source("CC-BY-4.0", 1.0),
    "openmoji": Source("CC-BY-SA-4.0", 0.0),
    "game-icons": Source("CC-BY-3.0", 0.4, "black"),
    "flat-color-icons": Source("MIT", 0.5),
    "openclipart": Source("public domain", 1.0),
    "shapes": Source("Apache-2.0", 0.5),
    "tuxpaint": Source("GPL-2 and others", 0.0),
}


@dataclass(frozen=True)
class Model:
    """Shape of the two towers."""

    embedding_dim: int = 256
    stem_channels: tuple[int, ...] = (32, 64, 128, 256)
    residual_blocks: tuple[int, int] = (2, 2)
    """Residual blocks at one eighth and at one sixteenth of the side."""
    vision_width: int = 256
    vision_layers: int = 2
    vision_heads: int = 4
    text_width: int = 256
    text_layers: int = 3
    text_heads: int = 4
    patch: int = 16


PHOTO_WEIGHTS = {
    "caltech101": 1.0, "grocery-store": 0.7, "clothing-dataset": 0.8, "oxford-pets": 1.0, "trashnet": 0.5, "tf-flowers": 1.0,
    "coco-2017": 2.0, "ubuntu-wallpapers": 1.0, "commons-animals": 0.7, "sign-digits": 0.4,
}
"""How often photographs of a source are drawn, beside the balance of concepts; other sources count 1."""


@dataclass(frozen=True)
class Training:
    """The optimisation schedule, in fixed steps so that a rerun is the same run. With photographs, an epoch is one of the drawings."""

    epochs: int = 32
    decay_epochs: int = 31
    batch: int = 128
    photos_in_batch: int = 64
    names_in_batch: int = 64
    specific_epoch: int = 12
    """From here on a photograph is told from the names of its batch, and general words (food, dog) count less than its own name."""
    late_epoch: int = 17
    """From here on drawings are told from the titles of their batch as well, and the prototypes of pictures weigh more."""
    late_names_in_batch: int = 128
    late_image_prototype_weight: float = 0.75
    learning_rate: float = 6e-4
    weight_decay: float = 0.1
    warmup_epochs: float = 0.5
    text_prototype_weight: float = 0.25
    image_prototype_weight: float = 0.5
    dictionary_weight: float = 0.25
    dictionary_batch: int = 20
    teacher_weight: float = 0.25
    teacher_batch: int = 48
    label_smoothing: float = 0.05
    ema_decay: float = 0.998
    strong_share: float = 0.4
    small_size: int = 64
    small_epochs: int = 15
    large_size: int = 96
    chinese_share: float = 0.15
    model: Model = field(default_factory=Model)


VARIANTS = {
    "full": Training(),
    "drawings": Training(
        epochs=50, decay_epochs=23, warmup_epochs=1.0, learning_rate=8e-4, small_epochs=32, dictionary_batch=32,
        image_prototype_weight=0.25, late_epoch=30,
    ),
    "short": Training(epochs=3, decay_epochs=2, small_epochs=2, specific_epoch=1, late_epoch=3),
    "short-small": Training(epochs=3, decay_epochs=2, small_epochs=3, specific_epoch=1, late_epoch=3),
    "short-general": Training(epochs=3, decay_epochs=2, small_epochs=2, specific_epoch=3, late_epoch=3),
}
"""Schedules: the committed one; one for drawings alone, from nothing; and short ones for ablations, of which one stays at 64 pixels and
one lets general words count as much as names."""
