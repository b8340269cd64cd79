"""Writes the cases that the reference evaluator is tested against, from PyTorch, NumPy and ONNX's reference runtime.

    python tools/graph_goldens/generate.py Tests/ModelGraphTests/Fixtures/reference-cases.json

Every case has the operation as the Swift test reads it, small seeded inputs, and the outputs of the other implementation.
"""

import argparse
import itertools
import json
import pathlib

import numpy as np
import onnx
import torch
import torch.nn.functional as functional
from onnx.reference import ReferenceEvaluator

random = np.random.default_rng(20220)
cases: list[dict] = []


def tensor(values: np.ndarray | None) -> dict | None:
    if values is None:
        return None
    values = np.asarray(values)
    data = values.reshape(-1)
    if values.dtype == bool:
        data = data.astype(np.uint8)
    # Nine digits tell every float32 from its neighbours.
    numbers = [float(f"{v:.9g}") for v in data] if values.dtype == np.float32 else data.tolist()
    return {"type": str(values.dtype), "shape": list(values.shape), "data": numbers}


def add(name: str, operation: str, inputs: list, outputs: list, **attributes) -> None:
    cases.append(
        {
            "name": name,
            "operation": operation,
            "attributes": attributes,
            "inputs": [tensor(value) for value in inputs],
            "outputs": [tensor(value) for value in outputs],
        }
    )


def floats(*shape: int) -> np.ndarray:
    # Three decimals keep the file small; they are exact enough as inputs because both sides read the same numbers.
    return np.round(random.standard_normal(shape), 3).astype(np.float32)


