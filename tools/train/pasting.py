"""Mixed-content images: cut-outs and rectangles of cut-out texture pasted into street photos.

Objects are pasted at the photo's own resolution, before the photo is enlarged to network size. Pasted later they would
be sharper than what surrounds them, and a head would learn sharpness instead of objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .negatives import CutOut

_SMALLEST_SIDE = 4
_OPAQUE = 128


@dataclass(frozen=True)
class PasteRule:
    """How patches are drawn; sides are in pixels of the network's input (`scale` = network pixels per photo pixel)."""

    rectangle_probability: float = 0.5
    side: tuple[float, float] = (16, 256)
    largest_enlargement: float = 2.0
    gain: tuple[float, float] = (0.6, 1.4)


def patch(rng: np.random.Generator, cut_out: np.ndarray, rule: PasteRule, scale: float) -> np.ndarray:
    """An RGBA patch of `cut_out` in photo pixels: a rectangle of its texture, or the whole object; flipped at random.

    The longer side is log-uniform in `rule.side`, but the cut-out is never enlarged above `rule.largest_enlargement`.
    """
    if rng.random() < rule.rectangle_probability:
        cut_out = _texture(rng, cut_out)
    if rng.random() < 0.5:
        cut_out = cut_out[:, ::-1]
    height, width = cut_out.shape[:2]
    longest = float(np.exp(rng.uniform(*np.log(rule.side))))
    factor = min(longest / max(height, width), rule.largest_enlargement) / scale
    size = (max(_SMALLEST_SIDE, round(width * factor)), max(_SMALLEST_SIDE, round(height * factor)))
    resized = np.array(Image.fromarray(np.ascontiguousarray(cut_out)).resize(size, Image.Resampling.BILINEAR))
    colour = resized[..., :3] * rng.uniform(*rule.gain)
    return np.concatenate([np.clip(colour, 0, 255).astype(np.uint8), resized[..., 3:]], axis=2)


def _texture(rng: np.random.Generator, cut_out: np.ndarray) -> np.ndarray:
    """A rectangle inside the object, fully opaque; the largest of a few random tries that lie (almost) inside."""
    opaque = cut_out[..., 3] >= _OPAQUE
    rows, columns = np.nonzero(opaque)
    best, best_area = None, 0
    for _ in range(24):
        i, j = rng.integers(len(rows), size=2)
        top, bottom = sorted((int(rows[i]), int(rows[j])))
        left, right = sorted((int(columns[i]), int(columns[j])))
        area = (bottom + 1 - top) * (right + 1 - left)
        if area > best_area and opaque[top : bottom + 1, left : right + 1].mean() >= 0.98:
            best, best_area = (top, bottom + 1, left, right + 1), area
    top, bottom, left, right = best if best is not None else (rows[0], rows[0] + 1, columns[0], columns[0] + 1)
    rectangle = cut_out[top:bottom, left:right].copy()
    rectangle[..., 3] = 255
    return rectangle


def paste(image: np.ndarray, mask: np.ndarray, rgba: np.ndarray, top: int, left: int) -> None:
    """Blends `rgba` into `image` (HxWx3 uint8) at (top, left), clipped, and sets `mask` (HxW bool) where it covers."""
    height, width = mask.shape
    y0, y1 = max(top, 0), min(top + rgba.shape[0], height)
    x0, x1 = max(left, 0), min(left + rgba.shape[1], width)
    if y0 >= y1 or x0 >= x1:
        return
    part = rgba[y0 - top : y1 - top, x0 - left : x1 - left]
    alpha = part[..., 3:].astype(np.float32) / 255
    under = image[y0:y1, x0:x1].astype(np.float32)
    image[y0:y1, x0:x1] = np.rint(under + alpha * (part[..., :3] - under)).astype(np.uint8)
    mask[y0:y1, x0:x1] |= part[..., 3] >= _OPAQUE


def paste_random(
    rng: np.random.Generator, image: np.ndarray, cut_outs: Sequence[CutOut], rule: PasteRule, scale: float, count: int
) -> np.ndarray:
    """Pastes `count` patches at random places of `image` in place; returns the mask of pasted pixels (HxW bool)."""
    mask = np.zeros(image.shape[:2], bool)
    for _ in range(count):
        rgba = patch(rng, cut_outs[rng.integers(len(cut_outs))].pixels(), rule, scale)
        top = int(rng.integers(max(1, image.shape[0] - rgba.shape[0] + 1)))
        left = int(rng.integers(max(1, image.shape[1] - rgba.shape[1] + 1)))
        paste(image, mask, rgba, top, left)
    return mask
