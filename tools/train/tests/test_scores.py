"""Scores, metrics and thresholds against plain definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tools.networks.espnetv2 import ESPNetv2DenseHybrid
from tools.train.labels import CAMVID, VOID, coarse_ids
from tools.train.metrics import ConfusionMatrix, average_precision, rate_and_threshold
from tools.train.scores import network_size, score_picture


def test_score_parts_add_up_and_match_float64() -> None:
    torch.manual_seed(2)
    model = ESPNetv2DenseHybrid(1.0).eval()
    image = np.random.default_rng(1).integers(0, 256, (36, 60, 3), np.uint8)
    scored = score_picture(model, image, (64, 48))
    assert scored.classes.shape == (36, 60) and scored.classes.max() < 19
    total = scored.score("generative").astype(np.float64) + scored.score("discriminative")
    assert np.abs(scored.score("densehybrid") - total).max() < 1e-5
    assert scored.log_outlier.max() <= 0
    with pytest.raises(ValueError, match="choose one of"):
        scored.score("energy")


def test_log_outlier_stays_finite_where_softmax_underflows() -> None:
    model = ESPNetv2DenseHybrid(1.0).eval()
    torch.nn.init.zeros_(model.outlier_head[-1].weight)
    with torch.no_grad():
        model.outlier_head[-1].bias.copy_(torch.tensor([500.0, -500.0]))
    scored = score_picture(model, np.zeros((16, 16, 3), np.uint8), (64, 64))
    assert np.allclose(scored.log_outlier, -1000)


def test_network_size_keeps_the_aspect() -> None:
    assert network_size(1280, 720, 1024) == (1024, 576)
    assert network_size(2048, 1024, 1024) == (1024, 512)
    assert network_size(480, 360, 1024) == (1024, 768)


def test_threshold_reaches_the_rate_and_not_less() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random(4000) < 0.1
    score = (rng.normal(size=4000) + 2 * truth).astype(np.float32)
    rate, threshold = rate_and_threshold(truth, score)
    assert (score[truth] >= threshold).mean() >= 0.95 > (score[truth] > threshold).mean()
    assert rate == pytest.approx((score[~truth] >= threshold).mean())


def test_average_precision_by_hand() -> None:
    truth, score = np.array([1, 0, 1, 0], bool), np.array([4.0, 3.0, 2.0, 1.0])
    assert average_precision(truth, score) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_mean_iou_by_hand() -> None:
    confusion = ConfusionMatrix(3)
    confusion.add(np.array([0, 0, 1, VOID]), np.array([0, 1, 1, 2]))
    assert confusion.mean_iou() == pytest.approx((1 / 2 + 1 / 2) / 2)


def test_every_known_class_has_a_camvid_class() -> None:
    coarse = coarse_ids(np.arange(19, dtype=np.uint8), CAMVID)
    assert coarse.max() < len(CAMVID)
    assert all(k in CAMVID[c] for k, c in enumerate(coarse))
