"""Writes a model folder: model.onnx and the model.yaml that tells how to feed it and read it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from torch import nn

from . import cityscapes
from .atomic import write_file
from .graph_builder import DEFAULT_OPSET, GraphBuilder
from .recipes import Recipe

FORMAT = 1


@dataclass(frozen=True)
class Card:
    """What model.yaml says beyond the network's own facts."""

    classes: Sequence[tuple[str, tuple[int, int, int]]] = cityscapes.CLASSES
    unknown: tuple[str, tuple[int, int, int]] = cityscapes.UNKNOWN
    # The channel of `logits` that stands for an outlier (void) class; none of `classes`.
    outlier_output: int | None = None
    provenance: Mapping[str, object] = field(default_factory=dict)
    licence: Mapping[str, object] = field(default_factory=dict)


def write_model(
    folder: Path, recipe: Recipe, network: nn.Module, card: Card, opset: int = DEFAULT_OPSET,
    half_weights: bool = False,
) -> str:
    """Exports `network` into `folder`, the card last; returns the SHA-256 of model.onnx."""
    content, tensors, outputs = model_bytes(recipe, network, opset, half_weights)
    known = outputs - len(recipe.drop_outputs)
    if card.outlier_output is not None:
        if not 0 <= card.outlier_output < outputs:
            raise ValueError(f"--outlier-output {card.outlier_output}: the network has the outputs 0 to {outputs - 1}")
        if card.outlier_output in recipe.drop_outputs:
            raise ValueError(f"--outlier-output {card.outlier_output}: {recipe.name} drops this output")
        known -= 1
    if len(card.classes) != known:
        raise ValueError(f"the network tells {known} classes apart but {len(card.classes)} are named; see --classes")
    digest = hashlib.sha256(content).hexdigest()
    write_file(folder / "model.onnx", content)
    write_file(folder / "model.yaml", card_text(recipe, card, tensors, digest).encode())
    return digest


def model_bytes(
    recipe: Recipe, network: nn.Module, opset: int = DEFAULT_OPSET, half_weights: bool = False
) -> tuple[bytes, dict[str, str], int]:
    """The serialised model, the names of its tensors by role, and the number of its class outputs."""
    graph = GraphBuilder(network.state_dict(), opset, half_weights)
    pre_logits, logits, outlier_logits = recipe.graph(graph)
    tensors = {"pre_logits": pre_logits, "logits": logits}
    if outlier_logits is not None:
        tensors["outlier_logits"] = outlier_logits
    outputs = [name for role, name in tensors.items() if role != "pre_logits"]
    model = graph.model(recipe.name, outputs, f"{recipe.name}: see model.yaml")
    return model.SerializeToString(deterministic=True), tensors, graph.channels[logits]


def card_text(recipe: Recipe, card: Card, tensors: Mapping[str, str], digest: str) -> str:
    """model.yaml."""
    content = {
        "format": FORMAT,
        "name": recipe.name,
        "model": "model.onnx",
        "model_sha256": digest,
        "input": {
            "name": "image",
            "size": list(recipe.size),
            "size_multiple": recipe.size_multiple,
            "channel_order": "rgb",
            "value_range": [0, 1],
            "mean": list(recipe.mean),
            "std": list(recipe.std),
        },
        "tensors": dict(tensors),
        "drop_outputs": list(recipe.drop_outputs),
        **({} if card.outlier_output is None else {"outlier_output": card.outlier_output}),
        "upsampling": {"align_corners": recipe.align_corners},
        "classes": [{"name": name, "color": list(colour)} for name, colour in card.classes],
        "unknown": {"name": card.unknown[0], "color": list(card.unknown[1])},
        "provenance": dict(card.provenance),
        "licence": dict(card.licence),
    }
    return yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120, allow_unicode=True)
