"""Procedural negatives: blobs, polygons, ellipses and boxes filled with noise, stripes, checks or ramps between two colours.

The object cut-outs are few; these widen what "not a street class" looks like in shape, texture and colour.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

_Generator = np.random.Generator


def _octaves(rng: _Generator, height: int, width: int) -> np.ndarray:
    """HxW float in 0..1: bilinear value noise of several octaves with a random fall-off."""
    total, fall_off = np.zeros((height, width), np.float32), rng.uniform(0.4, 1.0)
    for level in range(1, 7):
        grid = rng.random((min(2**level, height) + 1, min(2**level, width) + 1)).astype(np.float32)
        layer = Image.fromarray(grid).resize((width, height), Image.Resampling.BILINEAR)
        total += np.array(layer) * fall_off**level
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


def _stripes(rng: _Generator, height: int, width: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), rng.uniform(3, max(4, max(height, width) / 2))
    wave = np.sin((rows * np.sin(angle) + columns * np.cos(angle)) * 2 * np.pi / period)
    return (wave > rng.uniform(-0.7, 0.7)).astype(np.float32) if rng.random() < 0.6 else wave * 0.5 + 0.5


def _checks(rng: _Generator, height: int, width: int) -> np.ndarray:
    cell = rng.integers(2, max(3, max(height, width) // 2) + 1, 2)
    rows, columns = np.mgrid[:height, :width]
    return ((rows // cell[0] + columns // cell[1]) % 2).astype(np.float32)


def ramp(rng: _Generator, height: int, width: int) -> np.ndarray:
    """HxW float: from 0 to 1 along a random direction."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    values = rows * np.sin(angle) + columns * np.cos(angle)
    return (values - values.min()) / max(float(np.ptp(values)), 1e-6)


_FILLS: tuple[Callable[[_Generator, int, int], np.ndarray], ...] = (_octaves, _octaves, _stripes, _checks, ramp)


def _colour(rng: _Generator) -> np.ndarray:
    """A colour around a random grey: most things on roads are dull, some are not."""
    grey, spread = rng.uniform(10, 245), rng.choice((12.0, 40.0, 110.0))
    return np.clip(grey + rng.uniform(-spread, spread, 3), 0, 255)


def outline(rng: _Generator, height: int, width: int) -> np.ndarray:
    """HxW uint8 alpha: box, ellipse, polygon or thresholded noise; never empty."""
    kind = rng.integers(4)
    if kind == 0:
        return np.full((height, width), 255, np.uint8)
    if kind == 1:
        alpha = np.where(_octaves(rng, height, width) > rng.uniform(0.3, 0.6), 255, 0).astype(np.uint8)
        return alpha if alpha.any() else np.full((height, width), 255, np.uint8)
    picture = Image.new("L", (width, height))
    draw = ImageDraw.Draw(picture)
    if kind == 2:
        draw.ellipse((0, 0, width - 1, height - 1), fill=255)
    else:
        count = int(rng.integers(3, 9))
        angles = np.sort(rng.uniform(0, 2 * np.pi, count))
        radii = rng.uniform(0.5, 1.0, count)
        points = zip(width / 2 * (1 + radii * np.cos(angles)), height / 2 * (1 + radii * np.sin(angles)))
        draw.polygon([(float(x), float(y)) for x, y in points], fill=255)
    alpha = np.array(picture)
    return alpha if alpha.any() else np.full((height, width), 255, np.uint8)


def shape(rng: _Generator, longest: int = 128) -> np.ndarray:
    """An RGBA picture of a random shape, its longer side `longest`, its sides at most 4:1."""
    shorter = max(2, round(longest * float(np.exp(rng.uniform(np.log(0.25), 0)))))
    height, width = (longest, shorter) if rng.random() < 0.5 else (shorter, longest)
    first, second = _colour(rng), _colour(rng)
    mix = _FILLS[rng.integers(len(_FILLS))](rng, height, width)[..., None]
    colour = first + mix * (second - first)
    if rng.random() < 0.6:  # light from one side
        colour *= 1 + rng.uniform(0.1, 0.5) * (ramp(rng, height, width)[..., None] - 0.5)
    colour += rng.normal(0, rng.uniform(0, 12), (height, width, 1))
    alpha = outline(rng, height, width)
    return np.concatenate([np.clip(colour, 0, 255).astype(np.uint8), alpha[..., None]], axis=2)
