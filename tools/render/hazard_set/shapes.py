"""Meshes for the near and the camouflaged anomalies: plain bodies whose surface is what matters.

Near ones wear stripes, checks and stains, as the procedural negatives of training do; camouflaged ones wear a picture
of the town itself: its road, its pavement, its trees or a house front.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import primitives as make
from ..hazards import Pieces
from ..scene import Material, Mesh
from ..surfaces import mottled, stripes
from ..textures import Picture

Surface = Callable[[np.random.Generator], Picture]


def box(rng: np.random.Generator) -> Mesh:
    """A box, mostly taller than a kerb, seldom a cube."""
    length, height, width = rng.uniform(0.5, 1.4), rng.uniform(0.4, 1.1), rng.uniform(0.4, 1.1)
    return make.box(length, height, width)


def lump(rng: np.random.Generator) -> Mesh:
    """Something without a shape."""
    return make.lump(rng.uniform(0.6, 1.4, 3) * [1.0, 0.8, 1.0], rng.uniform(0.06, 0.18), rng)


def column(rng: np.random.Generator) -> Mesh:
    """A standing cylinder."""
    radius, height = rng.uniform(0.2, 0.4), rng.uniform(0.6, 1.4)
    return make.lathe([(0, 0), (radius, 0), (radius, height), (0, height)], 24, (2, 2))


def roll(rng: np.random.Generator) -> Mesh:
    """A lying cylinder."""
    radius, length = rng.uniform(0.2, 0.4), rng.uniform(0.5, 1.0)
    body = make.lathe([(0, -length), (radius, -length), (radius, length), (0, length)], 24, (2, 2))
    return make.turned(body, 2, 90, radius)


def cushion(rng: np.random.Generator) -> Mesh:
    """A soft-edged block."""
    return make.cushion(*rng.uniform(0.6, 1.3, 3) * [1.0, 0.7, 1.0], round_=rng.uniform(2.5, 6))


def gaudy(rng: np.random.Generator) -> Picture:
    """Stripes, or stains on one colour."""
    first, second = rng.uniform(20, 235, 3), rng.uniform(20, 235, 3)
    if rng.random() < 0.6:
        return stripes(first, second, rng, int(rng.integers(2, 9)))
    return mottled(first, rng, float(rng.uniform(10, 50)), float(rng.uniform(5, 25)))


BODIES = {
    "painted_box": box, "painted_lump": lump, "painted_column": column,
    "hidden_box": box, "hidden_lump": lump, "hidden_cushion": cushion, "hidden_roll": roll,
}  # fmt: skip


def pieces(name: str, rng: np.random.Generator, of_the_town: Surface) -> Pieces:
    """The body `name` of BODIES in gaudy colours, or, if it is hidden, in a picture of the town."""
    body = BODIES[name](rng)
    picture = of_the_town(rng) if name.startswith("hidden_") else gaudy(rng)
    return [(body, Material(picture, detail=float(rng.uniform(0.2, 0.5)), detail_scale=1.2))]
