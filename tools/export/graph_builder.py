"""Builds ONNX graphs from the weights of a state dict, one layer at a time.

Nodes are named after the state dict's keys, initialisers are the keys themselves; those that the builder adds have a
slash in their name, which no key has. Batch is 1; height and width stay symbolic: what depends on them is computed in
the graph.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from .adaptive_pool_function import DOMAIN, DOMAIN_VERSION, NAME, adaptive_average_pool_function

# The oldest IR version that has model-local functions.
IR_VERSION = 8
LOWEST_OPSET = 13
DEFAULT_OPSET = 18

BATCH_NORM_EPSILON = 1e-5


class GraphBuilder:
    """Collects nodes and initialisers. Values are names (strings); their channel counts are kept in `channels`."""

    def __init__(self, state: Mapping[str, Tensor], opset: int = DEFAULT_OPSET, half_weights: bool = False):
        if opset < LOWEST_OPSET:
            raise ValueError(f"opset {opset} is too old; {LOWEST_OPSET} or later is needed")
        self.opset = opset
        self.channels: dict[str, int] = {}
        self._state = state
        self._half_weights = half_weights
        self._nodes: list[onnx.NodeProto] = []
        self._initialisers: dict[str, onnx.TensorProto] = {}
        self._sizes: dict[tuple[str, ...], str] = {}
        self._uses_adaptive_pool = False

    # Weights

    def has(self, key: str) -> bool:
        """Whether the state dict has this entry."""
        return key in self._state

    def has_group(self, prefix: str) -> bool:
        """Whether the state dict has entries below `prefix`."""
        return any(key.startswith(prefix + ".") for key in self._state)

    def weight(self, key: str) -> str:
        """The initialiser for state entry `key`; matrices and filters in half precision where that was asked for."""
        array = self._array(key)
        if not (self._half_weights and array.ndim >= 2):
            return self._initialiser(key, array)
        if key in self._initialisers:
            return f"{key}.float32"
        with np.errstate(over="ignore"):
            half = array.astype(np.float16)
        if not np.isfinite(half).all():
            raise ValueError(f"{key}: a weight of {np.abs(array).max():g} does not fit in half precision; export fp32")
        self._initialiser(key, half)
        return self.node("Cast", [key], f"{key}.float32", to=TensorProto.FLOAT)

    def _array(self, key: str) -> np.ndarray:
        try:
            return np.ascontiguousarray(self._state[key].detach().float().numpy())
        except KeyError:
            raise ValueError(f"the weights have no entry '{key}'") from None

    def _initialiser(self, name: str, array: np.ndarray) -> str:
        if name not in self._initialisers:
            self._initialisers[name] = numpy_helper.from_array(array, name)
        return name

    def integers(self, values: Sequence[int]) -> str:
        """An int64 vector, shared between nodes that need the same one."""
        return self._initialiser("int64/" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def double(self, value: float) -> str:
        """A float64 scalar, shared likewise."""
        return self._initialiser(f"float64/{value!r}", np.array(value, dtype=np.float64))

    # Nodes

    def node(self, operator: str, inputs: Sequence[str], name: str, domain: str = "", **attributes: object) -> str:
        """Appends a node whose output has its name."""
        self._nodes.append(helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def _layer(
        self, operator: str, inputs: Sequence[str], name: str, channels: int, domain: str = "", **attributes: object
    ) -> str:
        self.channels[name] = channels
        return self.node(operator, inputs, name, domain, **attributes)

    def image(self, channels: int = 3) -> str:
        """The graph's input."""
        self.channels["image"] = channels
        return "image"

    def convolution(
        self, x: str, key: str, stride: int = 1, dilation: int = 1, padding: tuple[int, int] | None = None,
        name: str | None = None
    ) -> str:
        """Convolution with the entries `key.weight` and, where present, `key.bias`.

        Groups follow from the channels; without `padding` (rows, columns) the size is kept at stride 1.
        """
        filters = self._state[f"{key}.weight"].shape
        groups, remainder = divmod(self.channels[x], filters[1])
        if remainder or filters[0] % groups:
            raise ValueError(f"{key}: filters of shape {tuple(filters)} do not fit {self.channels[x]} channels")
        rows, columns = padding or (dilation * (filters[2] - 1) // 2, dilation * (filters[3] - 1) // 2)
        inputs = [x, self.weight(f"{key}.weight")]
        if self.has(f"{key}.bias"):
            inputs.append(self.weight(f"{key}.bias"))
        return self._layer(
            "Conv", inputs, name or key, filters[0], kernel_shape=list(filters[2:]), strides=[stride, stride],
            dilations=[dilation, dilation], pads=[rows, columns, rows, columns], group=groups)

    def batch_norm(self, x: str, key: str) -> str:
        """Batch normalisation with running statistics."""
        inputs = [self.weight(f"{key}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
        return self._layer("BatchNormalization", [x, *inputs], key, self.channels[x], epsilon=BATCH_NORM_EPSILON)

    def relu(self, x: str, name: str) -> str:
        return self._layer("Relu", [x], name, self.channels[x])

    def prelu(self, x: str, key: str, name: str | None = None) -> str:
        """PReLU with one slope per channel; the slope is stored as [C, 1, 1] so that it broadcasts."""
        slope = self._initialiser(f"{key}.weight", self._array(f"{key}.weight").reshape(-1, 1, 1))
        return self._layer("PRelu", [x, slope], name or key, self.channels[x])

    def sigmoid(self, x: str, name: str) -> str:
        return self._layer("Sigmoid", [x], name, self.channels[x])

    def add(self, x: str, y: str, name: str) -> str:
        return self._layer("Add", [x, y], name, self.channels[x])

    def multiply(self, x: str, y: str, name: str) -> str:
        return self._layer("Mul", [x, y], name, self.channels[x])

    def concat(self, values: Sequence[str], name: str) -> str:
        """Concatenation of channels."""
        return self._layer("Concat", values, name, sum(self.channels[value] for value in values), axis=1)

    def max_pool(self, x: str, name: str, kernel: int, stride: int, padding: int = 0) -> str:
        return self._layer(
            "MaxPool", [x], name, self.channels[x], kernel_shape=[kernel] * 2, strides=[stride] * 2,
            pads=[padding] * 4)

    def average_pool(
        self, x: str, name: str, kernel: int, stride: int, padding: int = 0, count_padding: bool = True
    ) -> str:
        return self._layer(
            "AveragePool", [x], name, self.channels[x], kernel_shape=[kernel] * 2, strides=[stride] * 2,
            pads=[padding] * 4, count_include_pad=int(count_padding))

    def global_average_pool(self, x: str, name: str) -> str:
        return self._layer("GlobalAveragePool", [x], name, self.channels[x])

    def channel_shuffle(self, x: str, name: str, groups: int) -> str:
        """Channel g*k+i becomes i*groups+g, as one Gather along the channels."""
        channels = self.channels[x]
        order = np.arange(channels, dtype=np.int64).reshape(groups, -1).T.reshape(-1)
        indices = self._initialiser(f"int64/shuffle_{groups}_of_{channels}", order)
        return self._layer("Gather", [x, indices], name, channels, axis=1)

    # Sizes: int64 vectors (height, width) that the graph computes

    def spatial_size(self, x: str) -> str:
        """Height and width of x."""
        def emit(name: str) -> str:
            if self.opset >= 15:
                return self.node("Shape", [x], name, start=2, end=4)
            shape = self.node("Shape", [x], f"{name}/shape")
            return self.node("Slice", [shape, self.integers([2]), self.integers([4])], name)
        return self._size(("spatial", x), f"{x}/size", emit)

    def full_size(self, size: str, channels: int) -> str:
        """(1, channels, height, width)."""
        return self._size(
            ("full", size, str(channels)), f"{size}/with_{channels}_channels",
            lambda name: self.node("Concat", [self.integers([1, channels]), size], name, axis=0))

    def scaled_size(self, size: str, scale: float, minimum: int) -> str:
        """max(minimum, ceil(size * scale)) in double arithmetic."""
        def emit(name: str) -> str:
            exact = self.node("Cast", [size], f"{name}/double", to=TensorProto.DOUBLE)
            exact = self.node("Mul", [exact, self.double(scale)], f"{name}/product")
            raised = self.node("Cast", [self.node("Ceil", [exact], f"{name}/ceiling")], f"{name}/integer",
                               to=TensorProto.INT64)
            return self.node("Max", [raised, self.integers([minimum])], name)
        return self._size(("scaled", size, repr(scale), str(minimum)), f"{size}/times_{scale}", emit)

    def pyramid_grid(self, size: str, rows: int) -> str:
        """(rows, max(1, round(width / height * rows))) in double arithmetic, half to even."""
        def emit(name: str) -> str:
            exact = self.node("Cast", [size], f"{name}/double", to=TensorProto.DOUBLE)
            height = self.node("Gather", [exact, self.integers([0])], f"{name}/height", axis=0)
            width = self.node("Gather", [exact, self.integers([1])], f"{name}/width", axis=0)
            aspect = self.node("Div", [width, height], f"{name}/aspect")
            columns = self.node("Mul", [aspect, self.double(float(rows))], f"{name}/exact_columns")
            columns = self.node("Round", [columns], f"{name}/rounded_columns")
            columns = self.node("Cast", [columns], f"{name}/integer_columns", to=TensorProto.INT64)
            columns = self.node("Max", [columns, self.integers([1])], f"{name}/columns")
            return self.node("Concat", [self.integers([rows]), columns], name, axis=0)
        return self._size(("grid", size, str(rows)), f"{size}/grid_{rows}", emit)

    def _size(self, key: tuple[str, ...], name: str, emit: Callable[[str], str]) -> str:
        if key not in self._sizes:
            self._sizes[key] = emit(name)
        return self._sizes[key]

    # Layers that take a size

    def resize(self, x: str, size: str, name: str, align_corners: bool) -> str:
        """Bilinear resampling to `size`."""
        mode = "align_corners" if align_corners else "half_pixel"
        inputs = [x, "", "", self.full_size(size, self.channels[x])]
        return self._layer("Resize", inputs, name, self.channels[x], mode="linear",
                           coordinate_transformation_mode=mode)

    def enlarge(self, x: str, factor: int, name: str, align_corners: bool) -> str:
        """Bilinear resampling to exactly `factor` times the height and the width."""
        mode = "align_corners" if align_corners else "half_pixel"
        scales = self._initialiser(f"float32/enlarge_{factor}", np.array([1, 1, factor, factor], dtype=np.float32))
        return self._layer("Resize", [x, "", scales], name, self.channels[x], mode="linear",
                           coordinate_transformation_mode=mode)

    def expand(self, x: str, size: str, name: str) -> str:
        """Repeats a 1x1 map over `size`."""
        return self._layer("Expand", [x, self.full_size(size, self.channels[x])], name, self.channels[x])

    def adaptive_average_pool(self, x: str, size: str, name: str) -> str:
        """Adaptive average pooling to `size`, as the model-local function."""
        self._uses_adaptive_pool = True
        return self._layer(NAME, [x, size], name, self.channels[x], domain=DOMAIN)

    # The whole

    def model(self, name: str, outputs: Sequence[str], description: str) -> onnx.ModelProto:
        """The checked model with input `image` [1, C, height, width] and the given outputs."""
        image = helper.make_tensor_value_info(
            "image", TensorProto.FLOAT, [1, self.channels["image"], "height", "width"])
        results = [
            helper.make_tensor_value_info(
                output, TensorProto.FLOAT, [1, self.channels[output], "output_height", "output_width"])
            for output in outputs]
        graph = helper.make_graph(self._nodes, name, [image], results, list(self._initialisers.values()))
        opsets = [helper.make_opsetid("", self.opset)]
        functions = []
        if self._uses_adaptive_pool:
            opsets.append(helper.make_opsetid(DOMAIN, DOMAIN_VERSION))
            functions.append(adaptive_average_pool_function(self.opset))
        model = helper.make_model(
            graph, opset_imports=opsets, functions=functions, ir_version=IR_VERSION, producer_name="densehybrid",
            doc_string=description)
        onnx.checker.check_model(model, full_check=True)
        return model