def convolutions() -> None:
    for rank, extents, kernel, stride, pad, dilation, groups in [
        (1, (11,), (3,), (2,), (1,), (2,), 1),
        (2, (7, 9), (3, 3), (1, 1), (1, 1), (1, 1), 1),
        (2, (8, 7), (3, 2), (2, 3), (2, 0), (2, 1), 2),
        (2, (6, 5), (1, 1), (2, 2), (0, 0), (1, 1), 1),
        (2, (9, 8), (5, 5), (1, 2), (4, 4), (2, 2), 4),
        (3, (4, 5, 6), (2, 3, 1), (1, 2, 1), (1, 1, 0), (1, 1, 1), 1),
    ]:
        x, w, b = floats(2, 4, *extents), floats(8, 4 // groups, *kernel), floats(8)
        run = [functional.conv1d, functional.conv2d, functional.conv3d][rank - 1]
        y = run(*(torch.from_numpy(t).double() for t in (x, w, b)), stride, pad, dilation, groups).numpy()
        add(
            f"conv{rank}d kernel {kernel} stride {stride} pad {pad} dilation {dilation} groups {groups}",
            "convolution", [x, w, b], [y.astype(np.float32)],
            strides=stride, pads=pad, dilations=dilation, groups=groups,
        )


def pools() -> None:
    for ceil, (extents, kernel, stride, pad, dilation) in itertools.product(
        [False, True],
        [
            ((7, 8), (3, 3), (2, 2), (1, 1), (1, 1)),
            ((10, 9), (2, 3), (3, 2), (1, 0), (2, 1)),
            ((5, 6), (2, 2), (2, 2), (0, 0), (1, 1)),
        ],
    ):
        x = floats(1, 2, *extents)
        y, indices = functional.max_pool2d(
            torch.from_numpy(x), kernel, stride, pad, dilation, ceil_mode=ceil, return_indices=True)
        # ONNX counts through the whole tensor, PyTorch within a plane.
        planes = np.arange(2).reshape(1, 2, 1, 1) * extents[0] * extents[1]
        add(
            f"max pool kernel {kernel} stride {stride} pad {pad} dilation {dilation} ceil {ceil}",
            "maxPool", [x], [y.numpy(), indices.numpy() + planes],
            kernel=kernel, strides=stride, pads=pad, dilations=dilation, ceil=ceil,
        )
        if dilation != (1, 1):
            continue
        for include in [False, True]:
            y = functional.avg_pool2d(torch.from_numpy(x).double(), kernel, stride, pad, ceil, include)
            add(
                f"average pool kernel {kernel} stride {stride} pad {pad} ceil {ceil} include {include}",
                "averagePool", [x], [y.numpy().astype(np.float32)],
                kernel=kernel, strides=stride, pads=pad, dilations=dilation, ceil=ceil, include=include,
            )
    for extents, grid in [((7, 10), (3, 4)), ((8, 8), (2, 2)), ((5, 6), (1, 1)), ((3, 4), (5, 7))]:
        x = floats(1, 3, *extents)
        y = functional.adaptive_avg_pool2d(torch.from_numpy(x).double(), grid).numpy()
        add(
            f"adaptive average pool {extents} to {grid}", "adaptiveAveragePool", [x, np.array(grid, np.int64)],
            [y.astype(np.float32)],
        )


def torch_resizes() -> None:
    for size, (mode, align, antialias) in itertools.product(
        [(9, 13), (4, 3), (14, 10)],
        [("bilinear", False, False), ("bilinear", True, False), ("bicubic", False, False), ("bicubic", True, False),
         ("bilinear", False, True), ("bicubic", False, True), ("nearest", None, False)],
    ):
        x = floats(1, 2, 7, 5)
        y = functional.interpolate(
            torch.from_numpy(x).double(), size=size, mode=mode, align_corners=align, antialias=antialias).numpy()
        attributes = {"mode": {"bilinear": "linear", "bicubic": "cubic", "nearest": "nearest"}[mode]}
        attributes["coordinates"] = (
            "asymmetric" if mode == "nearest" else "align_corners" if align else "half_pixel")
        if mode == "nearest":
            attributes["nearest"] = "floor"
        if antialias:
            # PyTorch drops the taps outside the picture; its antialiased cubic uses another coefficient.
            attributes |= {"antialias": True, "exclude": True, "cubic": -0.5}
        add(
            f"interpolate to {size} {attributes}", "resize", [x, None, None, np.array([1, 2, *size], np.int64)],
            [y.astype(np.float32)], **attributes,
        )


def onnx_resizes() -> None:
    def run(name: str, x, roi, scales, sizes, **attributes) -> None:
        optional = [(n, v) for n, v in zip(["roi", "scales", "sizes"], [roi, scales, sizes])]
        names = ["x"] + [n if v is not None else "" for n, v in optional]
        node = onnx.helper.make_node("Resize", names, ["y"], **attributes)
        graph = onnx.helper.make_graph(
            [node], "resize",
            [onnx.helper.make_tensor_value_info(n, onnx.helper.np_dtype_to_tensor_dtype(v.dtype), v.shape)
             for n, v in [("x", x), *optional] if v is not None],
            [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)])
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 19)])
        feeds = {n: v for n, v in [("x", x), *optional] if v is not None}
        (y,) = ReferenceEvaluator(model).run(None, feeds)
        renamed = {
            "mode": "mode", "coordinate_transformation_mode": "coordinates", "nearest_mode": "nearest",
            "antialias": "antialias", "exclude_outside": "exclude", "cubic_coeff_a": "cubic", "axes": "axes",
            "extrapolation_value": "extrapolation", "keep_aspect_ratio_policy": "policy",
        }
        flags = ["antialias", "exclude_outside"]
        settings = {renamed[k]: bool(v) if k in flags else v for k, v in attributes.items()}
        add(f"onnx resize {name} {settings}", "resize", [x, roi, scales, sizes], [y], **settings)

    modes = [
        "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
    ]
    factors = [np.array([1.7, 0.6], np.float32), np.array([0.3, 2.5], np.float32)]
    for mode, coordinates, scales in itertools.product(["linear", "cubic", "nearest"], modes, factors):
        run("by scales", floats(5, 6), None, scales, None, mode=mode, coordinate_transformation_mode=coordinates)
    for rounding, coordinates in itertools.product(
        ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"], ["half_pixel", "asymmetric", "align_corners"]
    ):
        run(
            "rounding", floats(4, 6), None, None, np.array([7, 4], np.int64), mode="nearest", nearest_mode=rounding,
            coordinate_transformation_mode=coordinates)
    for mode, exclude, antialias in itertools.product(["linear", "cubic"], [0, 1], [0, 1]):
        run(
            "outside", floats(6, 8), None, np.array([0.55, 1.4], np.float32), None, mode=mode, antialias=antialias,
            exclude_outside=exclude, cubic_coeff_a=-0.6)
    for mode in ["linear", "nearest", "cubic"]:
        run(
            "crop", floats(6, 8), np.array([0.21, -0.27, 0.9, 1.13], np.float32), None, np.array([5, 6], np.int64),
            mode=mode, coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=7.5)
    for policy, axes in itertools.product(["not_larger", "not_smaller"], [[2, 3], [3, 2]]):
        run(
            "policy", floats(1, 1, 4, 6), None, None, np.array([7, 8], np.int64), mode="linear", axes=axes,
            keep_aspect_ratio_policy=policy)


