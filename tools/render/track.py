"""A track of torcs-data: its surroundings as scene items, and its middle line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import ac3d, classes, textures
from .errors import RenderError
from .labels import label_of
from .scene import Item, Material, Mesh

ART = Path("/usr/share/games/torcs")

# Grain by class: strength, and metres of one tile.
DETAIL = {
    classes.ROAD: (0.55, 1.3), classes.SIDEWALK: (0.45, 1.5), classes.BUILDING: (0.22, 2.5), classes.WALL: (0.3, 2.0),
    classes.TERRAIN: (0.7, 1.6), classes.VEGETATION: (0.35, 1.2),
}  # fmt: skip


class Track:
    """Reads `tracks/<kind>/<name>` of the art folder.

    Debian's copyright file puts the listed tracks and cars under the Free Art License and all else, the textures that
    tracks share included, under the GPL. With `shared_textures` off, objects that wear those are left out, so that a
    picture is a work of Free Art alone. `library` names other tracks in whose folders `picture` looks, too.
    """

    def __init__(self, name: str, art: Path = ART, shared_textures: bool = True, library: tuple[str, ...] = ()):
        self.name = name
        folder = art / "tracks" / name
        candidates = [folder / f"{folder.name}{ending}" for ending in (".acc", ".ac")]
        mesh = next((path for path in candidates if path.is_file()), None)
        if mesh is None:
            raise RenderError(f"no track mesh {candidates[0]}; apt-get install torcs-data, or see --help for names")
        self.parts = ac3d.load(mesh).parts
        self.folders = [folder, *([art / "data" / "textures"] if shared_textures else [])]
        self.folders += [art / "tracks" / other for other in library]
        self.shared_textures = shared_textures
        self._pictures: dict[str, textures.Picture] = {}

    def picture(self, name: str) -> textures.Picture:
        """A texture of the track by its name, read once."""
        if name not in self._pictures:
            self._pictures[name] = textures.load(textures.find(name, self.folders))
        return self._pictures[name]

    def items(self, keeps: Callable[[str, Mesh], bool] = lambda name, mesh: True) -> list[Item]:
        """The surroundings, one item for each pair of texture and label, of the objects that `keeps` wants."""
        groups: dict[tuple[str | None, int], list[Mesh]] = {}
        for part in self.parts:
            mesh = Mesh(part.positions, part.normals, part.texcoords)
            if self._allowed(part.texture) and keeps(part.name, mesh):
                groups.setdefault((part.texture, label_of(part.name, part.texture)), []).append(mesh)
        return [
            Item(Mesh.joined(meshes), self._material(texture, label), label)
            for (texture, label), meshes in groups.items()
        ]

    def _allowed(self, texture: str | None) -> bool:
        return self.shared_textures or texture is None or (self.folders[0] / texture).is_file()

    def _material(self, texture: str | None, label: int) -> Material:
        strength, scale = DETAIL.get(label, (0.15, 2.0))
        picture = self.picture(texture) if texture else None
        foliage = label == classes.VEGETATION and picture is not None and picture.cutout
        return Material(picture, detail=strength, detail_scale=scale, foliage=foliage)

    def line(self) -> RoadLine:
        """Middle line of the main track, from the strips that the track generator made of it."""
        pieces = {}
        for part in self.parts:
            match = re.fullmatch(r"TKMN(\d+)", part.name)
            if match and len(rows := _cross_sections(part)) > 1:
                pieces.setdefault(int(match[1]), rows)
        if not pieces:
            raise RenderError(f"track {self.name} has no objects TKMN: cannot find its middle line")
        first = pieces.pop(min(pieces))
        rows, left_over = [first], list(pieces.values())
        # Split pieces carry numbers that do not sort; where one ends the next one starts.
        while left_over:
            gaps = [np.linalg.norm(rows[-1][-1] - piece[0]) for piece in left_over]
            nearest = int(np.argmin(gaps))
            if gaps[nearest] > 5.0:
                break
            rows.append(left_over.pop(nearest))
        rows = np.concatenate(rows)
        return RoadLine.through(rows[:, 0], rows[:, 1])

    def resurfaced(self, items: list[Item], texture: str) -> list[Item]:
        """`items` of this track with one picture on all that is road: lines that pictures show have no label."""
        picture, (strength, scale) = self.picture(texture), DETAIL[classes.ROAD]
        material = Material(picture, detail=strength, detail_scale=scale)
        return [replace(item, material=material) if item.label == classes.ROAD else item for item in items]


def _cross_sections(part: ac3d.Part) -> np.ndarray:
    """Left and right edge [n][2][3] of a piece of main track, in driving order.

    The track generator maps the length of the road to u and its breadth to v (left edge highest).
    """
    along = np.round(part.texcoords[:, 0].astype(float), 3)
    across = part.texcoords[:, 1]
    left, right = across > across.max() - 0.05, across < across.min() + 0.05
    rows = []
    for value in np.unique(along):
        here = along == value
        if (here & left).any() and (here & right).any():
            rows.append([part.positions[here & left][0], part.positions[here & right][0]])
    return np.array(rows, float).reshape(-1, 2, 3)


class RoadLine:
    """A line along the road, by metres from its start; left is that of the direction of travel."""

    def __init__(self, middle: np.ndarray, half_width: np.ndarray, bank: np.ndarray | None = None):
        steps = np.linalg.norm(np.diff(middle, axis=0), axis=1)
        keep = np.concatenate([[True], steps > 0.05])
        self.middle, self.half_width = middle[keep], half_width[keep]
        # How much the left edge is above the middle.
        self.bank = np.zeros(keep.sum()) if bank is None else bank[keep]
        self.along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(self.middle, axis=0), axis=1))])

    @staticmethod
    def through(left: np.ndarray, right: np.ndarray) -> RoadLine:
        """Line half way between two edges."""
        return RoadLine((left + right) / 2, np.linalg.norm(left - right, axis=1) / 2, (left - right)[:, 1] / 2)

    @property
    def length(self) -> float:
        """Metres from start to end."""
        return float(self.along[-1])

    def point(self, along: float) -> np.ndarray:
        """The middle of the road."""
        return np.array([np.interp(along, self.along, self.middle[:, axis]) for axis in range(3)])

    def direction(self, along: float, over: float = 6.0) -> np.ndarray:
        """Unit vector of travel, smoothed over some metres."""
        step = self.point(min(along + over / 2, self.length)) - self.point(max(along - over / 2, 0.0))
        return step / np.linalg.norm(step)

    def left(self, along: float) -> np.ndarray:
        """Level unit vector to the left."""
        ahead = self.direction(along)
        left = np.array([ahead[2], 0.0, -ahead[0]])
        return left / np.linalg.norm(left)

    def heading(self, along: float) -> float:
        """Angle of travel for scene.placement."""
        ahead = self.direction(along)
        return float(np.arctan2(-ahead[2], ahead[0]))

    def beside(self, along: float, left: float) -> np.ndarray:
        """A point so many metres to the left of the middle (negative: right), at the height of the road."""
        return self.point(along) + self.left(along) * left

    def width(self, along: float) -> float:
        """Metres from the middle to the edge."""
        return float(np.interp(along, self.along, self.half_width))

    def surface(self, along: float, left: float) -> np.ndarray:
        """Like `beside`, but on the road's own surface, which leans in bends."""
        lean = float(np.interp(along, self.along, self.bank)) / self.width(along)
        return self.beside(along, left) + [0.0, lean * left, 0.0]
