"""Ladder DenseNet-121 with the DenseHybrid head (the paper's network for StreetHazards and road anomalies).

State-dict keys are those of the authors' checkpoints, so that they load with strict=True:
`backbone.features.*`, `spp.spp.spp.*`, `upsample.upsample_layers.upsample_N.*`, `logits.*`, `logits_ood.*`.
Input: RGB divided by 255, without mean or deviation, of any size. All resampling has align_corners=False.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .adaptive_pool import adaptive_average_pool
from .open_set import BN_MOMENTUM, BNReluConv, OpenSetOutputs


@dataclass(frozen=True)
class LadderDenseNetConfiguration:
    """The extents of a ladder DenseNet; the defaults are LDN-121."""

    stem_channels: int = 64
    growth: int = 32
    bottleneck_factor: int = 4
    block_layers: tuple[int, ...] = (6, 12, 24, 16)
    spp_channels: int = 512
    spp_level_channels: int = 128
    spp_grids: tuple[int, ...] = (8, 4, 2, 1)
    decoder_channels: tuple[int, ...] = (256, 256, 128)
    class_count: int = 19
    outlier_head: bool = True


class DenseLayer(nn.Module):
    """One pre-activation layer of a dense block: what it returns is appended to its input by the block."""

    def __init__(self, channels: int, growth: int, bottleneck: int):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels, momentum=BN_MOMENTUM)
        self.conv1 = nn.Conv2d(channels, bottleneck, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(bottleneck, momentum=BN_MOMENTUM)
        self.conv2 = nn.Conv2d(bottleneck, growth, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))


class DenseBlock(nn.Module):
    """Dense layers whose outputs are concatenated behind the block's input."""

    def __init__(self, channels: int, layers: int, growth: int, bottleneck: int):
        super().__init__()
        for index in range(layers):
            self.add_module(f"denselayer{index + 1}", DenseLayer(channels + index * growth, growth, bottleneck))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.children():
            x = torch.cat([x, layer(x)], dim=1)
        return x


class Transition(nn.Module):
    """Halves the channels, then the size: 3x3 average with stride 2 that does not count its padding."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, momentum=BN_MOMENTUM)
        self.conv = nn.Conv2d(channels, channels // 2, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(F.relu(self.norm(x)))
        return F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)


class DenseNetFeatures(nn.Module):
    """The DenseNet trunk. Returns the last block's output and the earlier blocks' outputs before their transitions."""

    def __init__(self, config: LadderDenseNetConfiguration):
        super().__init__()
        self.features = nn.Module()
        features = self.features
        features.conv0 = nn.Conv2d(3, config.stem_channels, 7, stride=2, padding=3, bias=False)
        features.norm0 = nn.BatchNorm2d(config.stem_channels, momentum=BN_MOMENTUM)
        channels = config.stem_channels
        self.block_channels: list[int] = []
        for index, layers in enumerate(config.block_layers, start=1):
            block = DenseBlock(channels, layers, config.growth, config.bottleneck_factor * config.growth)
            features.add_module(f"denseblock{index}", block)
            channels += layers * config.growth
            self.block_channels.append(channels)
            if index < len(config.block_layers):
                features.add_module(f"transition{index}", Transition(channels))
                channels //= 2

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        features = self.features
        x = F.max_pool2d(F.relu(features.norm0(features.conv0(image))), 2, stride=2)
        skips = []
        for index in range(1, len(self.block_channels) + 1):
            x = getattr(features, f"denseblock{index}")(x)
            if index < len(self.block_channels):
                skips.append(x)
                x = getattr(features, f"transition{index}")(x)
        return x, skips


def pyramid_grid(rows: int, height: int, width: int) -> tuple[int, int]:
    """The grid of one pyramid level on a map of height x width; Python's round goes half to even (2.5 -> 2)."""
    return rows, max(1, round(width / height * rows))


def resize(x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Bilinear resampling with half-pixel centres."""
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


class SpatialPyramidPooling(nn.Module):
    """Context: the map beside its means over grids that follow its aspect."""

    def __init__(self, channels: int, config: LadderDenseNetConfiguration):
        super().__init__()
        self.grids = config.spp_grids
        self.spp = nn.Module()
        self.spp.add_module("spp_bn", BNReluConv(channels, config.spp_channels, 1))
        for index in range(len(self.grids)):
            self.spp.add_module(f"spp{index}", BNReluConv(config.spp_channels, config.spp_level_channels, 1))
        concatenated = config.spp_channels + len(self.grids) * config.spp_level_channels
        self.spp.add_module("spp_fuse", BNReluConv(concatenated, config.spp_channels, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size = x.shape[2:]
        x = self.spp.spp_bn(x)
        levels = [x]
        for index, rows in enumerate(self.grids):
            pooled = adaptive_average_pool(x, pyramid_grid(rows, *size))
            levels.append(resize(getattr(self.spp, f"spp{index}")(pooled), size))
        return self.spp.spp_fuse(torch.cat(levels, dim=1))


class Upsample(nn.Module):
    """One rung of the ladder: the coarse map, resized and added to the narrowed skip, then blended."""

    def __init__(self, channels: int, skip_channels: int, outputs: int):
        super().__init__()
        self.bottleneck = BNReluConv(skip_channels, channels, 1)
        self.blend_conv = BNReluConv(channels, outputs, 3)
        # In the checkpoints, used by no forward pass.
        self.logits_aux = BNReluConv(channels, 1, 1, bias=True)

    def forward(self, x: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        skip = self.bottleneck(skip)
        return self.blend_conv(resize(x, skip.shape[2:]) + skip)


class LadderDenseNet(nn.Module):
    """The whole network. `forward` returns maps at a quarter of the input's size (rounded as its layers round)."""

    def __init__(self, config: LadderDenseNetConfiguration = LadderDenseNetConfiguration()):
        super().__init__()
        self.config = config
        self.backbone = DenseNetFeatures(config)
        *skip_channels, channels = self.backbone.block_channels
        # The checkpoints' keys hold `spp` three times.
        self.spp = nn.Module()
        self.spp.spp = SpatialPyramidPooling(channels, config)
        channels = config.spp_channels
        self.upsample = nn.Module()
        self.upsample.upsample_layers = nn.Module()
        for index, (skip, outputs) in enumerate(zip(reversed(skip_channels), config.decoder_channels, strict=True)):
            self.upsample.upsample_layers.add_module(f"upsample_{index}", Upsample(channels, skip, outputs))
            channels = outputs
        self.logits = BNReluConv(channels, config.class_count, 1, bias=True)
        self.logits_ood = BNReluConv(channels, 2, 1, bias=True) if config.outlier_head else None

    def forward(self, image: torch.Tensor) -> OpenSetOutputs:
        x, skips = self.backbone(image)
        x = self.spp.spp(x)
        for layer, skip in zip(self.upsample.upsample_layers.children(), reversed(skips), strict=True):
            x = layer(x, skip)
        return OpenSetOutputs(x, self.logits(x), None if self.logits_ood is None else self.logits_ood(x))
