"""Paste masks: exactly the opaque pixels, clipped, and nothing outside the mask changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.train.negatives import ANIMALS, HELD_OUT, cut_outs
from tools.train.pasting import PasteRule, paste, paste_random, patch


def _cut_out() -> np.ndarray:
    rgba = np.zeros((20, 30, 4), np.uint8)
    rgba[..., 0] = 200
    rgba[4:16, 5:25, 3] = 255
    return rgba


def test_paste_covers_opaque_pixels_and_is_clipped() -> None:
    image, mask = np.zeros((24, 24, 3), np.uint8), np.zeros((24, 24), bool)
    paste(image, mask, _cut_out(), top=10, left=-10)
    expected = np.zeros((24, 24), bool)
    expected[14:24, 0:15] = True
    assert np.array_equal(mask, expected)
    assert np.array_equal(image[..., 0] == 200, expected)
    assert image[..., 1:].max() == 0


def test_paste_blends_by_alpha() -> None:
    rgba = np.full((1, 1, 4), 100, np.uint8)
    rgba[..., 3] = 51
    image, mask = np.full((1, 1, 3), 50, np.uint8), np.zeros((1, 1), bool)
    paste(image, mask, rgba, 0, 0)
    assert image.tolist() == [[[60, 60, 60]]]
    assert not mask.any()


def test_paste_outside_changes_nothing() -> None:
    image, mask = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), bool)
    paste(image, mask, _cut_out(), 100, 100)
    assert image.max() == 0 and not mask.any()


def test_rectangles_are_fully_opaque_and_lie_inside_the_object() -> None:
    rule = PasteRule(rectangle_probability=1, gain=(1, 1))
    for seed in range(20):
        rgba = patch(np.random.default_rng(seed), _cut_out(), rule, scale=1)
        assert (rgba[..., 3] == 255).all()
        assert rgba.shape[0] <= 2 * 12 and rgba.shape[1] <= 2 * 20  # inside the object, enlarged twice at most


def test_objects_keep_their_outline_and_the_side_rule() -> None:
    rule = PasteRule(rectangle_probability=0, side=(16, 32), gain=(1, 1))
    for seed in range(20):
        rgba = patch(np.random.default_rng(seed), _cut_out(), rule, scale=1)
        assert 16 <= max(rgba.shape[:2]) <= 32
        assert 0.3 < (rgba[..., 3] >= 128).mean() < 0.5  # 240 of 600 pixels are opaque


def test_mask_holds_every_change(data: Path) -> None:
    negatives = cut_outs(data, "train", animals=False)
    before = np.full((60, 80, 3), 90, np.uint8)
    for seed in range(10):
        image = before.copy()
        mask = paste_random(np.random.default_rng(seed), image, negatives, PasteRule(rectangle_probability=1), 2.0, 2)
        assert mask.any()
        assert np.array_equal(image[~mask], before[~mask])


def test_splits_share_no_class_and_animals_stay_out(data: Path) -> None:
    train = {c.kind for c in cut_outs(data, "train", animals=False)}
    with_animals = {c.kind for c in cut_outs(data, "train", animals=True)}
    validation = {c.kind for c in cut_outs(data, "validation", animals=False)}
    assert train == {"tv", "spoon"} and with_animals == {"tv", "spoon", "cow"} and validation == {"chair"}
    assert not ANIMALS & HELD_OUT


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_same_seed_same_patch(scale: float) -> None:
    first, second = (patch(np.random.default_rng(3), _cut_out(), PasteRule(), scale) for _ in range(2))
    assert np.array_equal(first, second)
