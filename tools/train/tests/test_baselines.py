"""The logit-only scores against their definitions in NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tools.networks.espnetv2 import ESPNetv2DenseHybrid
from tools.train import baselines, mixture

LOGITS = np.array([0.3, -1.0, 2.5] + [-4.0] * 16 + [1.5])


def test_scores_by_definition() -> None:
    known = LOGITS[:19]
    probability = np.exp(known) / np.exp(known).sum()
    expected = {
        "msp": 1 - probability.max(),
        "max-logit": -2.5,
        "entropy": -(probability * np.log(probability)).sum(),
        "energy T=1": -np.log(np.exp(known).sum()),
        "energy T=5": -5 * np.log(np.exp(known / 5).sum()),
        "background": np.log(np.exp(1.5) / np.exp(LOGITS).sum()),
    }
    logits = torch.tensor(LOGITS)[None, :, None, None]
    for name, value in expected.items():
        assert baselines.SCORES[name](logits).item() == pytest.approx(value), name


def test_every_score_is_measured_on_every_set(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "NETWORK_SIZE", (64, 32))
    results = baselines.measure(ESPNetv2DenseHybrid(1.0).eval(), data, seed=1, every=1)
    assert set(results) == {(n, f) for n in baselines.SCORES for f in ("camvid11", "idd_lite")}
    assert all(0 <= precision <= 1 and 0 <= rate <= 1 for precision, rate in results.values())
    assert mixture.NETWORK_SIZE == (1024, 512)
