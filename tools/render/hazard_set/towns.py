"""The towns of the set: a track of torcs-data each, dressed as a street of its own.

No track and no road surface is shared between splits; of the fronts of houses the test towns have some that no other
town has. The art of a town may come from several tracks: all of it is under the GPL or the Free Art License.

Random keys use a town's place in SET_TOWNS: new ones are appended, so that the pictures of the others stay.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import cars
from ..street import FRONTS, Dressing, Front, Tree
from .dressings import (
    APPLE, ARCHES, ASH, BANDS, BIRCH, BLINDS, BRICK_BLOCK, BRIGHT, BUSH, DARK_OAK, DULL, ELM, GABLES, GREEN_ARCHES,
    GREY_PLASTER, LIGHT_GREEN, LIME, LONG_GREY, LOW_YELLOW, MANSARD, MAPLE, OAK, OFFICES, PINE, PINK, POPLAR, RED,
    RED_HOUSE, ROSE_HOUSE, ROUND, RUSSET, RUST, SCHOOL, SCREENS, SHOPS, SHOW_WINDOWS, TALL_GREY, TIMBER, TURQUOISE,
    VILLA, WHITE_BOARDS, WIDE_ELM, YELLOW,
)  # fmt: skip
from .roads import Drawn

# Tracks whose pictures dress the towns, besides those that all tracks share.
LIBRARY = ("road/street-1", "road/g-track-1", "road/wheel-1")
WIDE_LIBRARY = (
    *LIBRARY, "road/g-track-3", "road/e-track-2", "road/e-track-3", "road/e-track-6", "road/forza", "road/ruudskogen",
)  # fmt: skip


@dataclass(frozen=True)
class SetTown:
    """`split` is training, validation or test; `name` is the folder, as in StreetHazards.

    `surface` names a picture, or says how each stretch's own is drawn: such a town is *varied*. Slabs, paint, colours
    of houses, light, sensor and lens change more from one of its stretches to the next, and its stretches are short.
    """

    name: str
    split: str
    track: str
    surface: str | Drawn
    dressing: Dressing
    models: tuple[str, ...] = cars.MODELS
    paints: tuple[tuple[int, int, int], ...] = cars.PAINTS
    library: tuple[str, ...] = LIBRARY

    @property
    def varied(self) -> bool:
        """Whether each stretch differs in more than its light."""
        return isinstance(self.surface, Drawn)


def _town(where: str, surface: str, fronts: tuple[Front, ...], trees: tuple[Tree, ...], built: float) -> SetTown:
    name, split, track = where.split()
    return SetTown(name, split, f"road/{track}", surface, Dressing(fronts, trees, built, lines=True))


def _varied(
    where: str, surface: Drawn, fronts: tuple[Front, ...], trees: tuple[Tree, ...], built: float
) -> SetTown:
    name, track = where.split()
    dressing = Dressing(fronts, trees, built, lines=True, tones=(0.6, 1.5), spread=0.15, grove=0.35, foot=-0.7)
    return SetTown(
        name, "training", f"road/{track}", surface, dressing, cars.WIDE_MODELS, cars.WIDE_PAINTS, WIDE_LIBRARY
    )


# What streets are paved with, mixed so that every town has several and no two have the same.
DARK = Drawn(("asphalt", "patched"), (38, 85))
GREY = Drawn(("asphalt", "patched", "cracked"), (70, 125))
LIGHT = Drawn(("cracked", "slabs", "asphalt"), (115, 185))
BROWN = Drawn(("gravel", "asphalt", "cracked"), (70, 140), (0.08, 0.28))
STONES = Drawn(("stones",), (60, 150), (-0.06, 0.15))
BRICKS = Drawn(("stones", "slabs"), (80, 140), (0.1, 0.35))
CONCRETE = Drawn(("slabs", "patched"), (125, 195), (-0.03, 0.1))
BLUISH = Drawn(("patched", "asphalt", "slabs"), (60, 150), (-0.12, -0.02))
ANY = Drawn(("asphalt", "patched", "cracked", "slabs", "stones", "gravel"), (45, 180), (-0.1, 0.25))

SET_TOWNS = (
    _town("t1 training street-1", "tr-road1_n.rgb", FRONTS[:6], (LIME, ASH), 0.85),
    _town("t2 training aalborg", "tr-asphalt.rgb", FRONTS[3:8], (LIME, POPLAR), 0.7),
    _town("t3 training e-track-4", "tr-concrete4.rgb", (*FRONTS[0:2], *FRONTS[7:10]), (ROUND, RUSSET, ASH), 0.6),
    _town("t4 training g-track-1", "tr-asphalt-2-aa-r_n.png", (GREY_PLASTER, *FRONTS[1:5]), (OAK, LIME), 0.75),
    _town("t7 training spring", "tr-concrete.rgb", (*FRONTS[5:10], FRONTS[2]), (ROUND, LIGHT_GREEN), 0.5),
    _town("t8 training alpine-1", "road1.rgb", (FRONTS[0], *FRONTS[4:9:2]), (POPLAR, ROUND, LIME), 0.55),
    _town("t9 validation e-track-1", "tr-asphalt-bw3-pit-e_n.rgb", (GREY_PLASTER, *FRONTS[1:8:2]), (OAK, ASH), 0.7),
    _town("t5 test eroad", "tr-asphalt-l2bw1-pe_n.rgb", (WHITE_BOARDS, OFFICES, *FRONTS[0:9:2]), (LIME, OAK), 0.7),
    _town("t6 test ole-road-1", "concrete-patch.png", (SCREENS, WHITE_BOARDS, *FRONTS[1:10:2]), (RUSSET, ASH), 0.65),
    _varied("t10 alpine-2", GREY, (BRICK_BLOCK, VILLA, RED_HOUSE, ARCHES, *FRONTS[0:4]), (ELM, PINE, BRIGHT), 0.55),
    _varied("t11 e-track-2", DARK, (TURQUOISE, SCHOOL, BANDS, SHOPS, *FRONTS[4:8]), (WIDE_ELM, LIME, RED), 0.75),
    _varied(
        "t12 e-track-3", CONCRETE, (BLINDS, TALL_GREY, SHOW_WINDOWS, PINK, *FRONTS[2:9:3]), (APPLE, DULL, ASH), 0.7
    ),
    _varied(
        "t13 e-track-6", STONES, (TIMBER, MANSARD, GABLES, ROSE_HOUSE, GREEN_ARCHES, FRONTS[8]),
        (MAPLE, BUSH, RUST), 0.8,
    ),  # fmt: skip
    _varied(
        "t14 g-track-2", BROWN, (LOW_YELLOW, VILLA, MANSARD, LONG_GREY, *FRONTS[5:10:2]),
        (DARK_OAK, YELLOW, POPLAR), 0.5,
    ),  # fmt: skip
    _varied("t15 g-track-3", LIGHT, (SCHOOL, ARCHES, PINK, GREY_PLASTER, *FRONTS[1:8:3]), (LIME, BIRCH, ROUND), 0.65),
    _varied(
        "t16 ruudskogen", BLUISH, (RED_HOUSE, TIMBER, LOW_YELLOW, SHOPS, *FRONTS[0:10:3]), (PINE, BIRCH, MAPLE), 0.45
    ),
    _varied(
        "t17 wheel-1", BRICKS, (GABLES, BRICK_BLOCK, GREEN_ARCHES, TALL_GREY, *FRONTS[3:6]), (BUSH, ELM, DULL), 0.7
    ),
    _varied(
        "t18 wheel-2", ANY, (BANDS, SHOW_WINDOWS, ROSE_HOUSE, BLINDS, *FRONTS[6:10]), (DARK_OAK, WIDE_ELM, BRIGHT), 0.6
    ),
)
