"""DeepLabV3+ on WideResNet-38 (NVIDIA's DeepWV3Plus, variant A2) with the DenseHybrid head.

State-dict keys are those of the authors' checkpoints. The input is the *normalised* picture: the authors subtract
(.485, .456, .406) from RGB/255 and divide by (.229, .224, .225) inside `forward`; here model.yaml says so instead.
All resampling has align_corners=True.
"""

from collections import OrderedDict
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .open_set import BNReluConv, OpenSetOutputs


@dataclass(frozen=True)
class WideBlockGroup:
    """`count` residual blocks with the same convolutions; `stride` belongs to the first convolution of the first."""

    count: int
    channels: tuple[int, ...]
    stride: int = 1
    dilation: int = 1


@dataclass(frozen=True)
class DeepLabConfiguration:
    """The extents of the network; the defaults are WideResNet-38's."""

    stem_channels: int = 64
    groups: tuple[WideBlockGroup, ...] = (
        WideBlockGroup(3, (128, 128)),
        WideBlockGroup(3, (256, 256)),
        WideBlockGroup(6, (512, 512), stride=2),
        WideBlockGroup(3, (512, 1024), dilation=2),
        WideBlockGroup(1, (512, 1024, 2048), dilation=4),
        WideBlockGroup(1, (1024, 2048, 4096), dilation=4),
    )
    aspp_channels: int = 256
    aspp_rates: tuple[int, ...] = (12, 24, 36)
    fine_channels: int = 48
    decoder_channels: int = 256
    class_count: int = 19
    outlier_head: bool = True


def normalised_activation(channels: int) -> nn.Sequential:
    """BatchNorm and ReLU, with the key `0` for the former."""
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())


class IdentityResidualBlock(nn.Module):
    """Pre-activation residual block of two 3x3 convolutions, or a bottleneck of 1x1, 3x3, 1x1."""

    def __init__(self, inputs: int, channels: tuple[int, ...], stride: int, dilation: int):
        super().__init__()
        self.bn1 = normalised_activation(inputs)
        bottleneck = len(channels) == 3
        layers = OrderedDict()
        previous = inputs
        for index, outputs in enumerate(channels, start=1):
            kernel = 3 if not bottleneck or index == 2 else 1
            if index > 1:
                layers[f"bn{index}"] = normalised_activation(previous)
            layers[f"conv{index}"] = nn.Conv2d(
                previous, outputs, kernel, stride=stride if index == 1 else 1,
                padding=dilation if kernel == 3 else 0, dilation=dilation if kernel == 3 else 1, bias=False)
            previous = outputs
        self.convs = nn.Sequential(layers)
        if stride != 1 or inputs != channels[-1]:
            self.proj_conv = nn.Conv2d(inputs, channels[-1], 1, stride=stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        activated = self.bn1(x)
        shortcut = self.proj_conv(activated) if hasattr(self, "proj_conv") else x
        return self.convs(activated) + shortcut


class AtrousSpatialPyramidPooling(nn.Module):
    """Context: global mean, 1x1, and dilated 3x3 convolutions side by side."""

    def __init__(self, inputs: int, outputs: int, rates: tuple[int, ...]):
        super().__init__()
        branches = [nn.Conv2d(inputs, outputs, 1, bias=False)]
        branches += [nn.Conv2d(inputs, outputs, 3, padding=r, dilation=r, bias=False) for r in rates]
        self.features = nn.ModuleList(
            nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU()) for conv in branches)
        self.img_conv = nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled = self.img_conv(x.mean(dim=(2, 3), keepdim=True))
        branches = [resize(pooled, x.shape[2:])] + [branch(x) for branch in self.features]
        return torch.cat(branches, dim=1)


def resize(x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Bilinear resampling with aligned corners."""
    return F.interpolate(x, size=size, mode="bilinear", align_corners=True)


class DeepLabWideResNet38(nn.Module):
    """The whole network. `forward` returns maps at half of the input's size; `pre_logits` is what both heads read."""

    def __init__(self, config: DeepLabConfiguration = DeepLabConfiguration()):
        super().__init__()
        self.config = config
        self.mod1 = nn.Sequential(OrderedDict(
            conv1=nn.Conv2d(3, config.stem_channels, 3, padding=1, bias=False)))
        channels = config.stem_channels
        fine_channels = config.groups[0].channels[-1]
        for number, group in enumerate(config.groups, start=2):
            blocks = OrderedDict()
            for index in range(group.count):
                stride = group.stride if index == 0 else 1
                blocks[f"block{index + 1}"] = IdentityResidualBlock(channels, group.channels, stride, group.dilation)
                channels = group.channels[-1]
            self.add_module(f"mod{number}", nn.Sequential(blocks))
        self.aspp = AtrousSpatialPyramidPooling(channels, config.aspp_channels, config.aspp_rates)
        aspp_channels = (len(config.aspp_rates) + 2) * config.aspp_channels
        self.bot_fine = nn.Conv2d(fine_channels, config.fine_channels, 1, bias=False)
        self.bot_aspp = nn.Conv2d(aspp_channels, config.aspp_channels, 1, bias=False)
        pre_logits, decoder = config.fine_channels + config.aspp_channels, config.decoder_channels
        self.final = nn.Sequential(
            nn.Conv2d(pre_logits, decoder, 3, padding=1, bias=False), nn.BatchNorm2d(decoder), nn.ReLU(),
            nn.Conv2d(decoder, decoder, 3, padding=1, bias=False), nn.BatchNorm2d(decoder), nn.ReLU(),
            nn.Conv2d(decoder, config.class_count, 1, bias=False))
        self.logits_ood = BNReluConv(pre_logits, 2, 1, bias=True) if config.outlier_head else None

    def forward(self, image: torch.Tensor) -> OpenSetOutputs:
        x = self.mod1(image)
        fine = None
        for number in range(2, 2 + len(self.config.groups)):
            if number <= 3:
                x = F.max_pool2d(x, 3, stride=2, padding=1)
            x = getattr(self, f"mod{number}")(x)
            if number == 2:
                fine = x
        coarse = self.bot_aspp(self.aspp(x))
        pre_logits = torch.cat([self.bot_fine(fine), resize(coarse, fine.shape[2:])], dim=1)
        outlier_logits = None if self.logits_ood is None else self.logits_ood(pre_logits)
        return OpenSetOutputs(pre_logits, self.final(pre_logits), outlier_logits)
