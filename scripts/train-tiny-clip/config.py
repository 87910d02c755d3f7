"""Pinned versions, folders and hyper-parameters: everything a run depends on stands here."""

from dataclasses import dataclass, field
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
MODEL_DIR = REPO / "models" / "tiny-clip"
SAMPLE_DIR = REPO / "models" / "sample"
DEFAULT_WORK = REPO / ".train"

SEED = 20260
IMAGE_SIZE = 96
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
    vision_width: int = 256
    vision_layers: int = 2
    vision_heads: int = 4
    text_width: int = 256
    text_layers: int = 3
    text_heads: int = 4
    patch: int = 16


@dataclass(frozen=True)
class Training:
    """The optimisation schedule, in fixed steps so that a rerun is the same run."""

    epochs: int = 50
    decay_epochs: int = 23
    batch: int = 128
    learning_rate: float = 8e-4
    weight_decay: float = 0.1
    warmup_epochs: float = 1.0
    text_prototype_weight: float = 0.25
    image_prototype_weight: float = 0.25
    late_image_prototype_weight: float = 0.75
    late_epoch: int = 30
    dictionary_weight: float = 0.25
    dictionary_batch: int = 32
    label_smoothing: float = 0.05
    ema_decay: float = 0.998
    strong_share: float = 0.4
    small_size: int = 64
    small_epochs: int = 32
    chinese_share: float = 0.15
    model: Model = field(default_factory=Model)
