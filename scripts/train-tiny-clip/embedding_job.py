"""Hand pictures and captions to embed.ts and read back what the exported graphs make of them."""

import json
import subprocess
from pathlib import Path

import numpy as np

from config import MODEL_DIR


def on_white_bytes(pixels: np.ndarray) -> np.ndarray:
    """Premultiplied RGBA over white: uint8 [count, size, size, 3]."""
    wide = pixels.astype(np.int32)
    return (wide[..., :3] + 255 - wide[..., 3:]).clip(0, 255).astype(np.uint8)


def write_job(folder: Path, pixels: np.ndarray, captions: list[str]) -> None:
    """Input of embed.ts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pixels.u8").write_bytes(pixels.tobytes())
    (folder / "captions.json").write_text(json.dumps(captions))


def run_job(folder: Path, dim: int, full: bool) -> tuple[np.ndarray, np.ndarray, dict[str, float]]:
    """(image embeddings, text embeddings, timings) of a job, by the exported graphs in Node."""
    command = ["node", "--no-warnings", str(Path(__file__).with_name("embed.ts")), str(MODEL_DIR), str(folder)]
    done = subprocess.run([*command, *(["--full"] if full else [])], check=True, stdout=subprocess.PIPE, text=True)
    images, texts = (np.fromfile(folder / f"{n}.f32", np.float32).reshape(-1, dim) for n in ("images", "texts"))
    return images, texts, json.loads(done.stdout)


def projection_dim() -> int:
    """Coordinates of an embedding."""
    return json.loads((MODEL_DIR / "config.json").read_text())["projection_dim"]
