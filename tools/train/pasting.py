"""Mixed-content images: cut-outs, rectangles of cut-out texture and procedural shapes pasted into street photos.

Objects are pasted at the photo's own resolution, before the photo is enlarged to network size. Pasted later they would
be sharper than what surrounds them, and a head would learn sharpness instead of objects. For the same reason a share
of the patches takes over the light of its surroundings and has soft edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from .negatives import CutOut
from .procedural import shape

_SMALLEST_SIDE = 4
_OPAQUE = 128


@dataclass(frozen=True)
class PasteRule:
    """How patches are drawn; sides are in pixels of the network's input (`scale` = network pixels per photo pixel)."""

    rectangle_probability: float = 0.5
    side: tuple[float, float] = (16, 256)
    largest_enlargement: float = 2.0
    gain: tuple[float, float] = (0.6, 1.4)
    procedural_probability: float = 0.0
    small_probability: float = 0.0  # patches whose longer side is log-uniform in `small_side` instead
    small_side: tuple[float, float] = (8, 40)
    ground_probability: float = 0.0  # patches whose lower edge stands on the ground
    tint_probability: float = 0.0  # colour channels permuted and scaled apart
    harmony_probability: float = 0.0  # mean colour drawn halfway to that of the surroundings
    soft_probability: float = 0.0  # edges blurred


# What the trainer uses; the plain rule above is that of the validation mixture.
TRAINING_RULE = PasteRule(
    rectangle_probability=0.4,
    side=(24, 256),
    procedural_probability=0.25,
    small_probability=0.4,
    ground_probability=0.5,
    tint_probability=0.4,
    harmony_probability=0.4,
    soft_probability=0.6,
)


def patch(rng: np.random.Generator, cut_out: np.ndarray, rule: PasteRule, scale: float) -> np.ndarray:
    """An RGBA patch of `cut_out` in photo pixels: a rectangle of its texture, or the whole object; flipped at random.

    The longer side is log-uniform in `rule.side`, but the cut-out is never enlarged above `rule.largest_enlargement`.
    """
    if rng.random() < rule.rectangle_probability:
        cut_out = _texture(rng, cut_out)
    if rng.random() < 0.5:
        cut_out = cut_out[:, ::-1]
    height, width = cut_out.shape[:2]
    small = rule.small_probability > 0 and rng.random() < rule.small_probability
    longest = float(np.exp(rng.uniform(*np.log(rule.small_side if small else rule.side))))
    factor = min(longest / max(height, width), rule.largest_enlargement) / scale
    size = (max(_SMALLEST_SIDE, round(width * factor)), max(_SMALLEST_SIDE, round(height * factor)))
    resized = np.array(Image.fromarray(np.ascontiguousarray(cut_out)).resize(size, Image.Resampling.BILINEAR))
    colour = resized[..., :3] * rng.uniform(*rule.gain)
    if rule.tint_probability > 0 and rng.random() < rule.tint_probability:
        colour = colour[..., rng.permutation(3)] * rng.uniform(0.7, 1.3, 3)
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


def harmonised(rgba: np.ndarray, around: np.ndarray, strength: float) -> np.ndarray:
    """`rgba` with the mean of its opaque pixels moved by `strength` (0..1) towards the mean of `around` (RGB)."""
    opaque = rgba[..., 3] >= _OPAQUE
    if not opaque.any():
        return rgba
    shift = strength * (around.reshape(-1, 3).mean(0) - rgba[..., :3][opaque].mean(0))
    colour = np.clip(rgba[..., :3] + shift, 0, 255).astype(np.uint8)
    return np.concatenate([colour, rgba[..., 3:]], axis=2)


def softened(rgba: np.ndarray, radius: float) -> np.ndarray:
    """`rgba` with its alpha blurred (Gaussian, `radius` in pixels) inside the picture; colours stay."""
    height, width = rgba.shape[:2]
    margin = 1  # so that edges at the picture's border become soft, too
    alpha = np.pad(rgba[..., 3], margin)
    blurred = np.array(Image.fromarray(alpha).filter(ImageFilter.GaussianBlur(radius)))
    inner = blurred[margin : margin + height, margin : margin + width]
    return np.concatenate([rgba[..., :3], inner[..., None]], axis=2)


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


def _place(
    rng: np.random.Generator, rgba: np.ndarray, shape: tuple[int, int], rule: PasteRule, ground: np.ndarray | None
) -> tuple[int, int]:
    """(top, left): anywhere inside, or with the middle of the lower edge on a ground pixel."""
    height, width = rgba.shape[:2]
    if ground is not None and len(ground) and rng.random() < rule.ground_probability:
        row, column = divmod(int(ground[rng.integers(len(ground))]), shape[1])
        return row - height + 1, column - width // 2
    return int(rng.integers(max(1, shape[0] - height + 1))), int(rng.integers(max(1, shape[1] - width + 1)))


def paste_random(
    rng: np.random.Generator,
    image: np.ndarray,
    cut_outs: Sequence[CutOut],
    rule: PasteRule,
    scale: float,
    count: int,
    ground: np.ndarray | None = None,
) -> np.ndarray:
    """Pastes `count` patches into `image` in place; returns the mask of pasted pixels (HxW bool).

    `ground` holds flat indices of the pixels on which objects may stand.
    """
    mask = np.zeros(image.shape[:2], bool)
    for _ in range(count):
        procedural = rule.procedural_probability > 0 and rng.random() < rule.procedural_probability
        source = shape(rng) if procedural else cut_outs[rng.integers(len(cut_outs))].pixels()
        rgba = patch(rng, source, rule, scale)
        top, left = _place(rng, rgba, mask.shape, rule, ground)
        if rule.harmony_probability > 0 and rng.random() < rule.harmony_probability:
            rows = slice(max(0, top), max(1, top + rgba.shape[0]))
            around = image[rows, max(0, left) : max(1, left + rgba.shape[1])]
            if around.size:
                rgba = harmonised(rgba, around, float(rng.uniform(0.2, 0.8)))
        if rule.soft_probability > 0 and rng.random() < rule.soft_probability:
            rgba = softened(rgba, float(rng.uniform(0.3, 1.0)))
        paste(image, mask, rgba, top, left)
    return mask
