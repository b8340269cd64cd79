"""The list of golden cases, cheapest and most telling first."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.networks.deeplab_wrn38 import DeepLabConfiguration, WideBlockGroup
from tools.networks.ladder_densenet import LadderDenseNetConfiguration

from ..recipes import DeepLabRecipe, ESPNetv2Recipe, LadderDenseNetRecipe, Recipe
from . import tiny_networks

NETWORKS = Path(__file__).parents[2] / "networks"
GRAPHS = Path(__file__).parents[1] / "graphs"


@dataclass(frozen=True)
class Model:
    """A network with weights; several cases may run it at several sizes."""

    name: str
    recipe: Callable[[], Recipe]
    # The files that define this network, beyond those that all cases share.
    sources: tuple[Path, ...]
    class_count: int = 19
    seed: int = 1
    half_weights: bool = False
    # Weights are taken from the bundled or the authors' ESPNetv2 file where there is one; a missing head is seeded.
    pretrained: bool = False


@dataclass(frozen=True)
class Case:
    """One model at one size."""

    model: Model
    height: int
    width: int

    @property
    def name(self) -> str:
        return f"{self.model.name}-{self.height}x{self.width}"


def _sources(network: str) -> tuple[Path, ...]:
    return NETWORKS / f"{network}.py", GRAPHS / f"{network}.py"


class TinyLadder(LadderDenseNetRecipe):
    name = "tiny-ladder"
    size, calibration_size = (160, 96), (96, 160)


class TinyDeepLab(DeepLabRecipe):
    name = "tiny-deeplab"
    size, calibration_size = (160, 96), (96, 160)


class TinyESPNetv2(ESPNetv2Recipe):
    name = "tiny-espnetv2"
    size, calibration_size = (160, 96), (96, 160)


def _tiny_ladder() -> Recipe:
    return TinyLadder(LadderDenseNetConfiguration(
        stem_channels=16, growth=8, block_layers=(2, 3, 2, 2), spp_channels=32, spp_level_channels=8,
        decoder_channels=(24, 16, 20)))


def _tiny_deeplab() -> Recipe:
    return TinyDeepLab(DeepLabConfiguration(
        stem_channels=8,
        groups=(
            WideBlockGroup(1, (12, 12)),
            WideBlockGroup(1, (16, 16)),
            WideBlockGroup(2, (24, 24), stride=2),
            WideBlockGroup(1, (16, 32), dilation=2),
            WideBlockGroup(1, (16, 24, 40), dilation=4),
        ),
        aspp_channels=16, aspp_rates=(2, 4, 6), fine_channels=7, decoder_channels=16))


_TINY = (tiny_networks.__file__, Path(__file__).with_name("torch_operations.py"))
TINY_CONVOLUTIONS = Model(
    "tiny-convolutions", tiny_networks.convolutions, tuple(map(Path, _TINY)), tiny_networks.CLASSES)
TINY_POOLING = Model("tiny-pooling", tiny_networks.pooling, tuple(map(Path, _TINY)), tiny_networks.CLASSES)
TINY_LADDER = Model("tiny-ladder", _tiny_ladder, _sources("ladder_densenet"), tiny_networks.CLASSES)
TINY_DEEPLAB = Model("tiny-deeplab", _tiny_deeplab, _sources("deeplab_wrn38"), tiny_networks.CLASSES)
TINY_ESPNETV2 = Model(
    "tiny-espnetv2", lambda: TinyESPNetv2(s=1.0, head="paper"), _sources("espnetv2"), half_weights=True)
ESPNETV2 = Model("espnetv2", ESPNetv2Recipe, _sources("espnetv2"), pretrained=True)
LDN121 = Model("ldn121", LadderDenseNetRecipe, _sources("ladder_densenet"))
DEEPLAB = Model("deeplab-wrn38", DeepLabRecipe, _sources("deeplab_wrn38"))

CASES: tuple[Case, ...] = (
    Case(TINY_CONVOLUTIONS, 37, 45),
    Case(TINY_CONVOLUTIONS, 64, 96),
    Case(TINY_POOLING, 33, 50),
    Case(TINY_POOLING, 48, 80),
    Case(TINY_LADDER, 65, 61),
    Case(TINY_LADDER, 47, 123),
    Case(TINY_DEEPLAB, 33, 47),
    Case(TINY_DEEPLAB, 64, 64),
    Case(TINY_ESPNETV2, 48, 64),
    Case(ESPNETV2, 512, 1024),
    Case(LDN121, 512, 1024),
    Case(LDN121, 720, 1280),
    Case(LDN121, 375, 1242),
    Case(DEEPLAB, 128, 256),
)
