"""Write the averaged weights as ONNX (float32, and weight-only int8) with the Hugging Face configuration files."""

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

import bpe
from augment import MEAN, STD
from config import CONTEXT_LENGTH, IMAGE_SIZE, Training
from model import TinyClip

OPSET = 14
SMALLEST_QUANTISED = 2048
"""Tensors with fewer elements (biases, norms) stay float32."""


def load_average(work: Path, settings: Training, name: str, folder: Path) -> TinyClip:
    """The averaged network of a checkpoint, in evaluation mode."""
    state = torch.load(work / f"{name}.pt", map_location="cpu")["average"]
    vocabulary = len(bpe.load(folder).vocabulary)
    model = TinyClip(settings.model, vocabulary, len(state["prototypes"]))
    model.load_state_dict(state)
    return model.eval()


def export_float(model: TinyClip, folder: Path) -> None:
    """onnx/text_model.onnx and onnx/vision_model.onnx."""
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    ids = torch.ones(2, 7, dtype=torch.long)
    torch.onnx.export(
        model.text.eval(), (ids, torch.ones_like(ids)), str(folder / "onnx/text_model.onnx"), opset_version=OPSET,
        input_names=["input_ids", "attention_mask"], output_names=["text_embeds"],
        dynamic_axes={"input_ids": {0: "batch", 1: "sequence"}, "attention_mask": {0: "batch", 1: "sequence"},
                      "text_embeds": {0: "batch"}},
    )
    names = ["image_embeds", "last_hidden_state", "patch_embeds"]
    torch.onnx.export(
        model.vision.eval(), (torch.zeros(2, 3, IMAGE_SIZE, IMAGE_SIZE),), str(folder / "onnx/vision_model.onnx"),
        opset_version=OPSET, input_names=["pixel_values"], output_names=names,
        dynamic_axes={name: {0: "batch"} for name in ["pixel_values", *names]},
    )
    model.eval()


def quantise(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric int8 along an axis: (integers, one scale a slice)."""
    others = tuple(a for a in range(values.ndim) if a != axis)
    scales = np.maximum(np.abs(values).max(axis=others), 1e-8) / 127
    shape = [-1 if a == axis else 1 for a in range(values.ndim)]
    return np.clip(np.round(values / scales.reshape(shape)), -127, 127).astype(np.int8), scales.astype(np.float32)


def quantise_graph(source: Path, target: Path) -> None:
    """Store weights of Conv, MatMul, Gemm and Gather as int8 with a DequantizeLinear in front (Gather: behind it)."""
    model = onnx.load(str(source))
    graph = model.graph
    weights = {t.name: t for t in graph.initializer}
    done: dict[str, str] = {}
    nodes = []
    for node in graph.node:
        position = {"Conv": 1, "MatMul": 1, "Gemm": 1, "Gather": 0}.get(node.op_type)
        name = node.input[position] if position is not None else ""
        if name not in weights or np.prod(weights[name].dims) < SMALLEST_QUANTISED:
            nodes.append(node)
            continue
        transposed = any(a.name == "transB" and a.i for a in node.attribute)
        axis = 0 if node.op_type == "Conv" or transposed else 1
        if name not in done:
            integers, scales = quantise(numpy_helper.to_array(weights[name]), axis)
            graph.initializer.remove(weights[name])
            graph.initializer.extend([
                numpy_helper.from_array(integers, f"{name}.int8"), numpy_helper.from_array(scales, f"{name}.scale"),
                helper.make_tensor(f"{name}.zero", TensorProto.INT8, scales.shape, np.zeros(len(scales), np.int8)),
            ])
            done[name] = f"{name}.float"
            if node.op_type != "Gather":
                inputs = [f"{name}.int8", f"{name}.scale", f"{name}.zero"]
                nodes.append(helper.make_node("DequantizeLinear", inputs, [done[name]], axis=axis))
        if node.op_type == "Gather":
            output = node.output[0]
            node.input[0], node.output[0] = f"{name}.int8", f"{output}.int8"
            inputs = [f"{output}.int8", f"{name}.scale", f"{name}.zero"]
            nodes.extend([node, helper.make_node("DequantizeLinear", inputs, [output], axis=2)])
        else:
            node.input[position] = done[name]
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def write_configuration(model: TinyClip, settings: Training, folder: Path) -> None:
    """config.json and preprocessor_config.json."""
    shape, tokenizer = settings.model, bpe.load(folder)
    config = {
        "architectures": ["CLIPModel"],
        "model_type": "clip",
        "projection_dim": shape.embedding_dim,
        "logit_scale_init_value": round(model.log_scale.item(), 4),
        "text_config": {
            "model_type": "clip_text_model", "vocab_size": len(tokenizer.vocabulary), "hidden_size": shape.text_width,
            "intermediate_size": 4 * shape.text_width, "num_hidden_layers": shape.text_layers,
            "num_attention_heads": shape.text_heads, "max_position_embeddings": CONTEXT_LENGTH, "hidden_act": "gelu",
            "projection_dim": shape.embedding_dim, "bos_token_id": tokenizer.start, "eos_token_id": tokenizer.end,
            "pad_token_id": tokenizer.end,
        },
        "vision_config": {
            "model_type": "clip_vision_model", "image_size": IMAGE_SIZE, "patch_size": shape.patch, "num_channels": 3,
            "hidden_size": shape.vision_width, "intermediate_size": 4 * shape.vision_width,
            "num_hidden_layers": shape.vision_layers, "num_attention_heads": shape.vision_heads, "hidden_act": "gelu",
            "projection_dim": shape.embedding_dim,
        },
    }
    preprocessor = {
        "image_processor_type": "CLIPImageProcessor", "feature_extractor_type": "CLIPFeatureExtractor",
        "do_resize": True, "size": {"shortest_edge": IMAGE_SIZE}, "resample": 3,
        "do_center_crop": True, "crop_size": {"height": IMAGE_SIZE, "width": IMAGE_SIZE},
        "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": [MEAN] * 3, "image_std": [STD] * 3, "do_convert_rgb": True,
    }
    for file, content in (("config.json", config), ("preprocessor_config.json", preprocessor)):
        (folder / file).write_text(json.dumps(content, indent=2) + "\n")


def export(work: Path, settings: Training, name: str, folder: Path) -> None:
    """All files of the model folder from a checkpoint."""
    model = load_average(work, settings, name, folder)
    export_float(model, folder)
    for tower in ("text", "vision"):
        quantise_graph(folder / f"onnx/{tower}_model.onnx", folder / f"onnx/{tower}_model_quantized.onnx")
    write_configuration(model, settings, folder)
