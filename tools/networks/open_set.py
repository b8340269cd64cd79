"""What the networks of this project share: their outputs and the authors' unit of BatchNorm, ReLU, convolution."""

from collections import OrderedDict
from typing import NamedTuple

import torch
from torch import nn

BN_MOMENTUM = 0.01


class OpenSetOutputs(NamedTuple):
    """What a network of this project returns, at the head's own resolution."""

    pre_logits: torch.Tensor
    logits: torch.Tensor
    outlier_logits: torch.Tensor | None


class BNReluConv(nn.Sequential):
    """BatchNorm, ReLU, convolution (the authors' `_BNReluConv`); padding keeps the size."""

    def __init__(self, channels: int, outputs: int, kernel: int, bias: bool = False):
        super().__init__(OrderedDict(
            norm=nn.BatchNorm2d(channels, momentum=BN_MOMENTUM),
            relu=nn.ReLU(),
            conv=nn.Conv2d(channels, outputs, kernel, padding=kernel // 2, bias=bias),
        ))
