"""The methods of GraphBuilder in PyTorch, so that a small network is written once and both run and exported.

Layers take stride, padding and dilation from the nn module of that key, not from the arguments that the graph gets:
where the two differ, the export test fails.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tools.networks.adaptive_pool import adaptive_average_pool
from tools.networks.ladder_densenet import pyramid_grid

Size = tuple[int, int]


class TorchOperations:
    """Runs a program on tensors. Arguments that only name things or repeat a layer's attributes are not read."""

    def __init__(self, layers: nn.ModuleDict, image: Tensor):
        self._layers = layers
        self._image = image

    def image(self) -> Tensor:
        return self._image

    def convolution(self, x: Tensor, key: str, *_: object, **__: object) -> Tensor:
        return self._layers[key](x)

    def batch_norm(self, x: Tensor, key: str) -> Tensor:
        return self._layers[key](x)

    def prelu(self, x: Tensor, key: str, *_: object, **__: object) -> Tensor:
        return self._layers[key](x)

    def relu(self, x: Tensor, name: str) -> Tensor:
        return F.relu(x)

    def sigmoid(self, x: Tensor, name: str) -> Tensor:
        return torch.sigmoid(x)

    def add(self, x: Tensor, y: Tensor, name: str) -> Tensor:
        return x + y

    def multiply(self, x: Tensor, y: Tensor, name: str) -> Tensor:
        return x * y

    def concat(self, values: Sequence[Tensor], name: str) -> Tensor:
        return torch.cat(list(values), dim=1)

    def max_pool(self, x: Tensor, name: str, kernel: int, stride: int, padding: int = 0) -> Tensor:
        return F.max_pool2d(x, kernel, stride, padding)

    def average_pool(
        self, x: Tensor, name: str, kernel: int, stride: int, padding: int = 0, count_padding: bool = True
    ) -> Tensor:
        return F.avg_pool2d(x, kernel, stride, padding, count_include_pad=count_padding)

    def global_average_pool(self, x: Tensor, name: str) -> Tensor:
        return x.mean(dim=(2, 3), keepdim=True)

    def channel_shuffle(self, x: Tensor, name: str, groups: int) -> Tensor:
        return F.channel_shuffle(x, groups)

    def spatial_size(self, x: Tensor) -> Size:
        return x.shape[2], x.shape[3]

    def scaled_size(self, size: Size, scale: float, minimum: int) -> Size:
        return max(minimum, math.ceil(size[0] * scale)), max(minimum, math.ceil(size[1] * scale))

    def pyramid_grid(self, size: Size, rows: int) -> Size:
        return pyramid_grid(rows, *size)

    def resize(self, x: Tensor, size: Size, name: str, align_corners: bool) -> Tensor:
        return F.interpolate(x, size=size, mode="bilinear", align_corners=align_corners)

    def expand(self, x: Tensor, size: Size, name: str) -> Tensor:
        return x.expand(-1, -1, *size)

    def adaptive_average_pool(self, x: Tensor, size: Size, name: str) -> Tensor:
        return adaptive_average_pool(x, size)
