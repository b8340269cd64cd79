"""Means by hand, and refusals."""

from __future__ import annotations

import pytest
import torch

from tools.train.average import average


def _record(value: float, step: int, start: str = "s") -> dict:
    names = ("network.a", "outlier_head.b")
    return {
        "model": {**{name: torch.full((2,), value) for name in names}, "network.count": torch.tensor(step)},
        "start": {name: torch.zeros(2) for name in names},
        "start_digest": start,
        "step": step,
        "optimizer": {},
        "state_digest": "old",
    }


def test_mean_and_the_way_back_of_the_network_alone() -> None:
    record = average([_record(1.0, 10), _record(3.0, 20)], towards_start=0.25)
    assert record["model"]["network.a"].tolist() == [1.5, 1.5]
    assert record["model"]["outlier_head.b"].tolist() == [2, 2]
    assert record["model"]["network.count"] == 20
    assert record["averaged_steps"] == [10, 20] and record["towards_start"] == 0.25 and record["step"] == 20
    assert record["largest_change_network"] == 1.5 and record["largest_change_head"] == 2
    assert record["state_digest"] != "old" and "optimizer" not in record


def test_checkpoints_of_two_runs_and_odd_shares_are_refused() -> None:
    with pytest.raises(ValueError, match="different weights"):
        average([_record(1.0, 10), _record(3.0, 20, start="t")], 0)
    with pytest.raises(ValueError, match="expected 0 to less than 1"):
        average([_record(1.0, 10)], 1)
