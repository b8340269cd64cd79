"""Negatives in the street's own clothes: a piece of a house, a tree or a wall that stands on the road."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tools.render.hazard_set.classes import KNOWN

from ..pasting import paste, softened
from ..procedural import outline, ramp

# Classes that lend their texture: building, sidewalk, vegetation, wall. On the road none of them is in its place.
LENDERS = tuple(KNOWN.index(label) for label in (2, 9, 10, 12))
_TRIES, _PURE = 8, 0.7


def paste_camouflaged(
    rng: np.random.Generator, image: np.ndarray, label: np.ndarray, mask: np.ndarray, road: np.ndarray, side: float
) -> None:
    """Pastes one patch, its longer side `side` pixels, onto the road (flat indices) and adds it to `mask`, in place.

    Where the crop shows no road or nothing to lend a texture, nothing happens.
    """
    texture = _texture(rng, image, label)
    if texture is None or not len(road):
        return
    short = max(4, round(side * rng.uniform(0.35, 1.0)))
    width, height = (round(side), short) if rng.random() < 0.5 else (short, round(side))
    colour = np.array(Image.fromarray(texture).resize((width, height), Image.Resampling.BILINEAR)).astype(np.float32)
    colour *= rng.uniform(0.5, 1.25) * (1 + rng.uniform(0, 0.6) * (ramp(rng, height, width)[..., None] - 0.5))
    rgba = np.concatenate(
        [np.clip(colour, 0, 255).astype(np.uint8), outline(rng, height, width)[..., None]], axis=2
    )
    if rng.random() < 0.8:
        rgba = softened(rgba, float(rng.uniform(0.3, 1.0)))
    row, column = divmod(int(road[rng.integers(len(road))]), label.shape[1])
    paste(image, mask, rgba, row - height + 1, column - width // 2)


def _texture(rng: np.random.Generator, image: np.ndarray, label: np.ndarray) -> np.ndarray | None:
    """A rectangle of the picture that is mostly of one lending class."""
    lenders = np.flatnonzero(np.isin(label, LENDERS))
    if not len(lenders):
        return None
    height, width = label.shape
    for _ in range(_TRIES):
        row, column = divmod(int(lenders[rng.integers(len(lenders))]), width)
        size = int(rng.integers(6, 49))
        rows, columns = slice(max(0, row - size), row + size), slice(max(0, column - size), column + size)
        if (label[rows, columns] == label[row, column]).mean() >= _PURE:
            return np.ascontiguousarray(image[rows, columns])
    return None
