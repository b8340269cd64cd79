"""The authors' published checkpoints become model folders: tested on their names and shapes, with random values."""

import numpy as np
import onnx
import pytest
import torch
import yaml
from torch import Tensor

from tools.export import streethazards
from tools.export.__main__ import main
from tools.export.checkpoint import CheckpointError
from tools.export.recipes import LadderDenseNetRecipe
from tools.networks.deeplab_wrn38 import DeepLabWideResNet38
from tools.networks.ladder_densenet import LadderDenseNet, LadderDenseNetConfiguration

from .authors_names import Shapes, deeplab, ladder_densenet
from .running import session


def filled(shapes: Shapes, seed: int = 1) -> dict[str, Tensor]:
    """Random values that keep activations finite; variances are positive."""
    generator = torch.Generator().manual_seed(seed)
    state: dict[str, Tensor] = {}
    for name, shape in shapes.items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(9)
        elif len(shape) == 4:
            fan = shape[1] * shape[2] * shape[3]
            state[name] = torch.randn(shape, generator=generator) * (2 / fan) ** 0.5
        else:
            state[name] = torch.rand(shape, generator=generator) * 0.5 + 0.5
    return state


def light(shapes: Shapes) -> dict[str, Tensor]:
    """One random number for each tensor, of the full shape: a file of kilobytes for a network of half a gigabyte."""
    generator = torch.Generator().manual_seed(2)
    return {
        name: torch.tensor(3) if name.endswith("tracked") else torch.rand(1, generator=generator).expand(shape)
        for name, shape in shapes.items()
    }


def test_the_networks_have_exactly_these_names_and_shapes():
    with torch.device("meta"):
        pairs = [
            (LadderDenseNet(LadderDenseNetConfiguration(class_count=12)), ladder_densenet(12), 827),
            (DeepLabWideResNet38(), deeplab(19), 275),
        ]
    for network, shapes, entries in pairs:
        assert len(shapes) == entries
        assert {name: tuple(value.shape) for name, value in network.state_dict().items()} == shapes


@pytest.fixture(scope="module")
def street_hazards(tmp_path_factory):
    """A raw state dict of LadderDenseNetTH with 12 classes, as the authors publish it."""
    path = tmp_path_factory.mktemp("authors") / "ldn121-sh-dh.pt"
    torch.save(filled(ladder_densenet(12)), path)
    return path


def test_ladder_densenet_becomes_a_model(street_hazards, tmp_path):
    arguments = ["ldn121", "--checkpoint", str(street_hazards), "--classes", "streethazards", "--out", str(tmp_path)]
    assert main(arguments) == 0
    card = yaml.safe_load((tmp_path / "model.yaml").read_text())
    assert [entry["name"] for entry in card["classes"]] == [name for name, _ in streethazards.CLASSES]
    assert card["input"]["mean"] == [0, 0, 0] and card["input"]["std"] == [1, 1, 1]
    assert card["upsampling"] == {"align_corners": False}
    image = np.random.default_rng(3).random((1, 3, 96, 160), np.float32)
    network = LadderDenseNetRecipe().from_state(torch.load(street_hazards, weights_only=True))
    with torch.no_grad():
        expected = network(torch.from_numpy(image))
    logits, outlier_logits = session((tmp_path / "model.onnx").read_bytes()).run(None, {"image": image})
    assert logits.shape == (1, 12, 24, 40) and outlier_logits.shape == (1, 2, 24, 40)
    for ours, theirs in ((logits, expected.logits), (outlier_logits, expected.outlier_logits)):
        assert np.abs(ours - theirs.numpy()).max() < 1e-3 * float(theirs.std())


@pytest.mark.parametrize("published", ["nvidia", "fine-tuned"])
def test_deeplab_becomes_a_model(tmp_path, published):
    if published == "nvidia":
        prefixed = {f"module.{name}": value for name, value in light(deeplab(19, head=False)).items()}
        content = {"state_dict": prefixed, "epoch": 150, "mean_iu": 0.8}
    else:
        content = light(deeplab(19))
    torch.save(content, tmp_path / "weights.pth")
    out = tmp_path / "model"
    arguments = ["deeplab-wrn38", "--checkpoint", str(tmp_path / "weights.pth"), "--half-weights", "--out", str(out)]
    assert main(arguments) == 0
    card = yaml.safe_load((out / "model.yaml").read_text())
    assert card["input"]["mean"] == [0.485, 0.456, 0.406] and card["upsampling"] == {"align_corners": True}
    assert ("outlier_logits" in card["tensors"]) == (published == "fine-tuned")
    model = onnx.load(out / "model.onnx")
    (out / "model.onnx").unlink()  # a quarter of a gigabyte
    names = {tensor.name for tensor in model.graph.initializer}
    assert {"mod7.block1.convs.conv3.weight", "aspp.img_conv.0.weight", "final.6.weight"} <= names
    assert [output.name for output in model.graph.output] == [
        name for role, name in card["tensors"].items() if role != "pre_logits"
    ]


def test_a_closed_set_checkpoint_takes_a_seeded_head_or_none(tmp_path, monkeypatch):
    monkeypatch.setattr(LadderDenseNetRecipe, "calibration_size", (64, 128))
    torch.save(filled(ladder_densenet(12, head=False)), tmp_path / "ldn121-sh.pt")
    arguments = ["ldn121", "--checkpoint", str(tmp_path / "ldn121-sh.pt"), "--classes", "streethazards", "--out"]
    assert main([*arguments, str(tmp_path / "closed")]) == 0
    assert "outlier_logits" not in yaml.safe_load((tmp_path / "closed/model.yaml").read_text())["tensors"]
    assert main([*arguments, str(tmp_path / "open"), "--random-seed", "1"]) == 0
    assert "NOT trained" in yaml.safe_load((tmp_path / "open/model.yaml").read_text())["provenance"]["outlier_head"]


def test_what_does_not_fit_is_listed_by_name(street_hazards, tmp_path, capsys):
    state = torch.load(street_hazards, weights_only=True)
    del state["spp.spp.spp.spp2.conv.weight"], state["logits.norm.running_var"]
    state["head.extra.weight"] = torch.zeros(1)
    state["backbone.features.conv0.weight"] = torch.zeros(64, 3, 3, 3)
    torch.save(state, tmp_path / "broken.pt")
    arguments = ["ldn121", "--checkpoint", str(tmp_path / "broken.pt"), "--classes", "streethazards"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 1
    text = capsys.readouterr().err
    assert text.count("\n") == 1 and not (tmp_path / "out").exists()
    for part in (
        "2 missing: spp.spp.spp.spp2.conv.weight, logits.norm.running_var", "1 unknown: head.extra.weight",
        "1 of another shape: backbone.features.conv0.weight (64, 3, 3, 3) instead of (64, 3, 7, 7)",
    ):  # fmt: skip
        assert part in text
    with pytest.raises(CheckpointError, match=r"194 missing: .* and 174 more; 1 unknown"):
        LadderDenseNetRecipe().from_state({k: v for k, v in state.items() if "denseblock3" not in k or "conv" in k})


def test_twelve_classes_under_nineteen_names_are_refused(street_hazards, tmp_path, capsys):
    assert main(["ldn121", "--checkpoint", str(street_hazards), "--out", str(tmp_path / "out")]) == 1
    assert "12 classes apart but 19 are named" in capsys.readouterr().err
