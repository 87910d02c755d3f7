"""Start training from exported graphs: the int8 weights are read back, and what the new network has more begins as (nearly) nothing."""

import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from model import Residual, TinyClip, resampled_positions

NEW_BLOCK_SCALE = 0.2
"""Last scale of an added residual block: its branch begins small, but not at nothing, where a ReLU would pass no gradient."""


def module_path(node_name: str) -> str:
    """`/stem/stem.3/body/body.0/body.0.0/Conv` -> `stem.3.body.0.0`: each segment repeats its parent where the parent is a list."""
    parts: list[str] = []
    for segment in node_name.strip("/").split("/")[:-1]:
        if parts and segment.startswith(parts[-1].split(" ")[-1] + "."):
            parts[-1] = segment
        else:
            parts.append(segment)
    return ".".join(parts)


def dequantised(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Every float32 initialiser of a graph by name; int8 ones are multiplied by their scales (axis as the exporter stored it)."""
    stored = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    values = {name: a for name, a in stored.items() if a.dtype == np.float32 and not name.endswith(".scale")}
    axes = {n.input[0]: n.attribute[0].i for n in graph.node if n.op_type == "DequantizeLinear"}
    for name, integers in stored.items():
        if not name.endswith(".int8"):
            continue
        scale, axis = stored[name[:-5] + ".scale"], axes.get(name, integers.ndim - 1)
        shape = [-1 if a == axis else 1 for a in range(integers.ndim)]
        values[name[:-5]] = integers.astype(np.float32) * scale.reshape(shape)
    return values


def read_tower(path: Path) -> dict[str, np.ndarray]:
    """Weights of an exported tower under the names of the network; a folded convolution gives `.weight` and `.bias`."""
    graph = onnx.load(str(path)).graph
    values = dequantised(graph)
    found = {name: a for name, a in values.items() if "::" not in name}
    for node in graph.node:
        source = node.input[1].removesuffix(".float") if len(node.input) > 1 else ""
        if source.startswith("onnx::") and source in values:
            name = module_path(node.name)
            found[f"{name}.weight"] = values[source].T if node.op_type == "MatMul" else values[source]
            if node.op_type == "Conv":
                found[f"{name}.bias"] = values[node.input[2]]
    return found


def placed(name: str, known: dict[str, Tensor]) -> str:
    """Name of a weight in the network: a single residual block of old is the first of its stage."""
    return name if name in known else name.replace(".body.", ".0.body.", 1)


@torch.no_grad()
def load_tower(tower: nn.Module, weights: dict[str, np.ndarray]) -> dict[str, Tensor]:
    """Copy what has a place of the same shape; returns the biases of folded convolutions by the name of the convolution."""
    known, folded = tower.state_dict(), {}
    for name, value in weights.items():
        target = placed(name, known)
        tensor = torch.tensor(value)
        if target in known and known[target].shape == tensor.shape:
            known[target].copy_(tensor)
        elif name.endswith(".bias"):
            folded[placed(name.replace(".bias", ".weight"), known).removesuffix(".weight")] = tensor
        elif target == "position":
            known[target].copy_(resampled_positions(tensor, round(len(known[target]) ** 0.5)))
        else:
            print(f"warm start: {name} {list(tensor.shape)} has no place", file=sys.stderr)
    return folded


@torch.no_grad()
def unfold(vision: nn.Module, folded: dict[str, Tensor], pixels: Tensor) -> None:
    """Give each batch norm the statistics that its convolution has on `pixels`, and the scale and bias that undo them.

    Exported convolutions hold their batch norm: y = w * x + b. With mean m and variance v of w * x, a batch norm of scale
    sqrt(v) and bias b + m is the same function, in training as in evaluation, and stays one that training can move.
    """
    modules = dict(vision.named_modules())
    for stage in modules.values():
        if isinstance(stage, Residual):
            stage.body[1][1].weight.fill_(NEW_BLOCK_SCALE)
    outputs: dict[str, Tensor] = {}
    for name, bias in folded.items():
        norm = modules[name.rsplit(".", 1)[0] + ".1"]
        hook = modules[name].register_forward_hook(lambda _m, _i, out, name=name: outputs.__setitem__(name, out))
        vision.eval()
        vision(pixels)
        hook.remove()
        out = outputs.pop(name)
        mean, variance = out.mean((0, 2, 3)), out.var((0, 2, 3))
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.copy_(bias + mean)


def warm_start(model: TinyClip, folder: Path, pixels: Tensor) -> None:
    """Weights of the model folder's int8 graphs into `model`. `pixels`: normalised pictures that the statistics are taken on."""
    unfold(model.vision, load_tower(model.vision, read_tower(folder / "onnx/vision_model_quantized.onnx")), pixels)
    load_tower(model.text, read_tower(folder / "onnx/text_model_quantized.onnx"))
