"""The network definition: strict loading, sizes, pooling, head."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from tools.networks.adaptive_pool import adaptive_average_pool, pooling_matrix
from tools.networks.espnetv2 import (
    ESPNetv2,
    ESPNetv2DenseHybrid,
    branch_extent,
    load_densehybrid,
    load_pretrained,
    outlier_head,
)


@pytest.mark.parametrize("s, parameters", [(1.0, 234_010), (2.0, 789_242)])
def test_size_of_the_published_networks(s: float, parameters: int) -> None:
    network = ESPNetv2(s)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert len(network.state_dict()) == 526


def test_pretrained_loads_strictly(pretrained_path: Path | None, tmp_path: Path) -> None:
    """The authors' file if it is at hand, else a state of the same names and shapes from a seed."""
    if pretrained_path is None:
        torch.manual_seed(3)
        pretrained_path = tmp_path / "generated.pth"
        torch.save(ESPNetv2(2.0).state_dict(), pretrained_path)
    network = load_pretrained(pretrained_path, 2.0)
    state = torch.load(pretrained_path, map_location="cpu", weights_only=True)
    assert all(torch.equal(state[name], tensor) for name, tensor in network.state_dict().items())
    del state["bu_dec_l4.merge_layer.3.bias"]
    broken = tmp_path / "broken.pth"
    torch.save(state, broken)
    with pytest.raises(RuntimeError, match="bu_dec_l4.merge_layer.3.bias"):
        load_pretrained(broken, 2.0)


def test_outputs_are_at_stride_two() -> None:
    model = ESPNetv2DenseHybrid(1.0).eval()
    with torch.no_grad():
        logits, outlier, pre = model.forward_with_pre_logits(torch.randn(1, 3, 48, 80))
    assert logits.shape == (1, 20, 24, 40) and outlier.shape == (1, 2, 24, 40) and pre.shape == (1, 32, 24, 40)


def test_other_sizes_are_refused_with_the_multiple() -> None:
    with pytest.raises(ValueError, match="264x136 is not a multiple of 16"):
        ESPNetv2(1.0)(torch.zeros(1, 3, 136, 264))


@pytest.mark.parametrize("extent, cells", [(13, 5), (48, 32), (3, 5), (64, 64), (7, 1)])
def test_pooling_matrix_is_adaptive_pooling(extent: int, cells: int) -> None:
    torch.manual_seed(1)
    x = torch.randn(1, 2, extent, extent + 3, dtype=torch.float64)
    rows = pooling_matrix(extent, cells, torch.float64)
    columns = pooling_matrix(extent + 3, cells, torch.float64)
    assert torch.allclose(rows @ x @ columns.T, F.adaptive_avg_pool2d(x, (cells, cells)), atol=1e-12)
    assert torch.equal(adaptive_average_pool(x, (cells, cells)), F.adaptive_avg_pool2d(x, (cells, cells)))


def test_branch_sizes() -> None:
    assert [branch_extent(32, s) for s in (2.0, 1.5, 1.0, 0.5, 0.1)] == [64, 48, 32, 16, 5]
    assert branch_extent(256, 0.1) == 26 and branch_extent(3, 0.5) == 5


def test_heads_by_name() -> None:
    assert [p.numel() for p in outlier_head("paper").parameters()] == [32, 32, 64, 2]
    assert len(outlier_head("deep")) == len(outlier_head("pointwise")) == 6
    assert outlier_head("deep")[2].kernel_size == (3, 3) and outlier_head("pointwise")[2].kernel_size == (1, 1)
    with pytest.raises(ValueError, match="choose one of paper, pointwise, deep"):
        outlier_head("wide")


def test_checkpoint_round_trip(tmp_path: Path) -> None:
    model = ESPNetv2DenseHybrid(1.0, "deep")
    torch.save({"model": model.state_dict(), "s": 1.0, "head": "deep", "note": "x"}, tmp_path / "c.pt")
    loaded, record = load_densehybrid(tmp_path / "c.pt")
    assert loaded.head_kind == "deep" and record["note"] == "x" and not loaded.training
