"""Adaptive average pooling as a function of its own.

ONNX has no such operator, so the exporter replaces `adaptive_average_pool` by the model-local function
`ai.densehybrid::AdaptiveAveragePool(x, output_size)`; every network takes its pooling from here so that it can.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def adaptive_average_pool(x: Tensor, output_size: tuple[int, int]) -> Tensor:
    """Mean over window [floor(i*N/g), ceil((i+1)*N/g)) for output index i of g over N inputs, on both axes.

    `x` is NxCxHxW, `output_size` is (height, width); returns NxCxheightxwidth.
    """
    return F.adaptive_avg_pool2d(x, output_size)


def pooling_matrix(extent: int, cells: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """The cells x extent matrix P with P @ column = adaptive average pooling of that column.

    Pooling of a whole map is P_height @ map @ P_width^T: the body of the exported function, and the reference of tests.
    """
    index = torch.arange(cells)
    begin = torch.div(index * extent, cells, rounding_mode="floor")
    end = torch.div((index + 1) * extent + cells - 1, cells, rounding_mode="floor")
    position = torch.arange(extent)
    inside = (position[None, :] >= begin[:, None]) & (position[None, :] < end[:, None])
    return inside.to(dtype) / (end - begin)[:, None].to(dtype)
