"""Paste masks: exactly the opaque pixels, clipped, and nothing outside the mask changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.train.negatives import ANIMALS, HELD_OUT, cut_outs
from tools.train.pasting import TRAINING_RULE, PasteRule, harmonised, paste, paste_random, patch, softened
from tools.train.procedural import shape


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


def test_small_patches_keep_to_their_own_sides() -> None:
    rule = PasteRule(rectangle_probability=0, side=(64, 128), small_probability=1, small_side=(8, 16))
    for seed in range(20):
        assert 8 <= max(patch(np.random.default_rng(seed), _cut_out(), rule, scale=1).shape[:2]) <= 16


def test_ground_patches_stand_on_the_ground(data: Path) -> None:
    negatives = cut_outs(data, "train", animals=False)
    rule = PasteRule(rectangle_probability=1, side=(8, 12), ground_probability=1)
    ground = np.arange(40 * 80, 41 * 80)  # row 40 of a picture 80 wide
    for seed in range(10):
        image = np.zeros((60, 80, 3), np.uint8)
        mask = paste_random(np.random.default_rng(seed), image, negatives, rule, 1.0, 1, ground)
        assert np.nonzero(mask)[0].max() == 40


def test_harmonised_moves_the_mean_of_opaque_pixels_alone() -> None:
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[:2, :, :3], rgba[:2, :, 3] = 100, 255
    moved = harmonised(rgba, np.full((2, 2, 3), 200, np.uint8), 0.5)
    assert (moved[:2, :, :3] == 150).all() and np.array_equal(moved[..., 3], rgba[..., 3])
    assert np.array_equal(harmonised(np.zeros_like(rgba), rgba[..., :3], 0.5), np.zeros_like(rgba))


def test_softened_edges_fade_and_colours_stay() -> None:
    rgba = np.full((16, 16, 4), 255, np.uint8)
    soft = softened(rgba, 1.0)
    assert np.array_equal(soft[..., :3], rgba[..., :3])
    assert soft[8, 8, 3] == 255 and 100 < soft[0, 8, 3] < 255 and soft[0, 0, 3] < soft[0, 8, 3]


def test_training_rule_pastes_everything_it_names(data: Path) -> None:
    negatives = cut_outs(data, "train", animals=False)
    ground = np.arange(60 * 40, 60 * 80)
    first, again = (np.full((60, 80, 3), 90, np.uint8) for _ in range(2))
    for seed in range(30):
        masks = [
            paste_random(np.random.default_rng(seed), image, negatives, TRAINING_RULE, 2.0, 3, ground)
            for image in (first, again)
        ]
        assert np.array_equal(masks[0], masks[1])
    assert np.array_equal(first, again) and (first != 90).any()


def test_procedural_shapes_differ_and_are_never_empty() -> None:
    shapes = [shape(np.random.default_rng(seed), 48) for seed in range(60)]
    assert all(picture.dtype == np.uint8 and picture.shape[2] == 4 for picture in shapes)
    assert all(max(picture.shape[:2]) == 48 and min(picture.shape[:2]) >= 12 for picture in shapes)
    assert all((picture[..., 3] >= 128).any() for picture in shapes)
    assert len({picture.tobytes() for picture in shapes}) == len(shapes)
    assert sum((picture[..., 3] == 0).any() for picture in shapes) > 20  # outlines other than boxes


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_same_seed_same_patch(scale: float) -> None:
    first, second = (patch(np.random.default_rng(3), _cut_out(), PasteRule(), scale) for _ in range(2))
    assert np.array_equal(first, second)
