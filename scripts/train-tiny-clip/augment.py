"""Augmentation of a whole batch in torch: geometry, background, colour, outline, blur, noise; drawings and photographs."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from dataset import Batch

MEAN = STD = 0.5
"""Per-channel mean and standard deviation of preprocessor_config.json: pixels go to [-1, 1]."""


def uniform(count: int, low: float | Tensor, high: float | Tensor) -> Tensor:
    """`count` numbers between two bounds (one pair, or one pair a row)."""
    return torch.rand(count) * (high - low) + low


def chance(count: int, probability: float | Tensor) -> Tensor:
    """Boolean column [count, 1, 1, 1], true with the probability."""
    return (torch.rand(count) < probability).view(-1, 1, 1, 1)


def to_float(pixels: Tensor) -> Tensor:
    """uint8 [batch, S, S, 4] to float [batch, 4, S, S] in 0..1."""
    return pixels.permute(0, 3, 1, 2).float() / 255


def on_white(pixels: Tensor) -> Tensor:
    """What a user's picture looks like: premultiplied RGBA over white, normalised."""
    x = to_float(pixels)
    return (x[:, :3] + 1 - x[:, 3:] - MEAN) / STD


def move(x: Tensor, size: int, strong: Tensor, may_flip: Tensor) -> Tensor:
    """Rotate, zoom, stretch, shift and mirror, to `size` pixels; `strong` and `may_flip` are boolean [batch]."""
    count = len(x)
    amount = torch.where(strong, 1.0, 0.4)
    angle = uniform(count, -1, 1) * amount * math.radians(25)
    zoom = torch.exp(uniform(count, -0.35, 0.35) * amount + 0.05 * amount)
    stretch = torch.exp(uniform(count, -0.2, 0.2) * amount)
    flip = torch.where((torch.rand(count) < 0.5) & may_flip, -1.0, 1.0)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    rows = torch.stack([
        torch.stack([cosine * zoom * stretch * flip, -sine * zoom, uniform(count, -0.2, 0.2) * amount], 1),
        torch.stack([sine * zoom * flip, cosine * zoom / stretch, uniform(count, -0.2, 0.2) * amount], 1),
    ], 1)
    grid = F.affine_grid(rows, [count, x.shape[1], size, size], align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def background(count: int, size: int) -> Tensor:
    """White for 55%, one colour for 25%, a soft texture of two colours for 20%."""
    colours = 1 - torch.rand(2, count, 3, 1, 1) ** 1.5 * 0.8
    texture = F.interpolate(torch.rand(count, 1, 5, 5), size=(size, size), mode="bilinear", align_corners=False)
    draw = torch.rand(count).view(-1, 1, 1, 1)
    first, second = colours[0], colours[1]
    ground = torch.where(draw < 0.8, first.expand(-1, -1, size, size), first * texture + second * (1 - texture))
    return torch.where(draw < 0.55, torch.ones_like(ground), ground)


def recolour(x: Tensor, amount: Tensor, keep_colour: Tensor) -> Tensor:
    """Brightness, contrast, saturation, slight mixing of channels, grey, negative. `amount` is [batch, 1, 1, 1]."""
    count = len(x)
    mixing = torch.eye(3) + torch.randn(count, 3, 3) * 0.06 * amount[:, :, :, 0]
    x = torch.einsum("bij,bjhw->bihw", mixing, x)
    grey = x.mean(1, keepdim=True)
    free = ~keep_colour.view(-1, 1, 1, 1)
    saturation = torch.where(chance(count, 0.12) & free, 0.0, 1 + uniform(count, -0.5, 0.4).view(-1, 1, 1, 1) * amount)
    x = grey + (x - grey) * saturation
    level = x.mean((1, 2, 3), keepdim=True)
    x = level + (x - level) * (1 + uniform(count, -0.4, 0.3).view(-1, 1, 1, 1) * amount)
    x = x + uniform(count, -0.15, 0.15).view(-1, 1, 1, 1) * amount
    return torch.where(chance(count, 0.03) & free, 1 - x, x).clamp(0, 1)


def outline(x: Tensor) -> Tensor:
    """Dark contours on white, as in a line drawing."""
    smooth = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    edges = (smooth - F.avg_pool2d(smooth, 3, 1, 1, count_include_pad=False)).abs().amax(1, keepdim=True)
    return (1 - edges * 7).clamp(0, 1).expand_as(x)


def hide_patch(x: Tensor) -> Tensor:
    """Cover a random rectangle, up to 40% of each side, with a random grey."""
    count, _, size, _ = x.shape
    height, width = uniform(count, 0.1, 0.4) * size, uniform(count, 0.1, 0.4) * size
    top, left = torch.rand(count) * (size - height), torch.rand(count) * (size - width)
    ys, xs = torch.arange(size).view(1, -1, 1), torch.arange(size).view(1, 1, -1)
    rows = (ys >= top.view(-1, 1, 1)) & (ys < (top + height).view(-1, 1, 1))
    columns = (xs >= left.view(-1, 1, 1)) & (xs < (left + width).view(-1, 1, 1))
    return torch.where((rows & columns).unsqueeze(1), torch.rand(count, 1, 1, 1), x)


def disturb(x: Tensor, strong: Tensor, keep_colour: Tensor, outlined: float) -> Tensor:
    """Colour, outline, blur, hidden patch and noise on pictures in 0..1, normalised at the end. `outlined`: share of line drawings."""
    count = len(x)
    amount = torch.where(strong, 1.0, 0.4).view(-1, 1, 1, 1)
    x = recolour(x, amount, keep_colour)
    chosen = (torch.rand(count) < outlined) & ~keep_colour
    if chosen.any():
        x[chosen] = outline(x[chosen])
    chosen = torch.rand(count) < 0.1
    if chosen.any():
        x[chosen] = F.avg_pool2d(x[chosen], 3, 1, 1, count_include_pad=False)
    x = torch.where(strong.view(-1, 1, 1, 1) & chance(count, 0.25), hide_patch(x), x)
    chosen = torch.rand(count) < 0.1
    if chosen.any():
        x[chosen] = (x[chosen] + torch.randn_like(x[chosen]) * 0.05).clamp(0, 1)
    return (x - MEAN) / STD


def augment(
    pixels: Tensor, size: int, strong_share: float, may_flip: Tensor, keep_colour: Tensor, scenes: Tensor | None = None
) -> Tensor:
    """uint8 premultiplied RGBA [batch, S, S, 4] to a normalised training batch [batch, 3, size, size].

    `scenes`: photographs in 0..1 [any, 3, size, size]; one drawing in eight stands before a blurred one.
    """
    count = len(pixels)
    strong = torch.rand(count) < strong_share
    x = move(to_float(pixels), size, strong, may_flip)
    ground = background(count, size)
    if scenes is not None and len(scenes):
        blurred = F.avg_pool2d(scenes[torch.randint(len(scenes), (count,))], 5, 1, 2, count_include_pad=False)
        ground = torch.where(chance(count, 0.125), blurred, ground)
    return disturb(x[:, :3] + (1 - x[:, 3:]) * ground, strong, keep_colour, 0.06)


def crop_photos(pixels: Tensor, aspects: Tensor, size: int, strong: Tensor) -> Tensor:
    """Random crop, mirror, slight turn and tilt of squeezed photographs; uint8 [batch, P, P, 3] to [batch, 3, size, size] in 0..1.

    A crop covers 35 to 100% of the picture (strong: 15 to 100%) and is 3/4 to 4/3 as wide as high before it is stretched.
    """
    count = len(pixels)
    x = pixels.permute(0, 3, 1, 2).float() / 255
    stored = min(x.shape[-1], round(1.5 * size))
    if stored < x.shape[-1]:
        x = F.interpolate(x, size=(stored, stored), mode="bilinear", antialias=True, align_corners=False)
    area = uniform(count, torch.where(strong, 0.15, 0.35), 1.0)
    ratio = torch.exp(uniform(count, -0.28, 0.28)) / aspects
    half_width, half_height = (area * ratio).sqrt(), (area / ratio).sqrt()
    inside = torch.maximum(half_width, half_height).clamp(min=1)
    half_width, half_height = half_width / inside, half_height / inside
    centre_x, centre_y = uniform(count, -1, 1) * (1 - half_width), uniform(count, -1, 1) * (1 - half_height)
    angle = uniform(count, -1, 1) * torch.where(strong, 0.26, 0.09)
    flip = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    tilt = uniform(count, -0.15, 0.15) * (torch.rand(count) < 0.4), uniform(count, -0.15, 0.15) * (torch.rand(count) < 0.4)
    line = (torch.arange(size) + 0.5) * 2 / size - 1
    v, u = torch.meshgrid(line, line, indexing="ij")

    def column(values: Tensor) -> Tensor:
        return values.view(-1, 1, 1)

    depth = 1 + column(tilt[0]) * u + column(tilt[1]) * v
    turned_u = (column(angle.cos()) * u - column(angle.sin()) * v) * column(flip) / depth
    turned_v = (column(angle.sin()) * u + column(angle.cos()) * v) / depth
    grid = torch.stack([column(centre_x) + column(half_width) * turned_u, column(centre_y) + column(half_height) * turned_v], -1)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="reflection", align_corners=False).clamp(0, 1)


def darken(x: Tensor) -> Tensor:
    """One picture in twelve as in poor light."""
    gamma = torch.where(chance(len(x), 1 / 12), uniform(len(x), 1.5, 2.6).view(-1, 1, 1, 1), torch.ones(len(x), 1, 1, 1))
    return x.clamp(min=1e-4) ** gamma


def augment_batch(batch: Batch, size: int, strong_share: float) -> Tensor:
    """All pictures of a batch, drawings first: normalised [batch, 3, size, size]."""
    count = len(batch.photos)
    if not count:
        return augment(batch.pixels, size, strong_share, batch.may_flip, batch.keep_colour)
    strong = torch.rand(count) < strong_share
    scenes = crop_photos(batch.photos, batch.aspects, size, strong)
    photos = disturb(darken(scenes), strong, torch.zeros(count, dtype=torch.bool), 0.03)
    return torch.cat([augment(batch.pixels, size, strong_share, batch.may_flip, batch.keep_colour, scenes), photos])
