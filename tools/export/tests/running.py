"""Runs an exported model in onnxruntime and compares it with PyTorch."""

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from tools.export.graph_builder import DEFAULT_OPSET
from tools.export.model_folder import model_bytes
from tools.export.picture import normalised, street_picture
from tools.export.recipes import Recipe

# Of the reference's deviation. The float32 noise of these networks is about 1e-5, see golden.json.
TOLERANCE = 1e-4


def session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options)


def exported(
    recipe: Recipe, network: nn.Module, opset: int = DEFAULT_OPSET, half_weights: bool = False
) -> onnx.ModelProto:
    return onnx.ModelProto.FromString(model_bytes(recipe, network, opset, half_weights)[0])


def image(recipe: Recipe, height: int, width: int, seed: int = 5) -> np.ndarray:
    return normalised(street_picture(height, width, seed), recipe.mean, recipe.std)


def largest_difference(
    model: bytes, recipe: Recipe, network: nn.Module, sizes: list[tuple[int, int]]
) -> float:
    """The largest difference of any output at any size, over the deviation of PyTorch's."""
    runner = session(model)
    names = [output.name for output in runner.get_outputs()]
    worst = 0.0
    for height, width in sizes:
        picture = image(recipe, height, width)
        with torch.inference_mode():
            expected = recipe.outputs(network, torch.from_numpy(picture))._asdict()
        for name, value in zip(names, runner.run(None, {"image": picture}), strict=True):
            reference = expected[name].numpy()
            assert value.shape == reference.shape, (name, height, width)
            worst = max(worst, float(np.abs(value - reference).max() / reference.std()))
    return worst
