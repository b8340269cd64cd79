"""Closed-set IoU: perfect where the network's classes are the labels', lower where they are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.train import closed_set
from tools.train.photos import CAMVID
from tools.train.scores import ScoredPicture


@pytest.mark.parametrize(("wrong", "expected"), [(0, 1.0), (1, 3 / 7)])
def test_mapped_classes_are_compared(
    data: Path, monkeypatch: pytest.MonkeyPatch, wrong: int, expected: float
) -> None:
    photos = CAMVID.photos(data, "val")[:1]
    # Seven classes of equal size; the prediction takes a Cityscapes id of each, the last ones exchanged if `wrong`.
    coarse = np.repeat(np.arange(7, dtype=np.uint8), 10)[None]
    classes = np.array([ids[-1] for ids in CAMVID.table], np.uint8)[coarse]
    classes[:, 30:] = np.roll(classes[:, 30:], 10 * wrong, axis=1)
    zero = np.zeros(classes.shape, np.float32)
    monkeypatch.setattr(closed_set, "score_picture", lambda *_: ScoredPicture(zero, zero, classes))
    monkeypatch.setattr(type(photos[0]), "coarse_label", lambda _: coarse)
    assert closed_set.closed_iou(None, photos, 64) == pytest.approx(expected)
