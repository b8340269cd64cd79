"""What changes from stretch to stretch of a varied town, beside its road: light, sensor, lens, slabs, paint, houses."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from ..frames import Sensor
from ..scene import Light, Mesh
from ..street import Dressing


@dataclass(frozen=True)
class Look:
    """The camera of a stretch: field of view in degrees, and between what heights it stands, metres."""

    view: float
    eye: tuple[float, float]


PLAIN = Look(58.0, (1.3, 1.6))


def is_ground(name: str, mesh: Mesh) -> bool:
    """Of these tracks only road and terrain stay: their stands, boards and people are labelled by no rule."""
    return bool(re.match(r"(TKMN|TERR)\d+$|HILLS", name))


def of_stretch(dressing: Dressing, rng: np.random.Generator) -> tuple[Dressing, Look]:
    """A town's dressing in this stretch's colours, and its camera."""
    slabs = rng.uniform(0.35, 1.5) * rng.uniform(0.88, 1.12, 3)
    white = rng.uniform(0.3, 0.8)
    paint = white * np.array([1.0, rng.uniform(0.7, 0.85), 0.25] if rng.random() < 0.15 else [1.0, 1.0, 0.96])
    low = rng.uniform(dressing.tones[0], 1.05)
    look = Look(float(rng.uniform(50, 66)), tuple(rng.uniform(1.2, 1.4) + np.array([0.0, rng.uniform(0.1, 0.4)])))
    high = rng.uniform(low + 0.1, dressing.tones[1])
    changed = replace(
        dressing, slabs=tuple(slabs), paint=tuple(paint), tones=(float(low), float(high)),
        built=float(np.clip(dressing.built + rng.normal(0, 0.15), 0.2, 0.95)), grove=float(rng.uniform(0, 0.7)),
    )  # fmt: skip
    return changed, look


def weather(rng: np.random.Generator) -> tuple[Light, Sensor]:
    """Sun from low and warm to high, clouds, haze, and an exposure that is sometimes a little off."""
    elevation = float(rng.uniform(14, 68))
    cloudy = rng.random() < 0.4
    strength = float(rng.uniform(0.05, 0.5) if cloudy else rng.uniform(0.7, 1.15))
    warm = float(rng.uniform(0.0, 0.25) * np.clip((45 - elevation) / 30, 0, 1))
    light = Light(
        float(rng.uniform(0, 360)), elevation, sun=tuple(strength * np.array([2.6 + warm, 2.45, 2.2 - 2 * warm])),
        cloudiness=float(rng.uniform(0.6, 1.0) if cloudy else rng.uniform(0.1, 0.7)),
        haze=float(np.exp(rng.uniform(np.log(0.0008), np.log(0.007)))),
    )  # fmt: skip
    exposure = float(rng.uniform(0.8, 1.35) if cloudy else rng.uniform(0.52, 0.9))
    return light, Sensor(exposure=exposure, shot_noise=float(rng.uniform(0.006, 0.024)))
