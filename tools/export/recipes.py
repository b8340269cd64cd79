"""The networks that can be exported: how each is built from weights or a seed, run, and written as a graph."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from tools.networks import espnetv2
from tools.networks.deeplab_wrn38 import DeepLabConfiguration, DeepLabWideResNet38
from tools.networks.ladder_densenet import LadderDenseNet, LadderDenseNetConfiguration
from tools.networks.open_set import OpenSetOutputs

from .checkpoint import CheckpointError
from .graph_builder import GraphBuilder
from .graphs.deeplab_wrn38 import deeplab_graph
from .graphs.espnetv2 import espnetv2_graph
from .graphs.ladder_densenet import ladder_densenet_graph
from .picture import normalised, street_picture
from .seeded_weights import calibrate, centre, randomise

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class Recipe(ABC):
    """What the exporter has to know about one kind of network."""

    name: str
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    # Width and height of the network input by default.
    size: tuple[int, int] = (1024, 512)
    size_multiple: int = 1
    align_corners: bool
    drop_outputs: tuple[int, ...] = ()
    # Height and width of the picture on which random weights get their statistics.
    calibration_size: tuple[int, int] = (512, 1024)

    @abstractmethod
    def empty(self, class_count: int, outlier_head: bool) -> nn.Module:
        """The network with weights yet to come."""

    @abstractmethod
    def from_state(self, state: Mapping[str, Tensor]) -> nn.Module:
        """The network that a checkpoint holds, loaded strictly; without an outlier head where it has none."""

    @abstractmethod
    def head(self, network: nn.Module) -> nn.Module | None:
        """The outlier head."""

    @abstractmethod
    def last_layers(self, network: nn.Module) -> list[nn.Conv2d]:
        """The pointwise convolutions that make the logits and the outlier logits."""

    @abstractmethod
    def graph(self, graph: GraphBuilder) -> tuple[str, str, str | None]:
        """Writes the network; returns the names of pre-logits, logits, outlier logits."""

    def outputs(self, network: nn.Module, image: Tensor) -> OpenSetOutputs:
        """Runs the network."""
        return network(image)

    def seeded(self, seed: int, class_count: int = 19) -> nn.Module:
        """The network with weights from `seed` and statistics from the procedural picture of that seed."""
        network = self.empty(class_count, outlier_head=True).eval()
        self.seed(network, network, seed)
        return network

    def seed(self, network: nn.Module, part: nn.Module, seed: int) -> None:
        """Randomises and calibrates `part` of `network`."""
        randomise(part, seed)
        picture = normalised(street_picture(*self.calibration_size, seed), self.mean, self.std)
        image = torch.from_numpy(picture)
        calibrate(part, lambda: self.outputs(network, image))
        seeded = set(part.modules())
        last = [layer for layer in self.last_layers(network) if layer in seeded]
        centre(last, lambda: self.outputs(network, image))


# Entries that no forward pass in evaluation mode reads; a model.onnx does not hold them.
UNREAD = re.compile(r"\.num_batches_tracked$|\.logits_aux\.|\.level[234]_0\.eesp\.module_act\.weight$")


# Names that an error lists of each kind; the rest is counted.
MOST_NAMES = 20


def load_strictly(network: nn.Module, state: Mapping[str, Tensor]) -> nn.Module:
    """Loads every entry that matters, or says in one line which are missing, unknown or of another shape."""
    own = network.state_dict()
    unread = {key: value for key, value in own.items() if UNREAD.search(key)}
    given = {**unread, **state}
    problems = {
        "missing": [key for key in own if key not in given],
        "unknown": [key for key in given if key not in own],
        "of another shape": [
            f"{key} {tuple(given[key].shape)} instead of {tuple(own[key].shape)}"
            for key in own if key in given and given[key].shape != own[key].shape
        ],
    }
    if any(problems.values()):
        told = [f"{len(names)} {kind}: {_listed(names)}" for kind, names in problems.items() if names]
        raise CheckpointError("the checkpoint does not fit the network; " + "; ".join(told))
    network.load_state_dict(given, strict=True)
    return network.eval()


def _listed(names: list[str]) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _leading_extent(state: Mapping[str, Tensor], key: str) -> int:
    if key not in state:
        raise CheckpointError(f"the checkpoint has no entry '{key}': it is of another network")
    return state[key].shape[0]


def _has(state: Mapping[str, Tensor], prefix: str) -> bool:
    return any(key.startswith(prefix) for key in state)


class LadderDenseNetRecipe(Recipe):
    """LDN-121."""

    name = "ldn121-densehybrid"
    align_corners = False

    def __init__(self, config: LadderDenseNetConfiguration = LadderDenseNetConfiguration()):
        self.config = config

    def empty(self, class_count: int, outlier_head: bool) -> nn.Module:
        return LadderDenseNet(replace(self.config, class_count=class_count, outlier_head=outlier_head))

    def from_state(self, state: Mapping[str, Tensor]) -> nn.Module:
        classes = _leading_extent(state, "logits.conv.weight")
        return load_strictly(self.empty(classes, _has(state, "logits_ood.")), state)

    def head(self, network: nn.Module) -> nn.Module | None:
        return network.logits_ood

    def last_layers(self, network: nn.Module) -> list[nn.Conv2d]:
        return [head.conv for head in (network.logits, network.logits_ood) if head is not None]

    def graph(self, graph: GraphBuilder) -> tuple[str, str, str | None]:
        return ladder_densenet_graph(graph, self.config.spp_grids)


class DeepLabRecipe(Recipe):
    """DeepLabV3+ on WideResNet-38."""

    name = "deeplab-wrn38-densehybrid"
    mean, std = IMAGENET_MEAN, IMAGENET_STD
    align_corners = True
    calibration_size = (128, 256)

    def __init__(self, config: DeepLabConfiguration = DeepLabConfiguration()):
        self.config = config

    def empty(self, class_count: int, outlier_head: bool) -> nn.Module:
        return DeepLabWideResNet38(replace(self.config, class_count=class_count, outlier_head=outlier_head))

    def from_state(self, state: Mapping[str, Tensor]) -> nn.Module:
        classes = _leading_extent(state, "final.6.weight")
        return load_strictly(self.empty(classes, _has(state, "logits_ood.")), state)

    def head(self, network: nn.Module) -> nn.Module | None:
        return network.logits_ood

    def last_layers(self, network: nn.Module) -> list[nn.Conv2d]:
        return [network.final[-1]] + ([] if network.logits_ood is None else [network.logits_ood.conv])

    def graph(self, graph: GraphBuilder) -> tuple[str, str, str | None]:
        return deeplab_graph(graph, self.config)


class ESPNetv2Recipe(Recipe):
    """ESPNetv2, the bundled model. Its weights have a 20th output (background) that model.yaml drops."""

    name = "espnetv2-densehybrid"
    mean, std = espnetv2.MEAN, espnetv2.STD
    size_multiple = espnetv2.SIZE_MULTIPLE
    align_corners = True
    drop_outputs = tuple(range(espnetv2.KNOWN_CLASSES, espnetv2.OUTPUTS))
    # By the channels of level 2.
    SCALES = {64: 1.0, 128: 2.0}

    def __init__(self, s: float = 2.0, head: str = "deep"):
        self.s, self.head_kind = s, head

    def empty(self, class_count: int, outlier_head: bool) -> nn.Module:
        if class_count != espnetv2.KNOWN_CLASSES:
            raise ValueError(f"ESPNetv2 has {espnetv2.KNOWN_CLASSES} classes, not {class_count}")
        network = espnetv2.ESPNetv2DenseHybrid(self.s, self.head_kind)
        if not outlier_head:
            network.outlier_head = None
        return network

    def from_state(self, state: Mapping[str, Tensor]) -> nn.Module:
        if not any(key.startswith("network.") for key in state):
            # The authors' file: the network alone.
            state = {f"network.{key}": value for key, value in state.items()}
        channels = _leading_extent(state, "network.base_net.level2_0.act.weight")
        if channels not in self.SCALES:
            raise CheckpointError(f"ESPNetv2 with {channels} channels at level 2 is unknown")
        self.s = self.SCALES[channels]
        self.head_kind = self._head_kind(state)
        network = self.empty(espnetv2.KNOWN_CLASSES, outlier_head=_has(state, "outlier_head."))
        return load_strictly(network, state)

    @staticmethod
    def _head_kind(state: Mapping[str, Tensor]) -> str:
        """By its layers: two convolutions are `pointwise` (1x1) or `deep` (3x3)."""
        if "outlier_head.5.weight" not in state:
            return "paper"
        return "pointwise" if state["outlier_head.2.weight"].shape[-1] == 1 else "deep"

    def head(self, network: nn.Module) -> nn.Module | None:
        return network.outlier_head

    def last_layers(self, network: nn.Module) -> list[nn.Conv2d]:
        head = [] if network.outlier_head is None else [network.outlier_head[-1]]
        return [network.network.bu_dec_l4.merge_layer[-1], *head]

    def graph(self, graph: GraphBuilder) -> tuple[str, str, str | None]:
        return espnetv2_graph(graph)

    def outputs(self, network: nn.Module, image: Tensor) -> OpenSetOutputs:
        pre_logits = network.network.pre_logits(image)
        head = network.outlier_head
        return OpenSetOutputs(
            pre_logits, network.network.logits(pre_logits), None if head is None else head(pre_logits))


RECIPES: dict[str, type[Recipe]] = {
    "espnetv2": ESPNetv2Recipe,
    "ldn121": LadderDenseNetRecipe,
    "deeplab-wrn38": DeepLabRecipe,
}