def matrices() -> None:
    for left, right in [((3,), (3,)), ((2, 3), (3,)), ((3,), (4, 3, 2)), ((2, 1, 3, 4), (5, 4, 2)), ((1, 2, 3), (4, 3, 1))]:
        a, b = floats(*left), floats(*right)
        product = np.matmul(a.astype(np.float64), b.astype(np.float64)).astype(np.float32)
        add(f"matmul {left} by {right}", "matMul", [a, b], [product])
    x = floats(3, 4, 5) * 40
    for axis, logarithm in itertools.product([0, 1, -1], [False, True]):
        run = torch.log_softmax if logarithm else torch.softmax
        y = run(torch.from_numpy(x).double(), axis).numpy().astype(np.float32)
        add(f"softmax axis {axis} logarithm {logarithm}", "softmax", [x], [y], axis=axis, logarithm=logarithm)
    x, scale, bias, mean = floats(2, 3, 4, 2), floats(3), floats(3), floats(3)
    variance = np.abs(floats(3)) + np.float32(0.1)
    y = functional.batch_norm(*(torch.from_numpy(t).double() for t in (x, mean, variance, scale, bias)), eps=1e-3)
    add(
        "batch normalization", "batchNormalization", [x, scale, bias, mean, variance], [y.numpy().astype(np.float32)],
        epsilon=1e-3,
    )


def unaries() -> None:
    special = np.array([0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 30.0, -30.0, 100.0, -100.0, np.inf], np.float32)
    x = np.concatenate([floats(20) * 3, special])
    t = torch.from_numpy(x).double()
    for name, y in {
        "sigmoid": torch.sigmoid(t), "tanh": torch.tanh(t), "softplus": functional.softplus(t, threshold=1e9),
        "erf": torch.erf(t), "exp": torch.exp(t), "round": torch.round(t), "floor": torch.floor(t),
        "ceil": torch.ceil(t), "sign": torch.sign(t), "abs": torch.abs(t), "neg": torch.neg(t), "relu": torch.relu(t),
        "reciprocal": torch.reciprocal(t),
    }.items():
        y = y.numpy().astype(np.float32)
        finite = np.isfinite(y) & np.isfinite(x)
        add(f"unary {name}", "unary", [x[finite]], [y[finite]], function=name)
    positive = np.abs(floats(20)) + np.float32(1e-3)
    for name, run in {"log": np.log, "sqrt": np.sqrt}.items():
        y = run(positive.astype(np.float64)).astype(np.float32)
        add(f"unary {name}", "unary", [positive], [y], function=name)


