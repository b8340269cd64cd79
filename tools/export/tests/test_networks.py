"""The networks have the extents and the key names of their authors' checkpoints."""

import pytest
import torch

from tools.export.checkpoint import CheckpointError, read_checkpoint
from tools.export.recipes import RECIPES, DeepLabRecipe, LadderDenseNetRecipe
from tools.networks.deeplab_wrn38 import DeepLabWideResNet38
from tools.networks.ladder_densenet import LadderDenseNet, LadderDenseNetConfiguration, pyramid_grid


def parameters(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_ladder_densenet_counts():
    network = LadderDenseNet()
    assert parameters(network) == 11_067_928
    assert len(network.state_dict()) == 827
    assert parameters(network.backbone) == 6_951_808
    assert parameters(LadderDenseNet(LadderDenseNetConfiguration(class_count=12))) == 11_067_025


def test_deeplab_counts():
    with torch.device("meta"):
        network = DeepLabWideResNet38()
    assert parameters(network) == 137_105_154
    assert len(network.state_dict()) == 275


@pytest.mark.parametrize("key", [
    "backbone.features.conv0.weight", "backbone.features.norm0.running_var",
    "backbone.features.denseblock3.denselayer24.norm2.bias", "backbone.features.denseblock1.denselayer1.conv2.weight",
    "backbone.features.transition3.conv.weight", "spp.spp.spp.spp_bn.norm.weight", "spp.spp.spp.spp3.conv.weight",
    "spp.spp.spp.spp_fuse.norm.num_batches_tracked", "upsample.upsample_layers.upsample_0.bottleneck.norm.weight",
    "upsample.upsample_layers.upsample_2.logits_aux.conv.bias", "logits.conv.bias", "logits_ood.norm.weight",
])
def test_ladder_densenet_keys(key):
    assert key in LadderDenseNet().state_dict()


@pytest.mark.parametrize("key", [
    "mod1.conv1.weight", "mod4.block6.bn1.0.running_mean", "mod6.block1.convs.conv3.weight",
    "mod7.block1.convs.bn3.0.weight", "mod2.block1.proj_conv.weight", "aspp.features.3.0.weight",
    "aspp.img_conv.1.running_var", "bot_fine.weight", "bot_aspp.weight", "final.3.weight", "final.4.bias",
    "final.6.weight", "logits_ood.norm.bias", "logits_ood.conv.bias",
])
def test_deeplab_keys(key):
    with torch.device("meta"):
        state = DeepLabWideResNet38().state_dict()
    assert key in state
    assert "final.6.bias" not in state


def test_pyramid_grid_rounds_half_to_even():
    assert [pyramid_grid(g, 32, 64) for g in (8, 4, 2, 1)] == [(8, 16), (4, 8), (2, 4), (1, 2)]
    assert [pyramid_grid(g, 23, 40) for g in (8, 4, 2, 1)] == [(8, 14), (4, 7), (2, 3), (1, 2)]
    assert pyramid_grid(2, 4, 5) == (2, 2)
    assert pyramid_grid(2, 4, 7) == (2, 4)
    assert pyramid_grid(1, 40, 4) == (1, 1)


def test_checkpoints_load_from_every_wrapper(tmp_path):
    network = LadderDenseNet(LadderDenseNetConfiguration(class_count=12))
    raw = network.state_dict()
    contents = {
        "raw": raw,
        "nvidia": {"state_dict": {f"module.{key}": value for key, value in raw.items()}, "epoch": 3},
        "densehybrid": {"model": raw, "current_epoch": 7},
    }
    for name, content in contents.items():
        torch.save(content, tmp_path / name)
        state, record = read_checkpoint(tmp_path / name)
        loaded = LadderDenseNetRecipe().from_state(state)
        assert loaded.config.class_count == 12
        assert torch.equal(loaded.logits.conv.weight, network.logits.conv.weight)
        assert set(record) == set(content) - {"state_dict", "model"} if name != "raw" else not record


def test_closed_set_checkpoint_has_no_head():
    state = {key: value for key, value in LadderDenseNet().state_dict().items() if not key.startswith("logits_ood")}
    assert LadderDenseNetRecipe().from_state(state).logits_ood is None


def test_what_is_no_checkpoint_is_said_in_one_line(tmp_path):
    with pytest.raises(CheckpointError, match="no such file"):
        read_checkpoint(tmp_path / "absent")
    (tmp_path / "text").write_text("not a checkpoint")
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        read_checkpoint(tmp_path / "text")
    torch.save([1, 2], tmp_path / "list")
    with pytest.raises(CheckpointError, match="holds no state dict"):
        read_checkpoint(tmp_path / "list")
    with pytest.raises(CheckpointError, match="of another network"):
        DeepLabRecipe().from_state(LadderDenseNet().state_dict())
    state = dict(LadderDenseNet().state_dict())
    del state["logits.norm.weight"]
    with pytest.raises(CheckpointError, match="logits.norm.weight"):
        LadderDenseNetRecipe().from_state(state)
    assert set(RECIPES) == {"espnetv2", "ldn121", "deeplab-wrn38"}
