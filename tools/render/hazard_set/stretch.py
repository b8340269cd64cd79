"""One stretch of a town: what stands there for good, and the scene of each of its frames."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from .. import cars, hazards
from ..camera import Camera
from ..frames import Sensor
from ..hazards import Pieces
from ..scene import Item, Light, Scene
from ..street import KERB, Street
from ..surfaces import paving
from ..textures import Picture, prepare
from ..track import RoadLine, Track
from . import roads, shapes, variety
from .objects import Thing, stamp
from .plan import Shot
from .stretches import stretches
from .towns import SET_TOWNS, SetTown

BEHIND, BEYOND, DRIVEN = 30.0, 140.0, 170.0
NEAREST, FARTHEST = 6.0, 48.0


@dataclass(frozen=True)
class Placed:
    """An anomaly of a frame: its number among the frame's objects, what it is, and how far ahead it stands, metres."""

    object_id: int
    thing: Thing
    ahead: float
    left: float


@lru_cache(maxsize=1)
def _read(track: str, art: Path, library: tuple[str, ...]) -> tuple[Track, RoadLine]:
    """A track and its line: reading costs seconds, and the stretches that one process draws share it."""
    made = Track(track, art, library=library)
    return made, made.line()


@lru_cache(maxsize=1)
def _bare(track: str, art: Path, library: tuple[str, ...]) -> list[Item]:
    """Road and terrain of a varied town, laid flat for drawn surfaces."""
    return roads.flat(_read(track, art, library)[0].items(variety.is_ground))


@lru_cache(maxsize=1)
def _park(art: Path) -> cars.CarPark:
    return cars.CarPark(art)


