"""From supersamples to a frame: the vote of labels, and the sensor's noise by seed."""

import numpy as np

from tools.render.frames import Sensor, develop, reduce_ids
from tools.render.noise import fractal
from tools.render.textures import Picture, mip_levels, to_linear, to_srgb


def test_the_majority_of_samples_gives_label_object_and_depth():
    ids = np.zeros((2, 4, 2), np.uint8)
    depth = np.zeros((2, 4), np.float32)
    ids[:, :2], depth[:, :2] = (8, 0), 30.0
    ids[0, 0], depth[0, 0] = (13, 7), 5.0
    ids[:, 2], depth[:, 2] = (10, 0), 0.0  # sky ...
    ids[:, 3], depth[:, 3] = (19, 3), 12.0  # ... against a thing, two samples each: the nearer wins
    labels, objects, distance = reduce_ids(ids, depth, 2)
    assert labels.tolist() == [[8, 19]]
    assert objects.tolist() == [[0, 3]]
    assert distance.tolist() == [[30.0, 12.0]]


def test_noise_belongs_to_the_seed():
    light = np.full((64, 64, 3), 0.2, np.float16)
    first, same, other = (develop(light, 2, Sensor(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (first == same).all()
    assert (first != other).any()
    assert 0.5 < first.std() < 6


def test_the_transfer_curve_is_its_own_inverse():
    values = np.arange(256, dtype=np.uint8)
    assert (to_srgb(to_linear(values)).astype(np.uint8) == values).all()


def test_mip_levels_keep_the_share_of_leaves():
    pixels = np.full((128, 128, 4), 200, np.uint8)
    pixels[..., 3] = np.clip(300 * (fractal(128, 0.7, 4, np.random.default_rng(5)) - 0.5) + 128, 0, 255)
    levels = mip_levels(Picture(pixels, True))
    shares = [float((level[..., 3] > 127).mean()) for level in levels[:5]]
    assert [level.shape[0] for level in levels] == [128, 64, 32, 16, 8, 4, 2, 1]
    # Averages alone lose most leaves by the fourth halving.
    means = pixels[..., 3].reshape(8, 16, 8, 16).mean(axis=(1, 3))
    assert (means > 127).mean() < shares[0] - 0.15
    assert max(abs(share - shares[0]) for share in shares) < 0.08
