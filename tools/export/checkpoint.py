"""Reads checkpoints: raw state dicts and the wrappers in which their authors publish them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import TensorProto, numpy_helper
from torch import Tensor


class CheckpointError(Exception):
    """What is wrong with a checkpoint, for people."""


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, object]]:
    """Returns the state dict (no `module.` prefix) and what else the file records.

    Knows raw state dicts, `{'state_dict': ...}` (NVIDIA's), `{'model': ...}` (DenseHybrid's and our trainer's), and
    the weights of a model.onnx that the exporter wrote.
    """
    if path.suffix == ".onnx":
        return _model_weights(path), {}
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such file") from None
    except Exception as error:  # torch raises a dozen kinds here
        raise CheckpointError(f"{path}: not a checkpoint that PyTorch can read safely: {error}") from error
    record: dict[str, object] = {}
    if isinstance(content, Mapping):
        for wrapper in ("state_dict", "model"):
            if isinstance(content.get(wrapper), Mapping):
                record = {key: value for key, value in content.items() if key != wrapper}
                content = content[wrapper]
                break
    if not isinstance(content, Mapping) or not all(isinstance(value, Tensor) for value in content.values()):
        raise CheckpointError(f"{path}: holds no state dict (a mapping of names to tensors)")
    return {key.removeprefix("module."): value for key, value in content.items()}, record


def _model_weights(path: Path) -> dict[str, Tensor]:
    """The initialisers of a model that carry the state dict's names. Slopes go back to one dimension."""
    try:
        model = onnx.load(path)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such file") from None
    except DecodeError as error:
        raise CheckpointError(f"{path}: not an ONNX model: {error}") from error
    state = {}
    for tensor in model.graph.initializer:
        is_added = "/" in tensor.name  # by the graph builder: sizes and scales
        if tensor.data_type in (TensorProto.FLOAT, TensorProto.FLOAT16) and not is_added:
            array = numpy_helper.to_array(tensor).astype(np.float32)
            state[tensor.name] = torch.from_numpy(array.reshape(-1) if array.ndim == 3 else array)
    return state


def plain_entries(record: Mapping[str, object]) -> dict[str, object]:
    """The entries of a checkpoint's record that YAML can hold (recipe, steps, digests), without optimiser states."""
    return {str(key): _plain(value) for key, value in record.items() if _is_plain(value)}


def _is_plain(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_plain, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value
