"""Contrastive training of both towers: fixed steps, seeded, resumable, progress on stderr."""

import copy
import json
import math
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from augment import augment_batch, on_white
from config import IMAGE_SIZE, SEED, Training
from dataset import Batch, TrainingData, pad
from model import TinyClip
from photo_captions import asked_for
from teacher import Teacher
from warm_start import warm_start


@dataclass(frozen=True)
class Options:
    """What a run may have beside the drawings: photographs, a teacher's text vectors, the weights of an exported model."""

    photos: Path | None = None
    teacher: Path | None = None
    start: Path | None = None


def contrastive_loss(images: Tensor, texts: Tensor, scale: Tensor, truth: Tensor, smoothing: float) -> Tensor:
    """Symmetric InfoNCE with several right answers a row and label smoothing.

    images [pictures, dim], texts [pictures or more, dim], unit rows; `truth` [pictures, texts]: weights of the right answers
    of a picture, 0 for wrong ones. Texts beyond the pictures are answers only; they ask for no picture of their own, and a
    text's pictures count alike.
    """
    logits = scale * images @ texts.T
    own = logits[:, : len(images)].T
    across = -(smoothed(truth, smoothing) * logits.log_softmax(1)).sum(1).mean()
    down = -(smoothed((truth[:, : len(images)].T > 0).float(), smoothing) * own.log_softmax(1)).sum(1).mean()
    return (across + down) / 2


def smoothed(truth: Tensor, smoothing: float) -> Tensor:
    """Shares of the right answers of a row in proportion to their weights, and a little for every answer."""
    return (1 - smoothing) * truth / truth.sum(1, keepdim=True) + smoothing / truth.shape[1]


def encode_texts(model: TinyClip, data: TrainingData, texts: list[str]) -> Tensor:
    """Unit text embeddings; the longest fifth is padded apart from the rest, which saves half of the work."""
    tokens = [data.tokenizer.encode(t) for t in texts]
    order = sorted(range(len(tokens)), key=lambda t: len(tokens[t]))
    cut = len(order) - len(order) // 5
    parts = [model.texts(*pad([tokens[t] for t in part], data.tokenizer.end)) for part in (order[:cut], order[cut:]) if part]
    return torch.cat(parts)[torch.tensor(order).argsort()]


def step_loss(
    model: TinyClip, data: TrainingData, teacher: Teacher | None, batch: Batch, epoch: int, rng: random.Random, settings: Training
) -> Tensor:
    """Contrastive loss + prototype softmax of both towers + dictionary loss and teacher of the text tower."""
    pixels = augment_batch(batch, picture_size(epoch, settings), settings.strong_share)
    nouns, descriptions = data.dictionary_batch(rng)
    taught = teacher.sample(settings.teacher_batch, rng) if teacher else []
    taught_texts = [asked_for(teacher.names[t]) if rng.random() < 0.5 else teacher.names[t] for t in taught] if teacher else []
    with torch.autocast("cpu", dtype=torch.bfloat16):
        images = model.images(pixels.contiguous(memory_format=torch.channels_last))
        parts = [batch.captions, batch.names, nouns, descriptions, taught_texts]
        embedded = encode_texts(model, data, [text for part in parts for text in part])
    texts, names, words, described, neighbours = embedded.split([len(part) for part in parts])
    loss = contrastive_loss(images, torch.cat([texts, names]), model.log_scale.exp(), batch.truth, settings.label_smoothing)
    prototypes = F.normalize(model.prototypes, dim=-1)
    scale = model.log_prototype_scale.exp()
    image_weight = settings.late_image_prototype_weight if epoch >= settings.late_epoch else settings.image_prototype_weight
    for embeddings, weight in ((images, image_weight), (texts, settings.text_prototype_weight)):
        logits = scale * embeddings @ prototypes.T
        loss = loss + weight * F.cross_entropy(logits, batch.concepts, label_smoothing=0.1)
    own = torch.eye(len(nouns))
    dictionary = contrastive_loss(words, described, model.log_dictionary_scale.exp(), own, 0.0)
    loss = loss + settings.dictionary_weight * dictionary
    if teacher:
        loss = loss + settings.teacher_weight * teacher.loss(taught, neighbours, model.log_teacher_scale.exp())
    return loss


