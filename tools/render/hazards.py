"""Things that a network trained on Cityscapes has not seen on a road: the anomalies of a drive.

All are meshes built here by rule, or wheels of torcs-data; they stand in the scene's light, shadow and occlusion.
Each builder returns (mesh, material) pairs, standing on y = 0, about its real size, and draws from the generator only.
`cutout` makes a thing of a picture with alpha instead (an upright board), for people who bring pictures of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from . import ac3d, textures
from . import primitives as make
from .classes import ANOMALY
from .scene import Item, Material, Mesh, placement
from .surfaces import mottled, planks, stripes
from .track import ART

Pieces = list[tuple[Mesh, Material]]


def crate(rng: np.random.Generator) -> Pieces:
    """A wooden crate with battens."""
    size = rng.uniform(0.6, 0.9)
    wood = Material(planks((176, 134, 86), rng), detail=0.2)
    batten = Material(planks((150, 108, 64), rng, 1), detail=0.2)
    edge = [
        make.box(size + 0.05, 0.09, 0.04, (0, level, side * size / 2))
        for side in (-1, 1) for level in (0.02, size - 0.1)
    ]  # fmt: skip
    edge += [
        make.box(0.09, size, 0.05, (x * (size / 2 - 0.03), 0, side * size / 2)) for side in (-1, 1) for x in (-1, 1)
    ]
    edge += [
        make.box(0.05, size, 0.09, (side * size / 2, 0, z * (size / 2 - 0.03))) for side in (-1, 1) for z in (-1, 1)
    ]
    return [(make.box(size, size, size, tile=size), wood), (Mesh.joined(edge), batten)]


def tyres(rng: np.random.Generator) -> Pieces:
    """A heap of worn tyres, one leaning."""
    rubber = Material(mottled((38, 37, 36), rng), gloss=0.25, detail=0.4, detail_scale=0.4)
    rings = [
        make.shifted(make.torus(0.24, 0.11), rng.uniform(-0.05, 0.05), 0.21 * level, rng.uniform(-0.05, 0.05))
        for level in range(3)
    ]
    rings.append(make.shifted(make.turned(make.torus(0.24, 0.11), 2, 68), 0.52, 0.36, 0.1))
    return [(Mesh.joined(rings), rubber)]


def drum(rng: np.random.Generator) -> Pieces:
    """An oil drum, standing or lying, with ribs and rust."""
    paint = ((36, 84, 150), (176, 48, 36), (46, 112, 70))[int(rng.integers(3))]
    metal = Material(mottled(paint, rng, 26, 8), gloss=0.5)
    profile = [(0, 0), (0.29, 0), (0.3, 0.02), (0.29, 0.04)]
    for rib in (0.29, 0.58):
        profile += [(0.29, rib - 0.03), (0.305, rib), (0.29, rib + 0.03)]
    profile += [(0.29, 0.84), (0.3, 0.86), (0.29, 0.88), (0.27, 0.87), (0, 0.87)]
    body = make.lathe(profile, 32, (3, 2))
    if rng.random() < 0.4:
        body = make.shifted(make.turned(make.turned(body, 2, 90), 1, rng.uniform(0, 180)), 0, 0.3, 0)
    return [(body, metal)]


def sofa(rng: np.random.Generator) -> Pieces:
    """A two-seat sofa somebody got rid of."""
    tone = ((142, 48, 50), (86, 118, 92), (176, 142, 90), (128, 96, 150))[int(rng.integers(4))]
    cloth = Material(mottled(tone, rng, 10, 10), detail=0.3, detail_scale=0.4)
    seat = Material(mottled(np.array(tone) * 1.25, rng, 10, 10), detail=0.3, detail_scale=0.4)
    frame = [
        make.cushion(1.75, 0.42, 0.85, (0, 0.06, 0), 8),
        make.cushion(1.75, 0.85, 0.28, (0, 0.06, -0.36), 7),
        make.cushion(0.26, 0.66, 0.88, (-0.82, 0.06, 0), 6),
        make.cushion(0.26, 0.66, 0.88, (0.82, 0.06, 0), 6),
    ]
    feet = [make.box(0.08, 0.1, 0.08, (x, 0, z)) for x in (-0.8, 0.8) for z in (-0.34, 0.34)]
    pads = [make.cushion(0.7, 0.2, 0.62, (x, 0.42, 0.08), 5) for x in (-0.36, 0.36)]
    return [(Mesh.joined([*frame, *feet]), cloth), (Mesh.joined(pads), seat)]


def mattress(rng: np.random.Generator) -> Pieces:
    """A striped mattress lying half crumpled on the road."""
    cloth = Material(stripes((206, 202, 190), (120, 138, 164), rng, 7), detail=0.25, detail_scale=0.5)
    lying = make.cushion(1.9, 0.22, 0.95, round_=9)
    bend = lying.positions.copy()
    bend[:, 1] += 0.35 * np.maximum(bend[:, 0] - 0.1, 0) ** 1.5
    return [(Mesh(bend.astype(np.float32), lying.normals, lying.texcoords), cloth)]


def washing_machine(rng: np.random.Generator) -> Pieces:
    """White goods: a washing machine with its round door."""
    white = Material(mottled((184, 184, 181), rng, 5, 2), gloss=0.5)
    dark = Material(mottled((40, 46, 52), rng, 4, 2), gloss=0.9)
    metal = Material(mottled((140, 142, 146), rng, 4, 2), gloss=0.7)
    door = make.turned(make.lathe([(0.17, 0.0), (0.17, 0.02), (0, 0.03)], 28), 2, 90)
    rim = make.turned(make.torus(0.19, 0.025), 2, 90)
    body = [make.cushion(0.58, 0.86, 0.6, (0, 0, 0), 14)]
    panel = make.box(0.02, 0.1, 0.5, (-0.285, 0.72, 0))
    return [
        (Mesh.joined(body), white),
        (Mesh.joined([make.shifted(door, -0.28, 0.42, 0), panel]), dark),
        (make.shifted(rim, -0.27, 0.42, 0), metal),
    ]


def boulders(rng: np.random.Generator) -> Pieces:
    """Fallen stones, one large and some small."""
    stone = Material(mottled((126, 118, 106), rng, 26, 12), detail=0.8, detail_scale=0.5)
    big = make.lump(rng.uniform(0.7, 1.1, 3) * [1.2, 0.8, 1.0], 0.14, rng)
    small = [
        make.shifted(make.lump(rng.uniform(0.18, 0.34, 3), 0.16, rng), *(rng.uniform(-1, 1) * a for a in (1.1, 0, 0.9)))
        for _ in range(4)
    ]
    return [(Mesh.joined([big, *small]), stone)]


def sacks(rng: np.random.Generator) -> Pieces:
    """Bags of rubbish."""
    pieces = []
    for place in ((0, 0, 0), (0.5, 0, 0.15), (0.2, 0, -0.45)):
        tone = ((34, 34, 38), (52, 60, 52), (190, 188, 180))[int(rng.integers(3))]
        bag = make.lump((0.55, 0.6, 0.5), 0.1, rng)
        pieces.append((make.shifted(bag, *place), Material(mottled(tone, rng, 8, 4), gloss=0.7, detail=0.2)))
    return pieces


def log(rng: np.random.Generator) -> Pieces:
    """A trunk with stumps of branches."""
    bark = Material(mottled((92, 70, 50), rng, 30, 20), detail=0.9, detail_scale=0.4)
    cut = Material(mottled((190, 156, 108), rng, 12, 8))
    trunk = make.turned(make.lathe([(0.2, -1.1), (0.19, -0.3), (0.17, 0.5), (0.16, 1.1)], 20, (3, 6)), 2, 90, 0.19)
    stumps = [
        make.tube((x, 0.2, 0), (x + 0.2, rng.uniform(0.4, 0.8), side * rng.uniform(0.2, 0.5)), 0.05)
        for x, side in ((-0.5, 1), (0.1, -1), (0.6, 1))
    ]
    ends = [
        make.turned(make.lathe([(radius, 0), (0, 0.005)], 20), 2, turn, 0.19)
        for radius, turn in ((0.2, -90), (0.16, 90))
    ]
    ends = [make.shifted(end, x, 0, 0) for end, x in zip(ends, (1.1, -1.1))]
    return [(Mesh.joined([trunk, *stumps]), bark), (Mesh.joined(ends), cut)]


def ladder(rng: np.random.Generator) -> Pieces:
    """A lost ladder, lying with one end on a box."""
    metal = Material(mottled((190, 192, 196), rng, 6, 4), gloss=0.6)
    carton = Material(mottled((168, 128, 84), rng, 10, 5), detail=0.2)
    bars = [make.tube((-1.4, 0.04, z), (1.4, 0.45, z), 0.035) for z in (-0.2, 0.2)]
    bars += [
        make.tube((x, 0.245 + x * 0.1464, -0.2), (x, 0.245 + x * 0.1464, 0.2), 0.022) for x in np.linspace(-1.2, 1.2, 8)
    ]
    return [(Mesh.joined(bars), metal), (make.box(0.5, 0.36, 0.5, (1.15, 0, 0)), carton)]


def ball(rng: np.random.Generator) -> Pieces:
    """A big beach ball."""
    skin = Material(stripes((216, 60, 44), (232, 226, 208), rng, 1), gloss=0.5)
    return [(make.shifted(make.cushion(0.62, 0.62, 0.62, round_=2.0), 0, 0, 0), skin)]


def wheel(rng: np.random.Generator, art: Path) -> Pieces:
    """A wheel that came off: from torcs-data."""
    folder = art / "wheels" / "stock1-1"
    parts = ac3d.load(folder / "wheel0.acc").parts
    mesh = Mesh.joined([Mesh(part.positions, part.normals, part.texcoords) for part in parts])
    scaled = Mesh(mesh.positions * np.array([0.68, 0.68, 0.26], np.float32), mesh.normals, mesh.texcoords)
    pixels = textures.load(folder / "wheel3d.png").pixels.copy()
    pixels[..., 3] = 255
    leaning = make.turned(scaled, 0, 90, 0.13) if rng.random() < 0.6 else make.turned(scaled, 0, 12, 0.345)
    return [(leaning, Material(textures.Picture(pixels, False), gloss=0.3))]


def builders(art: Path = ART) -> dict[str, Callable[[np.random.Generator], Pieces]]:
    """All kinds of anomaly by name."""
    own = (crate, tyres, drum, sofa, mattress, washing_machine, boulders, sacks, log, ladder, ball)
    return {**{builder.__name__: builder for builder in own}, "wheel": lambda rng: wheel(rng, art)}


def hazard(
    kind: str, position, heading: float, road_heading: float, object_id: int, rng: np.random.Generator, art: Path = ART
) -> list[Item]:
    """The items of one anomaly of a kind in builders() at a place."""
    pieces = builders(art)[kind](rng)
    if max(np.abs(mesh.positions[:, [0, 2]]).max() for mesh, _ in pieces) > 0.8:
        # Long things lie roughly along the road, so that they stay out of the lanes of the moving cars.
        heading = road_heading + 0.4 * np.sin(heading)
    return standing(pieces, position, heading, object_id)


def cutout(picture: Path, height: float, position, heading: float, object_id: int) -> list[Item]:
    """The items of an anomaly that is a picture with alpha on an upright board of the given height in metres."""
    image = textures.load(picture)
    solid = np.argwhere(image.pixels[..., 3] >= 128)
    (top, left), (bottom, right) = solid.min(axis=0), solid.max(axis=0) + 1
    image = textures.prepare(image.pixels[top:bottom, left:right])
    wide = height * image.pixels.shape[1] / image.pixels.shape[0]
    board = make.quad([[0, 0, -wide / 2], [0, 0, wide / 2], [0, height, wide / 2], [0, height, -wide / 2]])
    return standing([(board, Material(image))], position, heading, object_id)


def standing(pieces: Pieces, position, heading: float, object_id: int) -> list[Item]:
    """The items of an anomaly made of pieces that stand on y = 0."""
    corners = np.concatenate([mesh.positions for mesh, _ in pieces])
    reach = np.abs(corners[:, [0, 2]]).max(axis=0)
    footprint = (float(reach[0]) * 0.9, float(max(reach[1], 0.03)) * 0.9)
    matrix = placement(position, heading)
    return [Item(mesh, material, ANOMALY, object_id, matrix, footprint) for mesh, material in pieces]
