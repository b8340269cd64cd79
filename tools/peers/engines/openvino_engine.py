"""OpenVINO on the CPU, for the least latency: one stream, one request, whole graph including what surrounds the network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from ..candidates import LITERAL, MAP, Candidate
from ..networks import Network, Size


def version() -> str:
    return f"OpenVINO {ov.__version__.split('-')[0]}"


def load(candidate: Candidate, network: Network, size: Size, path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Compiles the model; the result runs one frame and returns the map (or the class logits)."""
    core = ov.Core()
    model = core.read_model(path)
    if candidate.job == MAP:
        model = (with_literal_tail if candidate.tail == LITERAL else with_tail)(model, network, size)
        model = with_pixels(model, network)
    compiled = core.compile_model(model, "CPU", settings(candidate))
    request = compiled.create_infer_request()

    def run(image: np.ndarray) -> np.ndarray:
        # Shared: the picture is read and the result returned without a copy.
        result = request.infer([image[None] if candidate.job == MAP else image], share_inputs=True, share_outputs=True)
        return result[0]

    return run


def settings(candidate: Candidate) -> dict[str, object]:
    """What OpenVINO's documentation advises for latency on two cores."""
    return {
        "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": candidate.threads,
        "ENABLE_CPU_PINNING": candidate.pinning,
        "INFERENCE_PRECISION_HINT": "bf16" if candidate.precision.endswith("bf16") else "f32",
    }


def with_tail(model: ov.Model, network: Network, size: Size) -> ov.Model:
    """Adds upsampling, argmax, the DenseHybrid score, threshold and fusion. As cheap as exactness allows: the two outlier
    logits enter by their difference, one interpolation serves all channels, and exponents need no shift."""
    logits, outlier = (model.output(name).get_node().input_value(0) for name in ("logits", "outlier_logits"))
    classes = network.class_count

    def channels(x: ov.Output, first: int, last: int) -> ov.Node:
        return ops.slice(x, [first], [last], [1], [1])

    known = channels(logits, 0, classes)
    margin = ops.subtract(channels(outlier, 0, 1), channels(outlier, 1, 2))
    full = ops.interpolate(
        ops.concat([known, margin], 1), np.array([size.height, size.width], np.int64), mode="linear_onnx",
        shape_calculation_mode="sizes", axes=[2, 3],
        coordinate_transformation_mode="align_corners" if network.align_corners else "half_pixel")
    known, margin = channels(full.output(0), 0, classes), channels(full.output(0), classes, classes + 1)
    label = ops.topk(known, 1, axis=1, mode="max", sort="none", index_element_type="i32").output(1)
    evidence = ops.log(ops.reduce_sum(ops.exp(known), [1], keep_dims=True))
    score = ops.subtract(ops.negative(ops.softplus(margin)), evidence)
    unknown = ops.greater(score, np.float32(network.decision_threshold))
    result = ops.convert(ops.select(unknown, np.int32(classes), label), "u8")
    return ov.Model([result.output(0)], model.get_parameters(), "open-set map")


def with_literal_tail(model: ov.Model, network: Network, size: Size) -> ov.Model:
    """The same map by the formulas as they read, one after the other, as a model is usually exported with them: both outputs
    upsampled, argmax, s = ln P(d_out|x) - LSE, threshold, fusion."""
    def upsampled(name: str) -> ov.Output:
        return ops.interpolate(
            model.output(name).get_node().input_value(0), np.array([size.height, size.width], np.int64),
            mode="linear_onnx", shape_calculation_mode="sizes", axes=[2, 3],
            coordinate_transformation_mode="align_corners" if network.align_corners else "half_pixel").output(0)

    logits, outlier = upsampled("logits"), upsampled("outlier_logits")
    classes = network.class_count
    known = ops.slice(logits, [0], [classes], [1], [1])
    label = ops.topk(known, 1, axis=1, mode="max", sort="none", index_element_type="i32").output(1)
    out = ops.slice(ops.log_softmax(outlier, axis=1), [1], [2], [1], [1])
    score = ops.subtract(out, ops.log(ops.reduce_sum(ops.exp(known), [1], keep_dims=True)))
    unknown = ops.greater(score, np.float32(network.decision_threshold))
    result = ops.convert(ops.select(unknown, np.int32(classes), label), "u8")
    return ov.Model([result.output(0)], model.get_parameters(), "open-set map")


def with_pixels(model: ov.Model, network: Network) -> ov.Model:
    """Takes RGB uint8 [1, H, W, 3] and normalises in the graph."""
    steps = ov.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).mean([255 * m for m in network.mean]).scale(
        [255 * s for s in network.std])
    return steps.build()