def picture_size(epoch: int, settings: Training) -> int:
    """Side in pixels: most of the training runs on small pictures, which costs half. Serving is at IMAGE_SIZE: crops made things look larger."""
    return settings.small_size if epoch < settings.small_epochs else settings.large_size


def learning_rate(epoch: float, settings: Training) -> float:
    """Linear warm-up, perhaps a plateau, and half a cosine to 2% of the peak over the last `decay_epochs`."""
    if epoch < settings.warmup_epochs:
        return settings.learning_rate * (epoch + 0.01) / settings.warmup_epochs
    done = max(0.0, 1 - (settings.epochs - epoch) / settings.decay_epochs)
    return settings.learning_rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))


def optimiser_for(model: TinyClip, settings: Training) -> torch.optim.AdamW:
    """AdamW; biases, norms, embeddings of position and temperatures are not decayed."""
    decayed = [p for n, p in model.named_parameters() if p.ndim >= 2 and "position" not in n]
    plain = [p for n, p in model.named_parameters() if p.ndim < 2 or "position" in n]
    groups = [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.98))


@torch.no_grad()
def update_average(average: TinyClip, model: TinyClip, step: int, decay: float) -> None:
    """Exponential moving average of weights and batch-norm statistics; follows faster at the start."""
    rate = min(decay, (1 + step) / (10 + step))
    for mean, value in zip(average.state_dict().values(), model.state_dict().values()):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, 1 - rate)
        else:
            mean.copy_(value)


@torch.no_grad()
def embed_all(model: TinyClip, data: TrainingData, pixels: Tensor, texts: list[str]) -> tuple[Tensor, Tensor]:
    """Unit embeddings of normalised pictures [count, 3, S, S] and of texts, in float32."""
    model.eval()
    images = torch.cat([model.images(pixels[s : s + 128]) for s in range(0, len(pixels), 128)])
    return images, torch.cat([model.texts(*data.tokenise(texts[s : s + 256])) for s in range(0, len(texts), 256)])


def recall_at_1(model: TinyClip, data: TrainingData, name: str, size: int) -> dict[str, float]:
    """Recall@1 in both directions on a split of drawings; equal captions are one query."""
    pixels, _, captions = data.held_out(name)
    shown = F.interpolate(on_white(torch.from_numpy(pixels)), size=(size, size), mode="bicubic", antialias=True, align_corners=False)
    unique = list(dict.fromkeys(captions))
    images, texts = embed_all(model, data, shown, unique)
    scores = texts @ images.T
    owner = torch.tensor([unique.index(c) for c in captions])
    to_image = (owner[scores.argmax(1)] == torch.arange(len(unique))).float().mean().item()
    to_text = (scores.argmax(0) == owner).float().mean().item()
    return {"textToImage": round(to_image, 4), "imageToText": round(to_text, 4)}


