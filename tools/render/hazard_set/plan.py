"""What each frame of the set shows, decided before anything is drawn: a function of the seed and the numbers alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .objects import TEST, Thing
from .towns import SET_TOWNS, SetTown

# Shares of the anomalies in a test town, by group and by what they are made of: two of three are meshes.
DECK = (
    ("near", "mesh"), ("near", "cutout"), ("novel", "mesh"), ("novel", "cutout"),
    ("camouflaged", "mesh"), ("camouflaged", "mesh"),
)  # fmt: skip
# How many anomalies a frame of a test town shows, and how often.
COUNTS = ((0, 0.1), (1, 0.35), (2, 0.35), (3, 0.2))


@dataclass(frozen=True)
class Shot:
    """One frame: its town, the stretch of road, its place on it and what anomalies it gets (nothing but test towns do)."""

    town: SetTown
    stretch: int
    number: int
    share: float
    things: tuple[Thing, ...] = ()


@dataclass(frozen=True)
class Sizes:
    """Frames: of all training towns of one road together, of the validation town, of each test town.

    `varied` are those of all varied training towns together, `short_stretch` those of one stretch of them.
    """

    training: int = 360
    validation: int = 40
    test: int = 60
    per_stretch: int = 20
    varied: int = 720
    short_stretch: int = 8

    def of_stretch(self, town: SetTown) -> int:
        """Frames of one stretch of a town."""
        return self.short_stretch if town.varied else self.per_stretch

    def of(self, town: SetTown) -> int:
        """Frames of a town; what does not divide falls to the first towns."""
        towns = [one for one in SET_TOWNS if (one.split, one.varied) == (town.split, town.varied)]
        if town.split == "test":
            return self.test
        total = self.varied if town.varied else self.training if town.split == "training" else self.validation
        return total // len(towns) + (towns.index(town) < total % len(towns))


def shots(seed: int, sizes: Sizes, things: list[Thing]) -> list[Shot]:
    """All frames of the set, town after town."""
    return [shot for index, town in enumerate(SET_TOWNS) for shot in _of_town(seed, index, town, sizes, things)]


def _of_town(seed: int, index: int, town: SetTown, sizes: Sizes, things: list[Thing]) -> list[Shot]:
    count = sizes.of(town)
    rng = np.random.default_rng([seed, index, 1])
    deal = _Deck(rng, things) if town.split == "test" else None
    made = []
    for number in range(count):
        length = sizes.of_stretch(town)
        stretch, place = divmod(number, length)
        here = min(length, count - stretch * length)
        share = (place + float(rng.uniform(0, 0.8))) / here
        chosen = deal.take(_how_many(number, count, rng)) if deal else ()
        made.append(Shot(town, stretch, number, share, chosen))
    return made


def _how_many(number: int, count: int, rng: np.random.Generator) -> int:
    """Numbers of anomalies in the shares of COUNTS: a low-discrepancy walk, so that small sets keep them, too."""
    at = (number * 0.6180339887 + float(rng.uniform(0, 1 / count))) % 1.0
    total = 0.0
    for many, share in COUNTS:
        total += share
        if at < total:
            return many
    return COUNTS[-1][0]


class _Deck:
    """Deals objects of the test in the shares of DECK, each object of a kind before any comes twice."""

    def __init__(self, rng: np.random.Generator, things: list[Thing]):
        self.rng, self.cards, self.left = rng, [], {}
        self.piles = {
            key: [thing for thing in things if thing.role == TEST and (thing.group, thing.made_of) == key]
            for key in DECK
        }

    def take(self, count: int) -> tuple[Thing, ...]:
        return tuple(self._next() for _ in range(count))

    def _next(self) -> Thing:
        if not self.cards:
            self.cards = [DECK[index] for index in self.rng.permutation(len(DECK))]
        key = self.cards.pop()
        if not self.left.get(key):
            self.left[key] = [self.piles[key][index] for index in self.rng.permutation(len(self.piles[key]))]
        return self.left[key].pop()
