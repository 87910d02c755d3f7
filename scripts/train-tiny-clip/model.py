"""The two towers. Written without torch.nn.Transformer so that the exported graphs stay plain."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from config import CONTEXT_LENGTH, IMAGE_SIZE, Model


class Attention(nn.Module):
    """Multi-head self-attention; `mask` is added to the scores, shape [batch, 1, 1, tokens]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        scores = qkv[0] @ qkv[1].transpose(-2, -1) / math.sqrt(width // self.heads)
        if mask is not None:
            scores = scores + mask
        mixed = scores.softmax(-1) @ qkv[2]
        return self.out(mixed.transpose(1, 2).reshape(batch, tokens, width))


class DropBranch(nn.Module):
    """Leave a residual branch out for a share of the batch while training (stochastic depth); cheaper than dropout by element."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = (torch.rand(len(x), 1, 1) >= self.share).to(x.dtype) / (1 - self.share)
        return x * kept


class Block(nn.Module):
    """Pre-norm transformer layer whose residual branches are dropped now and then."""

    def __init__(self, width: int, heads: int, dropped: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.drop = DropBranch(dropped)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = x + self.drop(self.attention(self.norm1(x), mask))
        return x + self.drop(self.down(F.gelu(self.up(self.norm2(x)))))


class Convolution(nn.Sequential):
    """3×3 convolution, batch norm, ReLU."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        convolution = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(channels_out), nn.ReLU())


class Residual(nn.Module):
    """Two convolutions around a skip connection."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(Convolution(channels, channels, 1), Convolution(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


def resampled_positions(position: Tensor, side: int) -> Tensor:
    """A square grid of position embeddings [patches, width] at another side."""
    full = round(len(position) ** 0.5)
    grid = position.T.reshape(1, -1, full, full)
    return F.interpolate(grid, size=(side, side), mode="bilinear", align_corners=False)[0].flatten(1).T


class VisionTower(nn.Module):
    """Convolution stem to one vector a 16×16 patch, transformer layers, projection of every patch; their mean is the image."""

    def __init__(self, shape: Model) -> None:
        super().__init__()
        c1, c2, c3, c4 = shape.stem_channels
        third, fourth = shape.residual_blocks
        self.stem = nn.Sequential(
            Convolution(3, c1, 2), Convolution(c1, c2, 2),
            Convolution(c2, c3, 2), nn.Sequential(*(Residual(c3) for _ in range(third))),
            Convolution(c3, c4, 2), nn.Sequential(*(Residual(c4) for _ in range(fourth))),
        )
        width = shape.vision_width
        self.embed = nn.Conv2d(c4, width, 1)
        self.position = nn.Parameter(torch.randn((IMAGE_SIZE // shape.patch) ** 2, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, shape.vision_heads, 0.1) for _ in range(shape.vision_layers))
        self.norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, shape.embedding_dim, bias=False)

    def positions(self, side: int) -> Tensor:
        """Position embeddings, resampled when training runs on smaller pictures."""
        return self.position if side * side == len(self.position) else resampled_positions(self.position, side)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[batch, 3, S, S] -> image_embeds [batch, dim], last_hidden_state [batch, patches, width], patch_embeds [batch, patches, dim]."""
        features = self.embed(self.stem(pixels))
        x = features.flatten(2).transpose(1, 2) + self.positions(features.shape[-1])
        for block in self.blocks:
            x = block(x)
        patches = self.project(self.norm(x))
        return patches.mean(1), x, patches


class TextTower(nn.Module):
    """Token and position embeddings, transformer layers over the real tokens, mean of the real tokens, projection."""

    def __init__(self, shape: Model, vocabulary_size: int) -> None:
        super().__init__()
        width = shape.text_width
        self.token = nn.Embedding(vocabulary_size, width)
        self.position = nn.Parameter(torch.randn(CONTEXT_LENGTH, width) * 0.01)
        self.blocks = nn.ModuleList(Block(width, shape.text_heads, 0.1) for _ in range(shape.text_layers))
        self.norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, shape.embedding_dim, bias=False)
        nn.init.normal_(self.token.weight, std=0.02)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """[batch, tokens] ids and mask -> text_embeds [batch, dim]; padded tokens have no influence."""
        real = attention_mask.to(self.token.weight.dtype)
        x = self.token(input_ids) + self.position[: input_ids.shape[1]]
        mask = (1 - real)[:, None, None, :] * -1e4
        for block in self.blocks:
            x = block(x, mask)
        weights = real.unsqueeze(-1)
        mean = (self.norm(x) * weights).sum(1) / weights.sum(1)
        return self.project(mean)


class TinyClip(nn.Module):
    """Both towers, the temperatures, and one prototype a training concept (used in training only)."""

    def __init__(self, shape: Model, vocabulary_size: int, concepts: int) -> None:
        super().__init__()
        self.vision = VisionTower(shape)
        self.text = TextTower(shape, vocabulary_size)
        self.prototypes = nn.Parameter(torch.randn(concepts, shape.embedding_dim) * 0.05)
        self.log_scale = nn.Parameter(torch.tensor(math.log(14.0)))
        self.log_prototype_scale = nn.Parameter(torch.tensor(math.log(14.0)))
        self.log_dictionary_scale = nn.Parameter(torch.tensor(math.log(14.0)))
        self.log_teacher_scale = nn.Parameter(torch.tensor(math.log(8.0)))

    def images(self, pixels: Tensor) -> Tensor:
        """Unit image embeddings."""
        return F.normalize(self.vision(pixels)[0].float(), dim=-1)

    def texts(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Unit text embeddings."""
        return F.normalize(self.text(input_ids, attention_mask).float(), dim=-1)
