"""ESPNetv2 for segmentation (Cityscapes) and the DenseHybrid head on it.

Written from facts about the published network (names and shapes of its weights, Mehta et al., CVPR 2019; weights under
MIT by their authors). `ESPNetv2` loads the authors' files with `strict=True`; parameter names follow those files, which
is why encoder and decoder spell the same layers differently. Input: RGB / 255, minus `MEAN`, divided by `STD`, NCHW,
height and width multiples of 16. Output: 20 maps at stride 2 in Cityscapes train-id order, map 19 = background.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from os import PathLike

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .adaptive_pool import adaptive_average_pool

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
SIZE_MULTIPLE = 16
OUTPUTS = 20
KNOWN_CLASSES = 19
HEADS = ("paper", "pointwise", "deep")

_ENCODER_CHANNELS = {1.0: (32, 64, 128, 256), 2.0: (32, 128, 256, 512)}
_DILATIONS = (1, 2, 3, 4)
_DILATIONS_DEEP = (1, 1, 2, 3)  # level4.*: the authors limit the receptive field of a branch to 7 there
_PYRAMID_SCALES = (2.0, 1.5, 1.0, 0.5, 0.1)
_PYRAMID_CHANNELS = 10
_PYRAMID_MINIMUM = 5


def _same_convolution(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, dilation: int = 1
) -> nn.Conv2d:
    """Convolution without bias that keeps the size at stride 1 (odd kernel)."""
    return nn.Conv2d(
        inputs, outputs, kernel, stride, dilation * (kernel - 1) // 2, dilation=dilation, groups=groups, bias=False
    )


class EncoderConvBNAct(nn.Module):
    """Convolution, batch normalisation, PReLU under the encoder's names (`act` absent when not wanted)."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, activation: bool = True
    ) -> None:
        super().__init__()
        self.conv = _same_convolution(inputs, outputs, kernel, stride, groups)
        self.bn = nn.BatchNorm2d(outputs)
        self.act = nn.PReLU(outputs) if activation else None

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.conv(x))
        return x if self.act is None else self.act(x)


class EncoderBNAct(nn.Module):
    """Batch normalisation and PReLU under the encoder's names."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels)
        self.act = nn.PReLU(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.bn(x))


class DilatedBranch(nn.Module):
    """Depthwise 3x3 convolution with dilation, nothing after it."""

    def __init__(self, channels: int, stride: int, dilation: int) -> None:
        super().__init__()
        self.conv = _same_convolution(channels, channels, 3, stride, channels, dilation)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class EESP(nn.Module):
    """Reduce, four dilated depthwise branches summed hierarchically, expand; residual at stride 1."""

    def __init__(self, inputs: int, outputs: int, stride: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        branches = len(dilations)
        width = outputs // branches
        self.residual = stride == 1
        self.proj_1x1 = EncoderConvBNAct(inputs, width, 1, groups=branches)
        self.spp_dw = nn.ModuleList(DilatedBranch(width, stride, dilation) for dilation in dilations)
        self.conv_1x1_exp = EncoderConvBNAct(outputs, outputs, 1, groups=branches, activation=False)
        self.br_after_cat = EncoderBNAct(outputs)
        self.module_act = nn.PReLU(outputs)  # in the file for stride 2 too, where it is not applied

    def forward(self, x: Tensor) -> Tensor:
        reduced = self.proj_1x1(x)
        sums = [self.spp_dw[0](reduced)]
        for branch in self.spp_dw[1:]:
            sums.append(branch(reduced) + sums[-1])
        expanded = self.conv_1x1_exp(self.br_after_cat(torch.cat(sums, 1)))
        return self.module_act(expanded + x) if self.residual else expanded


class DownSampler(nn.Module):
    """Halves the map: average pool beside a strided EESP, plus the input image reinforced at the new size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.eesp = EESP(inputs, outputs - inputs, 2, _DILATIONS)
        self.inp_reinf = nn.Sequential(
            EncoderConvBNAct(3, 3, 3), EncoderConvBNAct(3, outputs, 1, activation=False)
        )
        self.act = nn.PReLU(outputs)

    def forward(self, x: Tensor, image: Tensor) -> Tensor:
        joined = torch.cat([F.avg_pool2d(x, 3, 2, 1), self.eesp(x)], 1)
        shrunk = F.avg_pool2d(image, 3, 2, 1)
        while shrunk.shape[2] != joined.shape[2]:
            shrunk = F.avg_pool2d(shrunk, 3, 2, 1)
        return self.act(joined + self.inp_reinf(shrunk))