class Stretch:
    """The street of `town`'s stretch `index` (of `count`), for a seed."""

    def __init__(self, town: SetTown, index: int, count: int, seed: int, art: Path, stamps: Path):
        self.town, self.stamps = town, stamps
        self.track, self.line = _read(town.track, art, town.library)
        self.start = stretches(self.line, BEHIND + DRIVEN + BEYOND, count)[index] + BEHIND
        self.key = [seed, SET_TOWNS.index(town), index]
        streets, traffic, weather = (np.random.default_rng([*self.key, purpose]) for purpose in (2, 3, 4))
        self.light, self.sensor = variety.weather(weather) if town.varied else _weather(weather)
        dressing, self.look = town.dressing, variety.PLAIN
        if town.varied:
            dressing, self.look = variety.of_stretch(dressing, np.random.default_rng([*self.key, 8]))
        self.width = self.line.width(self.start)
        self.lane = -0.6 * (self.width - 2.5)
        street = Street(
            self.track, self.line, self.start - BEHIND, self.start + DRIVEN + BEYOND, streets, dressing
        )
        if town.varied:
            surface = roads.draw(town.surface, np.random.default_rng([*self.key, 9]))
            ground = roads.paved(_bare(town.track, art, town.library), surface)
        else:
            ground = self.track.resurfaced(self.track.items(street.keeps), town.surface)
        self.park = _park(art)
        self.fixed = ground + street.items() + self._parked(traffic)
        self.paving = paving(np.random.default_rng([*self.key, 5]))

    def frame(self, shot: Shot) -> tuple[Scene, Camera, list[Placed]]:
        """What the camera sees at a shot."""
        rng = np.random.default_rng([*self.key, 6, shot.number])
        at = self.start + shot.share * DRIVEN
        items, taken = self._moving(rng, at)
        placed: list[Placed] = []
        for number, thing in enumerate(shot.things, start=1):
            ahead, left = self._free_place(rng, taken)
            taken.append((ahead, left))
            items += self._anomaly(thing, at + ahead, left, number, rng)
            placed.append(Placed(number, thing, round(ahead, 2), round(left, 2)))
        return Scene(self.fixed + items, self.light), self._camera(rng, at), placed

    def _camera(self, rng: np.random.Generator, at: float) -> Camera:
        eye = self.line.surface(at, self.lane + rng.uniform(-0.4, 0.4)) + [0, rng.uniform(*self.look.eye), 0]
        ahead = self.line.direction(at + 6, 16) + self.line.left(at) * rng.normal(0, 0.03)
        ahead[1] += rng.normal(0, 0.008) - 0.035
        return Camera(eye, ahead, np.array([0.0, 1.0, 0.0]) + self.line.left(at) * rng.normal(0, 0.006), self.look.view)

    def _car(self, rng: np.random.Generator, along: float, left: float, turn: float, number: int) -> list[Item]:
        model = self.town.models[int(rng.integers(len(self.town.models)))]
        paint = self.town.paints[int(rng.integers(len(self.town.paints)))]
        return self.park.car(model, paint, self.line.surface(along, left), self.line.heading(along) + turn, number)

    def _parked(self, rng: np.random.Generator) -> list[Item]:
        made, number, crowded = [], 100, rng.uniform(0.2, 0.8)
        for side in (-1, 1):
            at = self.start - 15.0 + rng.uniform(0, 5)
            while at < self.start + DRIVEN + 70 and number < 199:
                at += 6.0 + float(rng.choice([0.5, 9.0, 22.0], p=[crowded, 0.6 * (1 - crowded), 0.4 * (1 - crowded)]))
                turn = (0.0 if side < 0 else np.pi) + rng.normal(0, 0.025)
                made += self._car(rng, at, side * (self.width - 1.45 + rng.uniform(-0.1, 0.1)), turn, number)
                number += 1
        return made

    def _moving(self, rng: np.random.Generator, at: float) -> tuple[list[Item], list[tuple[float, float]]]:
        made, taken = [], []
        for number in range(int(rng.integers(0, 4))):
            own = rng.random() < 0.4
            ahead = float(rng.uniform(12, 70))
            left = self.lane if own else -self.lane
            if any(abs(ahead - other) < 9 and left == aside for other, aside in taken):
                continue
            made += self._car(rng, at + ahead, left, 0.0 if own else np.pi, 200 + number)
            taken.append((ahead, left))
        return made, taken

    def _free_place(self, rng: np.random.Generator, taken: list[tuple[float, float]]) -> tuple[float, float]:
        """Metres ahead and to the left: between the parked cars mostly, else on a pavement, away from what is there."""
        free = self.width - 2.9
        for _ in range(50):
            ahead = float(np.exp(rng.uniform(np.log(NEAREST), np.log(FARTHEST))))
            left = float(rng.uniform(-free, free))
            if rng.random() < 0.15:
                left = float(np.sign(left) * (self.width + rng.uniform(1.0, 2.6)))
            if all(abs(ahead - other) > 4.5 or abs(left - aside) > 2.4 for other, aside in taken):
                break
        return ahead, left

    def _anomaly(self, thing: Thing, along: float, left: float, number: int, rng: np.random.Generator) -> list[Item]:
        place = self.line.surface(along, left)
        if abs(left) > self.width:
            place = place + [0, KERB + 0.03, 0]
        road = self.line.heading(along)
        if thing.made_of == "cutout":
            picture = stamp(self.stamps, thing)
            return hazards.cutout(picture, float(rng.uniform(0.8, 2.0)), place, road + rng.normal(0, 0.3), number)
        if thing.name in shapes.BODIES:
            return hazards.standing(self._pieces(thing.name, rng), place, rng.uniform(0, 2 * np.pi), number)
        return hazards.hazard(thing.name, place, float(rng.uniform(0, 2 * np.pi)), road, number, rng, self.park.art)

    def _pieces(self, name: str, rng: np.random.Generator) -> Pieces:
        return shapes.pieces(name, rng, self._of_the_town)

    def _of_the_town(self, rng: np.random.Generator) -> Picture:
        """A surface of the town: road, pavement, leaves or a house front."""
        choice = int(rng.integers(4))
        if choice == 0 and isinstance(self.town.surface, str):
            return self.track.picture(self.town.surface)
        if choice == 1:
            return self.paving
        if choice == 2:
            trees = self.town.dressing.trees
            return _opaque(self.track.picture(trees[int(rng.integers(len(trees)))].texture).pixels)
        front = self.town.dressing.fronts[int(rng.integers(len(self.town.dressing.fronts)))]
        pixels = self.track.picture(front.texture).pixels
        left, top, right, bottom = np.array(front.crop) * np.tile(pixels.shape[1::-1], 2)
        return _opaque(pixels[int(top) : int(bottom), int(left) : int(right)])


def _opaque(pixels: np.ndarray) -> Picture:
    """The picture without holes: its middle, where trees are dense, with colours bled into the gaps."""
    pixels = prepare(pixels).pixels.copy()
    pixels[..., 3] = 255
    return Picture(pixels, False)


def _weather(rng: np.random.Generator) -> tuple[Light, Sensor]:
    """Sun, clouds, haze and exposure of a stretch; a third of them lie under a cloud."""
    azimuth, elevation = float(rng.uniform(0, 360)), float(rng.uniform(24, 62))
    cloudy = rng.random() < 0.33
    strength = float(rng.uniform(0.15, 0.5) if cloudy else rng.uniform(0.8, 1.1))
    light = Light(
        azimuth, elevation, sun=tuple(strength * np.array([2.6, 2.45, 2.2])),
        cloudiness=float(rng.uniform(0.7, 0.95) if cloudy else rng.uniform(0.2, 0.7)),
        haze=float(rng.uniform(0.001, 0.004)),
    )  # fmt: skip
    exposure = float(rng.uniform(0.9, 1.25) if cloudy else rng.uniform(0.62, 0.8))
    return light, Sensor(exposure=exposure, shot_noise=float(rng.uniform(0.008, 0.018)))