def integers() -> None:
    for dtype in [np.int8, np.int32, np.int64, np.uint8, np.uint32]:
        information = np.iinfo(dtype)
        values = random.integers(max(information.min, -100), min(information.max, 100), (4, 5)).astype(dtype)
        other = random.integers(1, 12, (5,)).astype(dtype) * (np.where(random.random(5) < 0.5, -1, 1).astype(dtype)
                                                             if information.min < 0 else dtype(1))
        for name, y in {
            "add": values + other, "sub": values - other, "mul": values * other, "mod": np.mod(values, other),
            "fmod": np.fmod(values, other), "div": np.trunc(values / other).astype(dtype),
            "less": values < other, "greaterOrEqual": values >= other, "equal": values == other,
        }.items():
            add(f"{name} of {dtype.__name__}", "binary", [values, other], [y], function=name)
    for name in ["mod", "fmod", "pow"]:
        a, b = np.abs(floats(3, 1)) + 0.5, floats(4)
        y = {"mod": np.mod, "fmod": np.fmod, "pow": np.power}[name](a.astype(np.float64), b.astype(np.float64))
        add(f"{name} of float32", "binary", [a, b], [y.astype(np.float32)], function=name)


def reductions() -> None:
    x = floats(3, 2, 4)
    runs = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "prod": np.prod}
    for (name, run), axes, keep in itertools.product(runs.items(), [(0,), (1, 2), (0, 2), (0, 1, 2)], [True, False]):
        y = run(x.astype(np.float64), axis=axes, keepdims=keep).astype(np.float32)
        signed = [axis - 3 if index % 2 else axis for index, axis in enumerate(axes)]
        add(f"reduce {name} over {axes} keep {keep}", "reduce", [x, np.array(signed, np.int64)], [y], function=name,
            keep=keep)


def movements() -> None:
    x = floats(3, 4, 5)
    add("transpose", "transpose", [x], [x.transpose(2, 0, 1)], permutation=[2, 0, 1])
    for starts, ends, axes, steps in [
        ([1, 0], [3, 4], [0, 2], [1, 2]), ([-1], [-100], [1], [-1]), ([100], [0], [2], [-2]), ([2], [1], [0], [1]),
        ([-3], [2**62], [2], [1]),
    ]:
        key = [slice(None)] * 3
        for start, end, axis, step in zip(starts, ends, axes, steps):
            key[axis] = slice(start, end, step)
        lists = [np.array(values, np.int64) for values in (starts, ends, axes, steps)]
        add(f"slice {starts} {ends} {axes} {steps}", "slice", [x, *lists], [x[tuple(key)]])
    for mode in ["reflect", "edge", "wrap"]:
        y = np.pad(x, [(2, 1), (0, 3), (7, 6)], mode=mode)
        add(f"pad {mode}", "pad", [x, np.array([2, 0, 7, 1, 3, 6], np.int64)], [y], mode=mode)
    y = np.pad(x[:, 1:, :-2], [(0, 0), (0, 2), (1, 0)], constant_values=1.5)
    add("pad with negative entries", "pad", [x, np.array([0, -1, 1, 0, 2, -2], np.int64), np.float32(1.5)], [y],
        mode="constant")
    add("tile", "tile", [x, np.array([2, 1, 3], np.int64)], [np.tile(x, (2, 1, 3))])
    indices = np.array([[0, -1], [2, 1]], np.int64)
    for axis in [0, 1, -1]:
        add(f"gather axis {axis}", "gather", [x, indices], [np.take(x, indices, axis=axis)], axis=axis)
    condition = random.random((4, 1)) < 0.5
    a, b = floats(3, 1, 5), floats(5)
    add("where", "select", [condition, a, b], [np.where(condition, a, b)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    output = parser.parse_args().output
    for make in (convolutions, pools, torch_resizes, onnx_resizes, matrices, unaries, integers, reductions, movements):
        make()
    aside = output.with_suffix(".partial")
    aside.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
    aside.replace(output)
    print(f"{len(cases)} cases, {output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
