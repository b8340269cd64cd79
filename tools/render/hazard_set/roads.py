"""Road surfaces by rule, for towns to train on: asphalt, patches, cracks, slabs, stones and gravel in many colours.

One stretch has one picture of its own, so that a network sees hundreds of materials and learns none of them as "road".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .. import classes
from ..noise import fractal
from ..scene import Item, Material, Mesh
from ..textures import Picture
from ..track import DETAIL

# Pixels of a picture's side, and metres that it covers; pictures repeat without a seam.
SIZE, TILE = 512, 6.0


@dataclass(frozen=True)
class Drawn:
    """What a stretch of a town may be paved with.

    `tones` are mean greys (0 to 255); `warmth` is what red has more than grey, and blue less, as a share.
    """

    kinds: tuple[str, ...]
    tones: tuple[float, float]
    warmth: tuple[float, float] = (-0.04, 0.08)


def draw(surface: Drawn, rng: np.random.Generator) -> Picture:
    """The picture of one stretch."""
    kind = surface.kinds[int(rng.integers(len(surface.kinds)))]
    tone, warmth = rng.uniform(*surface.tones), rng.uniform(*surface.warmth)
    field = _KINDS[kind](rng) * (1 + rng.uniform(0.02, 0.1) * fractal(SIZE, 1.6, 2, rng))
    colour = tone * field[..., None] * (1 + warmth * np.array([1.0, rng.uniform(-0.2, 0.4), -1.0]))
    pixels = np.full((SIZE, SIZE, 4), 255, np.uint8)
    pixels[..., :3] = np.clip(colour, 0, 255).astype(np.uint8)
    return Picture(pixels, False)


def flat(items: list[Item]) -> list[Item]:
    """`items` with the texture of all that is road laid flat: its grain has one size whatever the track's mesh says."""
    return [replace(item, mesh=_flat(item.mesh)) if item.label == classes.ROAD else item for item in items]


def paved(items: list[Item], picture: Picture) -> list[Item]:
    """`items` with the picture on all that is road."""
    strength, scale = DETAIL[classes.ROAD]
    material = Material(picture, detail=strength, detail_scale=scale)
    return [replace(item, material=material) if item.label == classes.ROAD else item for item in items]


def _flat(mesh: Mesh) -> Mesh:
    return Mesh(mesh.positions, mesh.normals, (mesh.positions[:, [0, 2]] / TILE).astype(np.float32))


def _asphalt(rng: np.random.Generator) -> np.ndarray:
    """Stones of a centimetre or two in a darker ground."""
    grain = fractal(SIZE, rng.uniform(0.0, 0.5), 40, rng)
    return 1 + rng.uniform(0.05, 0.2) * grain + rng.uniform(0, 0.35) * (grain > 1.6)


def _patched(rng: np.random.Generator) -> np.ndarray:
    """Asphalt with rectangles of other asphalt, some with a seam of tar."""
    field = _asphalt(rng)
    for _ in range(int(rng.integers(2, 7))):
        other = np.zeros((SIZE, SIZE), bool)
        height, width = rng.integers(SIZE // 16, SIZE // 2, 2)
        other[:height, :width] = True
        seam = other.copy()
        seam[4 : height - 4, 4 : width - 4] = False
        offset = tuple(rng.integers(0, SIZE, 2))
        field = np.where(np.roll(other, offset, (0, 1)), field * rng.uniform(0.6, 1.25), field)
        if rng.random() < 0.4:
            field = np.where(np.roll(seam, offset, (0, 1)), 0.55 + 0.1 * fractal(SIZE, 0.3, 20, rng), field)
    return field


def _cracked(rng: np.random.Generator) -> np.ndarray:
    """Asphalt or concrete with cracks, and stains around them."""
    field = _asphalt(rng)
    for _ in range(int(rng.integers(1, 3))):
        height = fractal(SIZE, rng.uniform(1.2, 1.7), 2, rng)
        field = field * (1 - rng.uniform(0, 0.15) * np.exp(-((height / 0.12) ** 2)))
        field = np.where(np.abs(height) < rng.uniform(0.008, 0.025), field * rng.uniform(0.35, 0.7), field)
    return field


def _slabs(rng: np.random.Generator) -> np.ndarray:
    """Concrete slabs of 1.5 to 6 m with joints."""
    down, right = rng.choice([1, 2, 4], 2)
    slab = rng.normal(1, rng.uniform(0.02, 0.1), (down, right)).repeat(SIZE // down, 0).repeat(SIZE // right, 1)
    rows, columns = np.arange(SIZE) % (SIZE // down), np.arange(SIZE) % (SIZE // right)
    joint = (rows < 3)[:, None] | (columns < 3)[None]
    field = slab * (1 + 0.05 * fractal(SIZE, 0.3, 16, rng))
    return np.where(joint, field * rng.uniform(0.4, 0.9), field)


def _stones(rng: np.random.Generator) -> np.ndarray:
    """Setts or bricks in rows, each a little higher or darker than the next."""
    down = int(rng.choice([24, 32, 48]))
    right = int(down * rng.uniform(0.5, 1.0))
    rows = np.arange(SIZE) * down / SIZE
    shift = (rows.astype(int) % 2) * 0.5 + (rng.normal(0, 0.08, down))[rows.astype(int)]
    columns = (np.arange(SIZE)[None] * right / SIZE + shift[:, None]) % right
    tone = rng.normal(1, rng.uniform(0.05, 0.18), (down, right))[rows.astype(int)[:, None], columns.astype(int)]
    edge = np.minimum(np.minimum(rows % 1, 1 - rows % 1)[:, None], np.minimum(columns % 1, 1 - columns % 1))
    round_ = np.clip(edge / 0.18, 0, 1)
    deep = rng.uniform(0.35, 0.75)
    return tone * (deep + (1 - deep) * round_) * (1 + 0.06 * fractal(SIZE, 0.4, 16, rng))


def _gravel(rng: np.random.Generator) -> np.ndarray:
    """Pressed gravel or sand over tar."""
    return 1 + rng.uniform(0.1, 0.25) * fractal(SIZE, 0.6, 24, rng) + 0.1 * fractal(SIZE, 1.2, 4, rng)


_KINDS = {
    "asphalt": _asphalt, "patched": _patched, "cracked": _cracked, "slabs": _slabs, "stones": _stones,
    "gravel": _gravel,
}  # fmt: skip
