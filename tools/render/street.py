"""Makes a street of a stretch of race track: kerbs, pavements, rows of houses, trees, lamps and signs.

Barriers and what else stands too near are taken away; the asphalt, the terrain, the skyline and everything farther off
stay as they are. All house fronts and trees are pictures of the track's own art.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from . import classes
from . import primitives as make
from .scene import Item, Material, Mesh, placement
from .surfaces import paving, sign_plate
from .textures import Picture
from .track import RoadLine, Track

KERB = 0.13
PAVEMENT = 4.0


@dataclass(frozen=True)
class Front:
    """A house front in a picture: its crop (left, top, right, bottom, shares of the picture) and its size in metres.

    `bays` and `storeys` repeat it.
    """

    texture: str
    crop: tuple[float, float, float, float]
    width: float
    height: float
    bays: int = 1
    storeys: int = 1


FRONTS = (
    Front("walls.rgb", (0.0, 0.0, 0.68, 0.795), 12.0, 11.0),
    Front("walls2.rgb", (0.535, 0.0, 0.995, 0.36), 11.5, 8.2),
    Front("tr-building7.rgb", (0.0, 0.0, 1.0, 1.0), 11.0, 11.5, bays=2),
    Front("tr-building9.rgb", (0.0, 0.50, 1.0, 0.94), 16.0, 20.0),
    Front("tr-building6.rgb", (0.02, 0.04, 0.98, 0.96), 24.0, 15.0),
    Front("walls.rgb", (0.69, 0.0, 0.98, 0.765), 6.5, 11.5, bays=2),
    Front("tr-building8.rgb", (0.03, 0.40, 0.97, 0.98), 17.0, 22.0),
    Front("tr-building3.rgb", (0.10, 0.5, 0.8, 0.98), 15.0, 21.0),
    Front("tr-house-arbor2_n.png", (0.01, 0.375, 0.49, 0.98), 10.0, 9.0),
    Front("walls2.rgb", (0.01, 0.03, 0.52, 0.36), 13.0, 8.5),
)


@dataclass(frozen=True)
class Tree:
    """A picture of a tree, its crop (left, bottom, right, top) and its breadth as a share of its height."""

    texture: str
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    breadth: float = 0.9


TREES = (Tree("treeg10_n.rgb"), Tree("tree-new_n.rgb", (0.5, 0.0, 1.0, 1.0), 0.55), Tree("treeg10_n.rgb"))


@dataclass(frozen=True)
class Dressing:
    """What a street is made of. `built` is the share of plots with a house; the others have a fence, a wall or nothing.

    `lines` paints the road (middle and edges) with strips of their own, which tell their label: see ROAD_LINE.
    """

    fronts: tuple[Front, ...] = FRONTS
    trees: tuple[Tree, ...] = TREES
    built: float = 1.0
    lines: bool = False
    # Light of the houses, of their colours' spread, of slabs and kerbs, and of the paint on the road.
    tones: tuple[float, float] = (0.95, 1.25)
    spread: float = 0.05
    slabs: tuple[float, float, float] = (1.25, 1.2, 1.12)
    paint: tuple[float, float, float] = (0.62, 0.62, 0.6)
    # Share of places behind the houses where a tree stands.
    grove: float = 0.0
    # Where the kerb's stones begin, metres above the road's middle: deep, where a road leans.
    foot: float = -0.02
    fence: str = "arbor2_n.rgb"
    wall: str = "tr-stone-wall2.rgb"


class Street:
    """The dressing of one stretch of road, metres along its line."""

    def __init__(
        self, track: Track, line: RoadLine, start: float, end: float, rng: np.random.Generator,
        dressing: Dressing = Dressing(),
    ):  # fmt: skip
        self.track, self.line, self.start, self.end, self.rng = track, line, start, end, rng
        self.dressing = dressing
        self._stations = np.array([line.point(at) for at in np.arange(start, end, 5.0)])[:, [0, 2]]
        self._fronts: dict[Front, Picture] = {}

    def keeps(self, name: str, mesh: Mesh) -> bool:
        """Whether an object of the track stays: ground and far things do, what stands in the stretch does not."""
        if re.match(r"TKMN|TERR|HILLS", name):
            return True
        away = mesh.positions[:, None, [0, 2]] - self._stations[None]
        return float(np.linalg.norm(away, axis=2).min()) > 30.0

    def items(self) -> list[Item]:
        """Everything that the street adds to the track."""
        made = self._pavements() + (self._lines() if self.dressing.lines else [])
        for side in (-1, 1):
            made += self._houses(side) + self._trees(side) + self._lamps(side) + self._signs(side)
        return made + (self._grove() if self.dressing.grove else [])

    def _edge(self, along: float) -> float:
        return self.line.width(along)

    def _pavements(self) -> list[Item]:
        stations = np.arange(self.start, self.end + 1, 3.0)
        slabs, stones = [], []
        for side in (-1, 1):
            # Foot of the kerb, its upper edge, its inner edge, the far side of the pavement; surfaces show both faces.
            profile = ((0.0, self.dressing.foot), (0.02, KERB), (0.18, KERB), (PAVEMENT + 0.7, KERB + 0.06))
            rows = np.array(
                [
                    [self.line.beside(at, side * (self._edge(at) - 0.35 + out)) + [0, up, 0] for at in stations]
                    for out, up in profile
                ]
            )
            across = np.array([0.0, 0.15, 0.31, PAVEMENT + 0.83])
            texcoords = np.stack(np.broadcast_arrays(stations[None], across[:, None]), -1) / 2.0
            stones.append(make.grid(rows[:3], texcoords[:3], smooth=False))
            slabs.append(make.grid(rows[2:], texcoords[2:], smooth=False))
        picture = paving(self.rng)
        return [
            Item(
                Mesh.joined(slabs),
                Material(picture, self.dressing.slabs, detail=0.35, detail_scale=1.2),
                classes.SIDEWALK,
            ),
            Item(Mesh.joined(stones), Material(None, (0.55, 0.54, 0.51), detail=0.5), classes.SIDEWALK),
        ]

    def _lines(self) -> list[Item]:
        """A broken middle line and two edge lines: strips a finger's breadth above the road."""
        strips = []
        for share, length, period in ((0.0, 3.0, 9.0), (-0.93, 12.0, 12.0), (0.93, 12.0, 12.0)):
            for at in np.arange(self.start, self.end - length, period):
                stations = np.linspace(at, at + length, 1 + int(length / 1.5))
                rows = np.array(
                    [
                        [self.line.surface(s, share * self._edge(s) + aside) + [0, 0.012, 0] for s in stations]
                        for aside in (0.07, -0.07)
                    ]
                )
                texcoords = np.zeros((*rows.shape[:2], 2))
                strips.append(make.grid(rows, texcoords, smooth=False))
        paint = Material(None, self.dressing.paint, detail=0.6, detail_scale=0.7)
        return [Item(Mesh.joined(strips), paint, classes.ROAD_LINE, casts_shadow=False)]

    def _front(self, front: Front) -> Picture:
        if front not in self._fronts:
            pixels = self.track.picture(front.texture).pixels
            height, width = pixels.shape[:2]
            left, top, right, bottom = front.crop
            crop = pixels[int(top * height) : int(bottom * height), int(left * width) : int(right * width)].copy()
            crop[..., 3] = 255
            self._fronts[front] = Picture(crop, False)
        return self._fronts[front]

    def _houses(self, side: int) -> list[Item]:
        made = []
        at, last = self.start, -1
        around = (1 - self.dressing.spread, 1 + self.dressing.spread)
        while at < self.end:
            chosen = int(self.rng.integers(len(self.dressing.fronts)))
            if chosen == last and len(self.dressing.fronts) > 1:
                continue
            front, last = self.dressing.fronts[chosen], chosen
            width = front.width * front.bays
            if self.dressing.built < 1 and self.rng.random() >= self.dressing.built:
                made += self._empty_plot(at, at + width, side)
                at += width
                continue
            depth, setback = 12.0, PAVEMENT + float(self.rng.choice([0.0, 0.0, 0.6, 2.0]))
            middle = at + width / 2
            place = self.line.beside(middle, side * (self._edge(middle) + setback + depth / 2)) + [0, -0.5, 0]
            heading = self.line.heading(middle) + (np.pi if side > 0 else 0.0)
            matrix = placement(place, heading)
            tone = tuple(self.rng.uniform(*self.dressing.tones) * self.rng.uniform(*around, 3))
            high = front.height * front.storeys + 0.5
            # Local x runs along the street with the front at -z (side < 0: towards the left, the road).
            x, z = width / 2, depth / 2
            face = make.quad(
                [[x, 0, -z], [-x, 0, -z], [-x, high, -z], [x, high, -z]], (0, 0, front.bays, front.storeys)
            )
            flank = (0.0, 0.0, 0.14, 1.0)
            sides = [
                make.quad([[-x, 0, -z], [-x, 0, z], [-x, high, z], [-x, high, -z]], flank),
                make.quad([[x, 0, z], [x, 0, -z], [x, high, -z], [x, high, z]], flank),
            ]
            body = Material(self._front(front), tone, detail=0.22, detail_scale=1.5)
            made.append(Item(Mesh.joined([face, *sides]).moved(matrix), body, classes.BUILDING))
            trim = [
                make.box(width + 0.5, 0.35, depth + 0.7, (0, high - 0.2, 0)),
                make.box(width + 0.02, 0.95, 0.12, (0, 0, -z)),
            ]
            stone = Material(None, tuple(0.42 * value for value in tone), detail=0.4)
            made.append(Item(Mesh.joined(trim).moved(matrix), stone, classes.BUILDING))
            at += width + float(self.rng.choice([0.0, 0.0, 0.0, 5.0]))
        return made

    def _empty_plot(self, begin: float, end: float, side: int) -> list[Item]:
        """A wire fence, a stone wall or an open view along a plot without a house."""
        kind = self.rng.random()
        if kind > 0.8:
            return []
        label, texture, high = (
            (classes.FENCE, self.dressing.fence, 1.8) if kind < 0.4 else (classes.WALL, self.dressing.wall, 1.3)
        )
        stations = np.linspace(begin, end, 1 + int(np.ceil((end - begin) / 3.0)))
        feet = np.array(
            [self.line.beside(at, side * (self._edge(at) + PAVEMENT + 0.2)) + [0, KERB, 0] for at in stations]
        )
        rows = np.stack([feet, feet + [0, high, 0]])
        across = np.array([0.0, 1.0]) if label == classes.WALL else np.array([0.28, 0.98])
        texcoords = np.stack(np.broadcast_arrays(stations[None] / high, across[:, None]), -1)
        material = Material(self.track.picture(texture), detail=0.2)
        return [Item(make.grid(rows, texcoords, smooth=False), material, label)]

    def _trees(self, side: int) -> list[Item]:
        made = []
        for at in np.arange(self.start + 6 + 5 * (side > 0), self.end, 17.0):
            if self.rng.random() < 0.25:
                continue
            at += self.rng.uniform(-2, 2)
            made.append(self._tree(at, side * (self._edge(at) + 1.4), (6.5, 9.0)))
        return made

    def _grove(self) -> list[Item]:
        """Trees behind the houses, where gaps show them."""
        made = []
        for side in (-1, 1):
            for at in np.arange(self.start + 3, self.end, 7.0):
                if self.rng.random() < self.dressing.grove:
                    left = side * (self._edge(at) + PAVEMENT + self.rng.uniform(16, 34))
                    made.append(self._tree(at + self.rng.uniform(-3, 3), left, (6.0, 14.0)))
        return made

    def _tree(self, at: float, left: float, heights: tuple[float, float]) -> Item:
        """Two crossed pictures of one of the town's trees."""
        tree = self.dressing.trees[int(self.rng.integers(len(self.dressing.trees)))]
        high = self.rng.uniform(*heights)
        wide = high * tree.breadth
        place = self.line.beside(at, left) + [0, KERB - 0.05, 0]
        turn = self.rng.uniform(0, np.pi)
        leaves = []
        for angle in (0.0, np.pi / 2):
            cos, sin = wide / 2 * np.cos(angle + turn), wide / 2 * np.sin(angle + turn)
            leaves.append(make.quad([[-cos, 0, -sin], [cos, 0, sin], [cos, high, sin], [-cos, high, -sin]], tree.crop))
        tint = tuple(self.rng.uniform(1.0, 1.35) * np.array([1.0, 1.0, 0.9]))
        material = Material(self.track.picture(tree.texture), tint, foliage=True, detail=0.35)
        return Item(Mesh.joined(leaves).moved(placement(place)), material, classes.VEGETATION)

    def _lamps(self, side: int) -> list[Item]:
        metal = Material(None, (0.16, 0.17, 0.17), gloss=0.3)
        made = []
        for at in np.arange(self.start + 13 + 14 * (side > 0), self.end, 28.0):
            place = self.line.beside(at, side * (self._edge(at) + 0.5)) + [0, KERB, 0]
            # Local -z points to the road for the right side of the street.
            heading = self.line.heading(at) + (np.pi if side > 0 else 0.0)
            post = Mesh.joined(
                [
                    make.lathe([(0.11, 0), (0.11, 0.9), (0.075, 1.0), (0.05, 7.2)], 12),
                    make.tube((0, 7.1, 0), (0, 7.6, -1.6), 0.045),
                    make.box(0.28, 0.12, 0.75, (0, 7.52, -1.8)),
                ]
            )
            made.append(Item(post.moved(placement(place, heading)), metal, classes.POLE))
        return made

    def _signs(self, side: int) -> list[Item]:
        metal = Material(None, (0.3, 0.3, 0.31), gloss=0.2)
        made = []
        for number, at in enumerate(np.arange(self.start + 22 + 18 * (side > 0), self.end, 36.0)):
            place = self.line.beside(at, side * (self._edge(at) + 0.45)) + [0, KERB, 0]
            matrix = placement(place, self.line.heading(at))
            made.append(Item(make.lathe([(0.035, 0), (0.035, 2.9)], 8).moved(matrix), metal, classes.POLE))
            # The plate looks against the traffic: its face is the local -x side.
            plate = make.quad([[-0.05, 2.25, -0.33], [-0.05, 2.25, 0.33], [-0.05, 2.91, 0.33], [-0.05, 2.91, -0.33]])
            picture = sign_plate(("stop", "warning", "duty", "parking")[(number + (side > 0)) % 4])
            made.append(Item(plate.moved(matrix), Material(picture, gloss=0.1), classes.SIGN))
        return made
