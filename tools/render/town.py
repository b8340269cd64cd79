"""Where a drive takes place: a track, a stretch of it, its light and what stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import cars, hazards
from .camera import Camera
from .errors import RenderError
from .scene import Item, Light, Scene
from .street import KERB, Street
from .track import ART, Track

BEHIND, BEYOND = 30.0, 170.0


@dataclass(frozen=True)
class Town:
    """A named place for drives. `start` is where a drive begins, metres along the track; the lane is to the right."""

    name: str
    track: str
    start: float
    light: Light
    lane: float = -2.7


TOWNS = {
    town.name: town for town in (Town("harbour-street", "road/street-1", 515.0, Light(azimuth=165.0, elevation=47.0)),)
}


@dataclass(frozen=True)
class Placed:
    """An anomaly of a drive: its kind and where it stands, for the drive's record."""

    object_id: int
    kind: str
    made_of: str
    along: float
    left: float


class Drive:
    """All that is fixed for one drive of a seed; `scene(frame)` is what its camera sees at that frame."""

    def __init__(self, town: Town, seed: int, frames: int, rate: float, speed: float, art: Path = ART):
        self.town, self.frames, self.rate, self.speed = town, frames, rate, speed
        track = Track(town.track, art, shared_textures=False)
        self.line = track.line()
        distance = frames / rate * speed
        if town.start - BEHIND < 0 or town.start + distance + BEYOND > self.line.length:
            raise RenderError(
                f"{frames} frames are {distance:.0f} m, more than {town.name} has; ask for fewer --frames"
            )
        # One stream of random numbers a purpose: more cars do not move the houses.
        streets, traffic, things = (np.random.default_rng([seed, purpose]) for purpose in range(3))
        street = Street(track, self.line, town.start - BEHIND, town.start + distance + BEYOND, streets)
        self.park = cars.CarPark(art)
        self.fixed = track.items(street.keeps) + street.items()
        self.fixed += self._parked(traffic, distance)
        self.moving = self._moving(traffic)
        self.placed: list[Placed] = []
        self.fixed += self._hazards(things, distance)

    def travelled(self, frame: int) -> float:
        """Metres along the track at a frame: even speed with a slow swing, as a driver keeps it."""
        time = frame / self.rate
        return self.town.start + self.speed * time + 0.35 * np.sin(time * 0.9)

    def camera(self, frame: int) -> Camera:
        """Behind the windscreen, 1.4 m up, looking down the lane with a little sway."""
        at, time = self.travelled(frame), frame / self.rate
        eye = self.line.beside(at, self.town.lane + 0.12 * np.sin(time * 0.55)) + [0, 1.4, 0]
        ahead = self.line.direction(at + 6, 16) + self.line.left(at) * 0.012 * np.sin(time * 0.7 + 1)
        ahead[1] += 0.004 * np.sin(time * 5.3) + 0.0025 * np.sin(time * 11.7) - 0.035
        up = np.array([0.0, 1.0, 0.0]) + self.line.left(at) * 0.003 * np.sin(time * 2.1)
        return Camera(eye, ahead, up)

    def scene(self, frame: int) -> Scene:
        """Surroundings, parked cars and anomalies where they always are, moving cars where they are now."""
        items = list(self.fixed)
        for number, (model, paint, first, left, speed) in enumerate(self.moving):
            at = first + speed * frame / self.rate
            items += self._car(model, paint, at, left, 0.0 if speed > 0 else np.pi, 200 + number)
        return Scene(items, self.town.light)

    def _car(self, model, paint, along: float, left: float, turn: float, object_id: int) -> list[Item]:
        place = self.line.beside(along, left)
        return self.park.car(model, paint, place, self.line.heading(along) + turn, object_id)

    def _paint(self, rng: np.random.Generator):
        return cars.PAINTS[int(rng.integers(len(cars.PAINTS)))]

    def _parked(self, rng: np.random.Generator, distance: float) -> list[Item]:
        made, number = [], 100
        for side in (-1, 1):
            at = self.town.start - 15.0 + rng.uniform(0, 5)
            while at < self.town.start + distance + 70 and number < 199:
                at += 6.0 + float(rng.choice([0.3, 0.8, 7.0, 16.0], p=[0.35, 0.3, 0.2, 0.15]))
                model = cars.MODELS[int(rng.integers(len(cars.MODELS)))]
                turn = (0.0 if side < 0 else np.pi) + rng.normal(0, 0.025)
                made += self._car(model, self._paint(rng), at, side * (5.55 + rng.uniform(-0.1, 0.1)), turn, number)
                number += 1
        return made

    def _moving(self, rng: np.random.Generator) -> list[tuple]:
        start = self.town.start
        return [
            (cars.MODELS[1], (158, 161, 164), start + 27.0, self.town.lane, self.speed * 1.02),
            (cars.MODELS[0], (38, 62, 112), start + 95.0, -self.town.lane, -self.speed * 0.9),
            (cars.MODELS[2], (120, 22, 26), start + 150.0, -self.town.lane, -self.speed * 0.8),
        ]

    def _hazards(self, rng: np.random.Generator, distance: float) -> list[Item]:
        kinds = list(rng.permutation(sorted(hazards.builders())))
        made, sides = [], []
        at = self.town.start + 24.0
        for number, kind in enumerate(kinds * 3, start=1):
            if at > self.town.start + distance - 6.0 or number > 99:
                break
            # Along the middle line, where no car drives, or on the pavements.
            if not sides:
                sides = list(rng.permutation([-0.35, 0.45, 0.1, -9.2, 9.2]))
            left = float(sides.pop())
            place = self.line.beside(at, left)
            if abs(left) > 6.7:
                place = place + [0, KERB + 0.03, 0]
            heading = float(rng.uniform(0, 2 * np.pi))
            made += hazards.hazard(str(kind), place, heading, self.line.heading(at), number, rng, self.park.art)
            self.placed.append(Placed(number, str(kind), "mesh", round(float(at), 2), left))
            at += rng.uniform(4.0, 8.0)
        return made
