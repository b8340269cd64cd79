"""ONNX Runtime's CPU provider: all graph optimisations, one session, threads that spin while they wait (its default)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from ..candidates import MAP, Candidate
from ..networks import Network, Size


def version() -> str:
    return f"ONNX Runtime {onnxruntime.__version__}"


def load(candidate: Candidate, network: Network, size: Size, path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Makes the session; the result runs one frame and returns the map (or the class logits)."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = candidate.threads
    # Denormals cost nothing then, as in the other engines.
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    model = onnx.load(path)
    if candidate.job == MAP:
        model = whole_job(model, network, size)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda image: session.run(None, {name: image[None] if candidate.job == MAP else image})[0]


def whole_job(model: onnx.ModelProto, network: Network, size: Size) -> onnx.ModelProto:
    """The same surroundings as OpenVINO gets: RGB uint8 [1, H, W, 3] in, open-set map out."""
    graph, classes = model.graph, network.class_count
    image = graph.input[0].name
    before: list[onnx.NodeProto] = []
    after: list[onnx.NodeProto] = []

    def constant(name: str, value: np.ndarray) -> str:
        graph.initializer.append(numpy_helper.from_array(value, "job_" + name))
        return "job_" + name

    def add(nodes: list[onnx.NodeProto], operator: str, inputs: list[str], output: str, **attributes: object) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], name="job_" + output, **attributes))
        return output

    def per_channel(name: str, values: list[float]) -> str:
        return constant(name, np.array(values, np.float32).reshape(1, 3, 1, 1))

    pixels = add(before, "Transpose", ["pixels"], "pixels_nchw", perm=[0, 3, 1, 2])
    floats = add(before, "Cast", [pixels], "pixels_float", to=TensorProto.FLOAT)
    scaled = add(before, "Mul", [floats, per_channel("scale", [1 / (255 * s) for s in network.std])], "pixels_scaled")
    offsets = [m / s for m, s in zip(network.mean, network.std, strict=True)]
    add(before, "Sub", [scaled, per_channel("offset", offsets)], image)

    def channels(x: str, first: int, last: int, output: str) -> str:
        ends = [constant(f"{output}_{part}", np.array([value], np.int64))
                for part, value in (("begin", first), ("end", last), ("axis", 1))]
        return add(after, "Slice", [x, *ends], output)

    margin = add(
        after, "Sub", [channels("outlier_logits", 0, 1, "inlier"), channels("outlier_logits", 1, 2, "outlier")],
        "margin_low")
    joined = add(after, "Concat", [channels("logits", 0, classes, "known_low"), margin], "joined", axis=1)
    extents = constant("extents", np.array([1, classes + 1, size.height, size.width], np.int64))
    add(after, "Resize", [joined, "", "", extents], "full", mode="linear",
        coordinate_transformation_mode="align_corners" if network.align_corners else "half_pixel")
    known, margin = channels("full", 0, classes, "known"), channels("full", classes, classes + 1, "margin")
    label = add(after, "ArgMax", [known], "label", axis=1, keepdims=1)
    axis = constant("channel_axis", np.array([1], np.int64))
    total = add(after, "ReduceSum", [add(after, "Exp", [known], "exponentials"), axis], "total", keepdims=1)
    posterior = add(after, "Softplus", [margin], "posterior")
    negative_score = add(after, "Add", [posterior, add(after, "Log", [total], "evidence")], "negative_score")
    limit = constant("limit", np.array(-network.decision_threshold, np.float32))
    unknown = add(after, "Less", [negative_score, limit], "unknown")
    chosen = add(after, "Where", [unknown, constant("k", np.array(classes, np.int64)), label], "chosen")
    add(after, "Cast", [chosen], "open_set", to=TensorProto.UINT8)

    nodes = [*before, *graph.node, *after]
    del graph.node[:], graph.input[:], graph.output[:]
    graph.node.extend(nodes)
    graph.input.append(
        helper.make_tensor_value_info("pixels", TensorProto.UINT8, [1, size.height, size.width, 3]))
    graph.output.append(
        helper.make_tensor_value_info("open_set", TensorProto.UINT8, [1, 1, size.height, size.width]))
    return model
