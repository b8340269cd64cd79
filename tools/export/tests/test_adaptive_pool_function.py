"""The model-local function equals PyTorch's adaptive pooling wherever it may run."""

import numpy as np
import onnx
import onnx.inliner
import onnx.reference
import pytest
import torch
from onnx import TensorProto, helper

from tools.export.adaptive_pool_function import DOMAIN, DOMAIN_VERSION, NAME, adaptive_average_pool_function
from tools.networks.adaptive_pool import adaptive_average_pool

from .running import session

SIZES = [
    ((1, 1), (1, 1)), ((2, 3), (1, 2)), ((5, 5), (8, 16)), ((7, 64), (5, 7)), ((12, 39), (8, 26)), ((12, 39), (4, 13)),
    ((23, 40), (8, 14)), ((32, 64), (8, 16)), ((48, 96), (32, 64)), ((33, 95), (22, 63)), ((128, 256), (13, 26)),
    ((5, 7), (1, 1)), ((3, 2), (5, 5)),
]


def function_model(opset: int) -> onnx.ModelProto:
    """y = AdaptiveAveragePool(x, output_size) with everything symbolic."""
    node = helper.make_node(NAME, ["x", "output_size"], ["y"], domain=DOMAIN)
    graph = helper.make_graph(
        [node], "pool",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", "c", "h", "w"]),
         helper.make_tensor_value_info("output_size", TensorProto.INT64, [2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", "c", "g", "k"])])
    model = helper.make_model(
        graph, functions=[adaptive_average_pool_function(opset)], ir_version=8,
        opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid(DOMAIN, DOMAIN_VERSION)])
    onnx.checker.check_model(model, full_check=True)
    return model


def inputs(size: tuple[int, int], cells: tuple[int, int]) -> dict[str, np.ndarray]:
    generator = np.random.Generator(np.random.PCG64(size[0] * 1000 + size[1]))
    x = generator.normal(0, 1, (1, 3, *size)).astype(np.float32)
    return {"x": x, "output_size": np.array(cells, dtype=np.int64)}


def expected(feed: dict[str, np.ndarray]) -> np.ndarray:
    return adaptive_average_pool(torch.from_numpy(feed["x"]), tuple(feed["output_size"].tolist())).numpy()


@pytest.mark.parametrize("opset", [13, 14, 18, 21, 24])
def test_function_and_inlined_in_onnxruntime(opset):
    model = function_model(opset)
    inlined = onnx.inliner.inline_local_functions(model)
    assert not inlined.functions
    assert all(node.domain == "" for node in inlined.graph.node)
    for runner in (session(model.SerializeToString()), session(inlined.SerializeToString())):
        for size, cells in SIZES:
            feed = inputs(size, cells)
            np.testing.assert_allclose(runner.run(None, feed)[0], expected(feed), rtol=1e-5, atol=1e-6)


def test_function_in_the_reference_runtime():
    runner = onnx.reference.ReferenceEvaluator(function_model(18))
    for size, cells in SIZES[:8]:
        feed = inputs(size, cells)
        np.testing.assert_allclose(runner.run(None, feed)[0], expected(feed), rtol=1e-5, atol=1e-6)


def test_every_small_window():
    """All extents up to 12 into all cell counts up to 15, on both axes."""
    runner = session(function_model(18).SerializeToString())
    for extent in range(1, 13):
        for cells in range(1, 16):
            feed = inputs((extent, 13 - extent), (cells, 16 - cells))
            np.testing.assert_allclose(runner.run(None, feed)[0], expected(feed), rtol=1e-5, atol=1e-6)