def photo_accuracy(model: TinyClip, data: TrainingData, size: int) -> dict[str, float]:
    """Validation photographs among the names of all concepts with ten or more pictures, asked for as `a NAME`."""
    photos, pixels = data.photos.validation, data.photos.validation_pixels
    names = data.photos.common_names
    x = torch.from_numpy(np.array(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1
    shown = F.interpolate(x, size=(size, size), mode="bicubic", antialias=True, align_corners=False).clamp(-1, 1)
    images, texts = embed_all(model, data, shown, [asked_for(n) for n in names])
    rows = [r for r, p in enumerate(photos) if p.concept in names]
    own = torch.tensor([names.index(photos[r].concept) for r in rows])
    best = (images[rows] @ texts.T).topk(5, dim=1).indices == own[:, None]
    return {"top1": round(best[:, 0].float().mean().item(), 4), "top5": round(best.any(1).float().mean().item(), 4)}


def validate(model: TinyClip, data: TrainingData) -> dict[str, object]:
    """What choices are made by, at the served size: drawings of the validation split, and validation photographs."""
    found: dict[str, object] = {"drawings": recall_at_1(model, data, "validation", IMAGE_SIZE)}
    if data.photos:
        found["photographs"] = photo_accuracy(model, data, IMAGE_SIZE)
    return found


def save_checkpoint(path: Path, **state: object) -> None:
    """Write, then rename: an interrupted save never spoils the last good one."""
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").rename(path)


@dataclass
class Run:
    """Everything that a checkpoint holds, and the folder's data."""

    data: TrainingData
    teacher: Teacher | None
    settings: Training
    model: TinyClip
    average: TinyClip
    optimiser: torch.optim.AdamW
    checkpoint: Path
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0

    def resume(self) -> None:
        """Go on from the checkpoint where there is one."""
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.epoch, self.step, self.seconds = state["epoch"], state["step"], state["seconds"]

    def save(self) -> None:
        """Write the checkpoint."""
        save_checkpoint(
            self.checkpoint, model=self.model.state_dict(), average=self.average.state_dict(),
            optimiser=self.optimiser.state_dict(), epoch=self.epoch, step=self.step, seconds=self.seconds,
        )

    def learn(self, batch: Batch, rate: float, rng: random.Random) -> float:
        """One step; returns the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        loss = step_loss(self.model, self.data, self.teacher, batch, self.epoch, rng, self.settings)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        update_average(self.average, self.model, self.step, self.settings.ema_decay)
        return loss.item()

    def one_epoch(self, total: int) -> float:
        """All batches of an epoch with progress on stderr; returns the mean loss."""
        torch.manual_seed(SEED * 1000 + self.epoch)
        rng = random.Random(f"dictionary:{SEED}:{self.epoch}")
        self.model.train()
        losses, steps, first, started = 0.0, self.data.steps_in(self.epoch), self.step, time.monotonic()
        for batch in self.data.batches(self.epoch):
            losses += self.learn(batch, learning_rate(self.epoch + (self.step - first) / steps, self.settings), rng)
            if self.step % 20 == 0:
                pace = (time.monotonic() - started) / (self.step - first)
                print(f"\repoch {self.epoch + 1}/{self.settings.epochs} at {picture_size(self.epoch, self.settings)} px, step {self.step}/{total} "
                      f"loss {losses / (self.step - first):.3f} {pace * 1000:.0f} ms/step {pace * (total - self.step) / 60:.1f} min left at this size ",
                      end="", file=sys.stderr)
        self.seconds += time.monotonic() - started
        return losses / (self.step - first)


def new_run(work: Path, settings: Training, name: str, options: Options) -> Run:
    """Data, network (from earlier weights where asked) and optimiser of a run that has not begun."""
    data = TrainingData(work, settings, photographs=options.photos is not None)
    model = TinyClip(settings.model, len(data.tokenizer.vocabulary), data.concept_count)
    if options.start:
        seen = on_white(data.pixels[:: max(1, len(data.pixels) // 512)])
        warm_start(model, options.start, seen)
    model = model.to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).eval()
    teacher = Teacher(options.teacher, work) if options.teacher else None
    return Run(data, teacher, settings, model, average, optimiser_for(model, settings), work / f"{name}.pt")


def train(work: Path, settings: Training, name: str, options: Options) -> None:
    """Train, or go on from WORK/<name>.pt; the averaged weights end up in it under `average`, the curve in <name>.curve.jsonl."""
    torch.set_num_threads(2)
    torch.manual_seed(SEED)
    run = new_run(work, settings, name, options)
    run.resume()
    data = run.data
    total = sum(data.steps_in(epoch) for epoch in range(settings.epochs))
    print(f"{len(data.train)} drawings, {len(data.photos.train) if data.photos else 0} photographs, {data.concept_count} concepts, "
          f"{len(data.dictionary)} dictionary words, {total} steps", file=sys.stderr)
    while run.epoch < settings.epochs:
        loss = run.one_epoch(total)
        run.epoch += 1
        run.save()
        point: dict[str, object] = {"epoch": run.epoch, "step": run.step, "minutes": round(run.seconds / 60, 2), "loss": round(loss, 4)}
        if run.epoch % 2 == 0 or run.epoch == settings.epochs:
            point |= validate(run.average, data)
            print(f"\n{json.dumps(point)}", file=sys.stderr)
        with open(work / f"{name}.curve.jsonl", "a") as curve:
            curve.write(json.dumps(point) + "\n")
