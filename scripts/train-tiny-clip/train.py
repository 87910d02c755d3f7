"""Contrastive training of both towers: fixed steps, seeded, resumable, progress on stderr."""

import copy
import math
import random
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from augment import augment, on_white
from config import IMAGE_SIZE, SEED, Training
from dataset import Batch, TrainingData
from model import TinyClip


def contrastive_loss(images: Tensor, texts: Tensor, scale: Tensor, same: Tensor, smoothing: float) -> Tensor:
    """Symmetric InfoNCE with several positives a row (`same`, boolean [batch, batch]) and label smoothing."""
    logits = scale * images @ texts.T
    targets = same.float() / same.sum(1, keepdim=True)
    targets = (1 - smoothing) * targets + smoothing / len(targets)
    across = -(targets * logits.log_softmax(1)).sum(1).mean()
    down = -(targets.T * logits.T.log_softmax(1)).sum(1).mean()
    return (across + down) / 2


def same_meaning(batch: Batch) -> Tensor:
    """Which pictures and captions of a batch belong together: same concept or the same words."""
    numbers = {text: n for n, text in enumerate(dict.fromkeys(batch.captions))}
    words = torch.tensor([numbers[t] for t in batch.captions])
    return (batch.concepts[:, None] == batch.concepts) | (words[:, None] == words)


def step_loss(
    model: TinyClip, data: TrainingData, batch: Batch, epoch: int, rng: random.Random, settings: Training
) -> Tensor:
    """Contrastive loss + prototype softmax of both towers + dictionary loss of the text tower."""
    size = picture_size(epoch, settings)
    pixels = augment(batch.pixels, size, settings.strong_share, batch.may_flip, batch.keep_colour)
    nouns, descriptions = data.dictionary_batch(rng)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        images = model.images(pixels.contiguous(memory_format=torch.channels_last))
        texts = model.texts(*data.tokenise(batch.captions))
        words = model.texts(*data.tokenise(nouns + descriptions))
    loss = contrastive_loss(images, texts, model.log_scale.exp(), same_meaning(batch), settings.label_smoothing)
    prototypes = F.normalize(model.prototypes, dim=-1)
    scale = model.log_prototype_scale.exp()
    late = epoch >= settings.late_epoch
    image_weight = settings.late_image_prototype_weight if late else settings.image_prototype_weight
    for embeddings, weight in ((images, image_weight), (texts, settings.text_prototype_weight)):
        logits = scale * embeddings @ prototypes.T
        loss = loss + weight * F.cross_entropy(logits, batch.concepts, label_smoothing=0.1)
    half = len(nouns)
    own = torch.eye(half, dtype=torch.bool)
    dictionary = contrastive_loss(words[:half], words[half:], model.log_dictionary_scale.exp(), own, 0.0)
    return loss + settings.dictionary_weight * dictionary


def picture_size(epoch: int, settings: Training) -> int:
    """Side in pixels: most of the training runs on small pictures, which costs half."""
    return settings.small_size if epoch < settings.small_epochs else IMAGE_SIZE


def learning_rate(epoch: float, settings: Training) -> float:
    """Linear warm-up, a plateau, and half a cosine to 2% of the peak over the last `decay_epochs`."""
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
def recall_at_1(model: TinyClip, data: TrainingData, name: str) -> tuple[float, float, int]:
    """(text to image, image to text, captions) on a split, in float32; equal captions are one query."""
    pixels, _, captions = data.held_out(name)
    model.eval()
    starts = range(0, len(pixels), 256)
    images = torch.cat([model.images(on_white(torch.from_numpy(pixels[s : s + 256]))) for s in starts])
    unique = list(dict.fromkeys(captions))
    texts = torch.cat([model.texts(*data.tokenise(unique[s : s + 256])) for s in range(0, len(unique), 256)])
    scores = texts @ images.T
    owner = torch.tensor([unique.index(c) for c in captions])
    to_image = (owner[scores.argmax(1)] == torch.arange(len(unique))).float().mean().item()
    to_text = (scores.argmax(0) == owner).float().mean().item()
    return to_image, to_text, len(unique)


def save_checkpoint(path: Path, **state: object) -> None:
    """Write, then rename: an interrupted save never spoils the last good one."""
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").rename(path)


def train(work: Path, settings: Training, name: str) -> None:
    """Train, or go on from WORK/<name>.pt; the averaged weights end up in it under `average`."""
    torch.set_num_threads(2)
    torch.manual_seed(SEED)
    data = TrainingData(work, settings)
    model = TinyClip(settings.model, len(data.tokenizer.vocabulary), data.concept_count)
    model = model.to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).eval()
    optimiser = optimiser_for(model, settings)
    checkpoint = work / f"{name}.pt"
    first_epoch = step = 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        first_epoch, step = state["epoch"], state["step"]
    total = sum(data.steps_in(epoch) for epoch in range(settings.epochs))
    print(f"{len(data.train)} pictures, {data.concept_count} concepts, {len(data.dictionary)} dictionary words, "
          f"{total} steps", file=sys.stderr)
    started, first_step = time.monotonic(), step
    for epoch in range(first_epoch, settings.epochs):
        torch.manual_seed(SEED * 1000 + epoch)
        rng = random.Random(f"dictionary:{SEED}:{epoch}")
        model.train()
        losses = 0.0
        epoch_start = step
        epoch_steps = data.steps_in(epoch)
        for batch in data.batches(epoch):
            rate = learning_rate(epoch + (step - epoch_start) / epoch_steps, settings)
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss = step_loss(model, data, batch, epoch, rng, settings)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            update_average(average, model, step, settings.ema_decay)
            losses += loss.item()
            if step % 20 == 0:
                pace = (time.monotonic() - started) / (step - first_step)
                print(f"\repoch {epoch + 1}/{settings.epochs} at {picture_size(epoch, settings)} px, step {step}/{total} loss {losses / (step - epoch_start):.3f} "
                      f"{pace * 1000:.0f} ms/step {pace * (total - step) / 60:.1f} min left ", end="", file=sys.stderr)
        save_checkpoint(checkpoint, model=model.state_dict(), average=average.state_dict(),
                        optimiser=optimiser.state_dict(), epoch=epoch + 1, step=step)
        if epoch % 3 == 2 or epoch + 1 == settings.epochs:
            to_image, to_text, count = recall_at_1(average, data, "validation")
            print(f"\nvalidation recall@1: text to image {to_image:.3f}, image to text {to_text:.3f}, "
                  f"of {count} captions", file=sys.stderr)
