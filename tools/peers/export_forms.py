"""The forms in which a network reaches an engine. Weights are the same everywhere: those of the model's ONNX file."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnx.inliner
from onnx import helper

from .networks import Network, Size

POOL = "AdaptiveAveragePool"


def with_matmul_pooling(network: Network, size: Size, path: Path) -> None:
    """The model as it is, functions inlined: adaptive pooling is two matrix products with constant matrices."""
    onnx.save(_folded(_fixed(network, size)), path)


def with_average_pool(network: Network, size: Size, path: Path) -> None:
    """Adaptive pooling as AveragePool wherever its windows are all alike and do not overlap; else as `matmul`."""
    model = _fixed(network, size)
    nodes = [node for node in model.graph.node if node.op_type == POOL]
    extents = _shapes(model, [name for node in nodes for name in (node.input[0], node.output[0])])
    for node in nodes:
        rows, columns = extents[node.input[0]][2:]
        grid = extents[node.output[0]][2:]
        if rows % grid[0] or columns % grid[1]:
            continue
        window = [rows // grid[0], columns // grid[1]]
        pool = helper.make_node(
            "AveragePool", [node.input[0]], list(node.output), name=node.name, kernel_shape=window, strides=window)
        node.CopyFrom(pool)
    onnx.save(_folded(model), path)


def from_dynamo(network: Network, size: Size, path: Path) -> None:
    """PyTorch's own exporter of today."""
    import torch

    with warnings.catch_warnings(), contextlib.redirect_stdout(None):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            torch_network(network), (torch.zeros(1, 3, size.height, size.width),), path, dynamo=True,
            input_names=["image"], output_names=["logits", "outlier_logits"], external_data=False)


def from_torch(network: Network, size: Size, path: Path) -> None:
    """OpenVINO's PyTorch front end."""
    import openvino as ov
    import torch

    model = ov.convert_model(
        torch_network(network), example_input=torch.zeros(1, 3, size.height, size.width),
        input=[1, 3, size.height, size.width])
    model.inputs[0].get_tensor().set_names({"image"})
    for output, name in zip(model.outputs, ("logits", "outlier_logits"), strict=True):
        output.get_tensor().set_names({name})
    ov.save_model(model, path, compress_to_fp16=False)


def to_ncnn(network: Network, size: Size, path: Path) -> None:
    """pnnx writes ncnn's .param and .bin from a traced module, and much else that goes with the folder it is in."""
    import shutil
    import tempfile

    import pnnx
    import torch

    module, image = torch_network(network), torch.zeros(1, 3, size.height, size.width)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, contextlib.chdir(folder):
        pnnx.export(module, "traced.pt", image, ncnnparam="out.param", ncnnbin="out.bin", fp16=False)
        shutil.move("out.param", path)
        shutil.move("out.bin", path.with_suffix(".bin"))


def torch_network(network: Network):  # noqa: ANN201: torch is imported late
    """The PyTorch module with the weights of the model's ONNX file; returns logits and outlier logits."""
    import torch

    from tools.export.checkpoint import read_checkpoint
    from tools.export.recipes import RECIPES
    from tools.networks import ladder_densenet

    grid = ladder_densenet.pyramid_grid
    # Tracers hand out extents as tensors, which Python's round() does not take; here every extent is fixed.
    ladder_densenet.pyramid_grid = lambda *extents: grid(*map(int, extents))

    recipe = RECIPES[network.name]()
    module = recipe.from_state(read_checkpoint(network.onnx)[0]).eval()

    class LogitsOnly(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            outputs = recipe.outputs(self.module, image)
            return outputs.logits, outputs.outlier_logits

    return LogitsOnly().eval()


def _fixed(network: Network, size: Size) -> onnx.ModelProto:
    model = onnx.load(network.onnx)
    dimensions = model.graph.input[0].type.tensor_type.shape.dim
    for dimension, extent in zip(dimensions, (1, 3, size.height, size.width), strict=True):
        dimension.dim_value = extent
    return model


def _shapes(model: onnx.ModelProto, names: list[str]) -> dict[str, tuple[int, ...]]:
    """Extents of tensors, by running the model once: they depend on integers that the graph computes."""
    import onnxruntime

    probed = onnx.ModelProto()
    probed.CopyFrom(model)
    present = {output.name for output in probed.graph.output}
    for name in dict.fromkeys(names):
        if name not in present:
            probed.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(probed.SerializeToString(), providers=["CPUExecutionProvider"])
    extents = [dimension.dim_value for dimension in model.graph.input[0].type.tensor_type.shape.dim]
    results = session.run(list(dict.fromkeys(names)), {"image": np.zeros(extents, np.float32)})
    return {name: result.shape for name, result in zip(dict.fromkeys(names), results, strict=True)}


def _folded(model: onnx.ModelProto) -> onnx.ModelProto:
    """Functions inlined and everything that is constant computed, so that no engine meets shape arithmetic."""
    import tempfile

    import onnxruntime

    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    inlined = onnx.inliner.inline_local_functions(model)
    options = onnxruntime.SessionOptions()
    # The basic level folds constants and keeps standard operators only.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        options.optimized_model_filepath = file.name
        onnxruntime.InferenceSession(inlined.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return onnx.load(file.name)