class Encoder(nn.Module):
    """Levels at strides 2, 4, 8 and 16 (`base_net` of the file)."""

    def __init__(self, channels: tuple[int, int, int, int]) -> None:
        super().__init__()
        c1, c2, c3, c4 = channels
        self.level1 = EncoderConvBNAct(3, c1, 3, stride=2)
        self.level2_0 = DownSampler(c1, c2)
        self.level3_0 = DownSampler(c2, c3)
        self.level3 = nn.ModuleList(EESP(c3, c3, 1, _DILATIONS) for _ in range(3))
        self.level4_0 = DownSampler(c3, c4)
        self.level4 = nn.ModuleList(EESP(c4, c4, 1, _DILATIONS_DEEP) for _ in range(7))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        e1 = self.level1(image)
        e2 = self.level2_0(e1, image)
        e3 = self.level3_0(e2, image)
        for unit in self.level3:
            e3 = unit(e3)
        e4 = self.level4_0(e3, image)
        for unit in self.level4:
            e4 = unit(e4)
        return e1, e2, e3, e4


class DecoderConvBNAct(nn.Module):
    """Convolution, batch normalisation, PReLU under the decoder's names."""

    def __init__(self, inputs: int, outputs: int, kernel: int, groups: int = 1) -> None:
        super().__init__()
        self.cbr = nn.Sequential(
            _same_convolution(inputs, outputs, kernel, groups=groups), nn.BatchNorm2d(outputs), nn.PReLU(outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.cbr(x)


class DecoderBNAct(nn.Module):
    """Batch normalisation and PReLU under the decoder's names."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.br = nn.Sequential(nn.BatchNorm2d(channels), nn.PReLU(channels))

    def forward(self, x: Tensor) -> Tensor:
        return self.br(x)


class ChannelShuffle(nn.Module):
    """Channel group*k+i -> i*groups+group (branch-major becomes channel-major)."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        return x.view(n, self.groups, c // self.groups, h, w).transpose(1, 2).reshape(n, c, h, w)


def branch_extent(extent: int, scale: float) -> int:
    """Height or width of a pyramid branch: max(5, ceil(extent * scale)) in double arithmetic."""
    return max(_PYRAMID_MINIMUM, math.ceil(extent * scale))


class EfficientPyramidPool(nn.Module):
    """Depthwise convolutions at five scales of a thin map, merged by a grouped convolution."""

    def __init__(self, inputs: int, outputs: int, last: bool = False) -> None:
        super().__init__()
        width, scales = _PYRAMID_CHANNELS, len(_PYRAMID_SCALES)
        self.stages = nn.ModuleList(_same_convolution(width, width, 3, groups=width) for _ in _PYRAMID_SCALES)
        self.projection_layer = DecoderConvBNAct(inputs, width, 1)
        self.merge_layer = nn.Sequential(
            DecoderBNAct(width * scales),
            ChannelShuffle(scales),
            DecoderConvBNAct(width * scales, width, 3, groups=width),
            nn.Conv2d(width, outputs, 1, bias=last),
        )
        self.br = None if last else DecoderBNAct(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.projection_layer(x)
        height, width = x.shape[2], x.shape[3]
        branches = []
        for scale, stage in zip(_PYRAMID_SCALES, self.stages):
            size = (branch_extent(height, scale), branch_extent(width, scale))
            if scale == 1:
                branch = stage(x)
            elif scale > 1:
                branch = stage(F.interpolate(x, size, mode="bilinear", align_corners=True))
                branch = adaptive_average_pool(branch, (height, width))
            else:
                branch = stage(adaptive_average_pool(x, size))
                branch = F.interpolate(branch, (height, width), mode="bilinear", align_corners=True)
            branches.append(branch)
        merged = self.merge_layer(torch.cat(branches, 1))
        return merged if self.br is None else self.br(merged)


class EfficientPWConv(nn.Module):
    """Grouped 3x3 expansion of an encoder map, gated per channel by its global average."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.wt_layer = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(inputs, outputs, 1, bias=False), nn.Sigmoid()
        )
        self.expansion_layer = DecoderConvBNAct(inputs, outputs, 3, groups=math.gcd(inputs, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return self.expansion_layer(x) * self.wt_layer(x)


def _bn_act(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm2d(channels), nn.PReLU(channels))


class ESPNetv2(nn.Module):
    """The whole segmentation network for scale `s` 1.0 or 2.0."""

    PRE_LOGITS = 32

    def __init__(self, s: float = 2.0) -> None:
        super().__init__()
        if s not in _ENCODER_CHANNELS:
            raise ValueError(f"ESPNetv2: scale {s} is unknown; choose one of {sorted(_ENCODER_CHANNELS)}")
        c1, c2, c3, c4 = _ENCODER_CHANNELS[s]
        self.s = s
        self.base_net = Encoder((c1, c2, c3, c4))
        self.bu_dec_l1 = EfficientPyramidPool(c4, 64)
        self.bu_dec_l2 = EfficientPyramidPool(64, 48)
        self.bu_dec_l3 = EfficientPyramidPool(48, self.PRE_LOGITS)
        self.bu_dec_l4 = EfficientPyramidPool(self.PRE_LOGITS, OUTPUTS, last=True)
        self.merge_enc_dec_l2 = EfficientPWConv(c3, 64)
        self.merge_enc_dec_l3 = EfficientPWConv(c2, 48)
        self.merge_enc_dec_l4 = EfficientPWConv(c1, self.PRE_LOGITS)
        self.bu_br_l2 = _bn_act(64)
        self.bu_br_l3 = _bn_act(48)
        self.bu_br_l4 = _bn_act(self.PRE_LOGITS)

    def pre_logits(self, image: Tensor) -> Tensor:
        """The 32 channels at stride 2 that enter the last pyramid: where backbone and heads part."""
        height, width = image.shape[2], image.shape[3]
        if height % SIZE_MULTIPLE or width % SIZE_MULTIPLE:
            raise ValueError(f"ESPNetv2: input {width}x{height} is not a multiple of {SIZE_MULTIPLE}; resize it")
        e1, e2, e3, e4 = self.base_net(image)
        d = self.bu_dec_l1(e4)
        d = self.bu_dec_l2(self.bu_br_l2(self.merge_enc_dec_l2(e3) + _double(d)))
        d = self.bu_dec_l3(self.bu_br_l3(self.merge_enc_dec_l3(e2) + _double(d)))
        return self.bu_br_l4(self.merge_enc_dec_l4(e1) + _double(d))

    def logits(self, pre_logits: Tensor) -> Tensor:
        """20 maps at stride 2 from `pre_logits`."""
        return self.bu_dec_l4(pre_logits)

    def forward(self, image: Tensor) -> Tensor:
        return self.logits(self.pre_logits(image))


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)


def outlier_head(kind: str, channels: int = ESPNetv2.PRE_LOGITS) -> nn.Sequential:
    """The head g: `paper` = BN-ReLU-Conv1x1 (2 outputs, bias); `pointwise` and `deep` = one BN-ReLU-Conv1x1 or 3x3
    before it."""
    if kind not in HEADS:
        raise ValueError(f"outlier head '{kind}' is unknown; choose one of {', '.join(HEADS)}")
    deeper: list[nn.Module] = []
    if kind != "paper":
        kernel = 3 if kind == "deep" else 1
        deeper = [nn.BatchNorm2d(channels), nn.ReLU(), _same_convolution(channels, channels, kernel)]
    return nn.Sequential(*deeper, nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, 2, 1, bias=True))


class ESPNetv2DenseHybrid(nn.Module):
    """ESPNetv2 and the outlier head on its pre-logits (channel 1 of the head = outlier)."""

    def __init__(self, s: float = 2.0, head: str = "paper") -> None:
        super().__init__()
        self.head_kind = head
        self.network = ESPNetv2(s)
        self.outlier_head = outlier_head(head)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Returns (20 logits, 2 outlier logits), both at stride 2, not upsampled."""
        logits, outlier_logits, _ = self.forward_with_pre_logits(image)
        return logits, outlier_logits

    def forward_with_pre_logits(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Returns (logits, outlier logits, pre-logits)."""
        t = self.network.pre_logits(image)
        return self.network.logits(t), self.outlier_head(t), t


def load_pretrained(path: str | PathLike[str], s: float = 2.0) -> ESPNetv2:
    """Loads the authors' Cityscapes weights (strictly) in evaluation mode."""
    state: Mapping[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    network = ESPNetv2(s)
    network.load_state_dict(state, strict=True)
    return network.eval()


def load_densehybrid(path: str | PathLike[str]) -> tuple[ESPNetv2DenseHybrid, dict[str, object]]:
    """Loads a checkpoint written by `tools.train` in evaluation mode; returns it with the checkpoint's record.

    The file is a dictionary: `model` (state), `s`, `head`, and whatever the trainer recorded beside them.
    """
    record: dict[str, object] = torch.load(path, map_location="cpu", weights_only=True)
    model = ESPNetv2DenseHybrid(s=float(record["s"]), head=str(record["head"]))
    model.load_state_dict(record.pop("model"), strict=True)
    return model.eval(), record
