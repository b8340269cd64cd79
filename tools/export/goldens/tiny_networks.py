"""Small seeded networks, each a few layers of one kind, so that a failing engine test points at a layer."""

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from tools.networks.open_set import OpenSetOutputs

from ..graph_builder import GraphBuilder
from ..recipes import Recipe
from .torch_operations import TorchOperations

CLASSES = 5

Program = Callable[[GraphBuilder | TorchOperations], tuple]


class TinyRecipe(Recipe):
    """A network that is a program over layers."""

    calibration_size = (96, 160)
    size = (160, 96)

    def __init__(self, name: str, layers: Callable[[], dict[str, nn.Module]], program: Program, align_corners: bool):
        self.name, self._make_layers, self._program, self.align_corners = name, layers, program, align_corners

    def empty(self, class_count: int, outlier_head: bool) -> nn.Module:
        return nn.ModuleDict(self._make_layers())

    def from_state(self, state: Mapping[str, Tensor]) -> nn.Module:
        raise ValueError(f"{self.name} exists with seeded weights only")

    def head(self, network: nn.Module) -> nn.Module | None:
        return network["outlier"]

    def last_layers(self, network: nn.Module) -> list[nn.Conv2d]:
        return [network["classes"], network["outlier"]]

    def graph(self, graph: GraphBuilder) -> tuple[str, str, str | None]:
        return self._program(graph)

    def outputs(self, network: nn.Module, image: Tensor) -> OpenSetOutputs:
        return OpenSetOutputs(*self._program(TorchOperations(network, image)))


def _heads(ops, x) -> tuple:
    return x, ops.convolution(x, "classes", name="logits"), ops.convolution(x, "outlier", name="outlier_logits")


def _head_layers(channels: int) -> dict[str, nn.Module]:
    return {"classes": nn.Conv2d(channels, CLASSES, 1), "outlier": nn.Conv2d(channels, 2, 1)}


def _convolution_layers() -> dict[str, nn.Module]:
    return {
        "stem": nn.Conv2d(3, 16, 3, stride=2, padding=1),
        "stem_norm": nn.BatchNorm2d(16),
        "grouped": nn.Conv2d(16, 24, 3, padding=1, groups=4, bias=False),
        "grouped_act": nn.PReLU(24),
        "depthwise": nn.Conv2d(24, 24, 3, stride=2, padding=1, groups=24, bias=False),
        "branch2": nn.Conv2d(24, 24, 3, padding=2, dilation=2, groups=24, bias=False),
        "branch3": nn.Conv2d(24, 24, 3, padding=3, dilation=3, groups=24, bias=False),
        "narrow": nn.Conv2d(48, 19, 1, bias=False),
        "narrow_norm": nn.BatchNorm2d(19),
        "dilated": nn.Conv2d(19, 21, 3, padding=4, dilation=4, bias=False),
        "dilated_act": nn.PReLU(21),
        "row": nn.Conv2d(21, 20, (1, 3), padding=(0, 1)),
        "column": nn.Conv2d(20, 33, (5, 1), padding=(2, 0)),
        "strided": nn.Conv2d(48, 33, 1, stride=2, bias=False),
        "shrink": nn.Conv2d(33, 33, 3, stride=2, padding=1),
        "pre_act": nn.PReLU(33),
        **_head_layers(33),
    }


def _convolutions(ops) -> tuple:
    x = ops.convolution(ops.image(), "stem", stride=2)
    x = ops.relu(ops.batch_norm(x, "stem_norm"), "stem_relu")
    x = ops.prelu(ops.convolution(x, "grouped"), "grouped_act")
    x = ops.convolution(x, "depthwise", stride=2)
    first = ops.convolution(x, "branch2", dilation=2)
    second = ops.add(ops.convolution(x, "branch3", dilation=3), first, "sum")
    joined = ops.concat([first, second], "joined")
    x = ops.relu(ops.batch_norm(ops.convolution(joined, "narrow"), "narrow_norm"), "narrow_relu")
    x = ops.prelu(ops.convolution(x, "dilated", dilation=4), "dilated_act")
    x = ops.convolution(ops.convolution(x, "row"), "column")
    x = ops.add(ops.convolution(x, "shrink", stride=2), ops.convolution(joined, "strided", stride=2), "residual")
    return _heads(ops, ops.prelu(x, "pre_act", name="pre_logits"))


def _pooling_layers() -> dict[str, nn.Module]:
    return {
        "stem": nn.Conv2d(3, 12, 3, padding=1, bias=False),
        "gate": nn.Conv2d(36, 36, 1, bias=False),
        "merge": nn.Conv2d(36, 10, 1, bias=False),
        "larger": nn.Conv2d(10, 10, 3, padding=1, groups=10, bias=False),
        "smaller": nn.Conv2d(10, 10, 3, padding=1, groups=10, bias=False),
        "norm": nn.BatchNorm2d(40),
        "shuffled": nn.Conv2d(40, 20, 3, padding=1, groups=10, bias=False),
        "act": nn.PReLU(20),
        **_head_layers(20),
    }


def _pooling(ops) -> tuple:
    x = ops.convolution(ops.image(), "stem")
    pooled = [
        ops.max_pool(x, "maximum", kernel=3, stride=2, padding=1),
        ops.average_pool(x, "average_with_padding", kernel=3, stride=2, padding=1),
        ops.average_pool(x, "average_without_padding", kernel=3, stride=2, padding=1, count_padding=False),
    ]
    x = ops.concat(pooled, "pooled")
    gate = ops.sigmoid(ops.convolution(ops.global_average_pool(x, "mean"), "gate"), "gate_sigmoid")
    x = ops.convolution(ops.multiply(x, gate, "gated"), "merge")
    size = ops.spatial_size(x)
    larger = ops.resize(x, ops.scaled_size(size, 1.5, 5), "enlarged", align_corners=True)
    larger = ops.adaptive_average_pool(ops.convolution(larger, "larger"), size, "back_to_size")
    smaller = ops.adaptive_average_pool(x, ops.scaled_size(size, 0.1, 5), "tenth")
    smaller = ops.resize(ops.convolution(smaller, "smaller"), size, "tenth_enlarged", align_corners=True)
    grid = ops.adaptive_average_pool(x, ops.pyramid_grid(size, 4), "grid")
    grid = ops.resize(grid, size, "grid_enlarged", align_corners=False)
    x = ops.relu(ops.batch_norm(ops.concat([x, larger, smaller, grid], "joined"), "norm"), "relu")
    x = ops.convolution(ops.channel_shuffle(x, "shuffle", groups=4), "shuffled")
    halved = ops.max_pool(x, "halved", kernel=2, stride=2)
    x = ops.add(x, ops.resize(halved, size, "doubled", align_corners=False), "sum")
    return _heads(ops, ops.prelu(x, "act", name="pre_logits"))


def convolutions() -> TinyRecipe:
    """Strided, grouped, depthwise, dilated, one-dimensional and pointwise convolutions on odd channel counts."""
    return TinyRecipe("tiny-convolutions", _convolution_layers, _convolutions, align_corners=True)


def pooling() -> TinyRecipe:
    """Every pooling, adaptive windows of unequal size, both ways of resizing, a gate and a channel shuffle."""
    return TinyRecipe("tiny-pooling", _pooling_layers, _pooling, align_corners=False)
