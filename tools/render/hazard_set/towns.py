"""The towns of the set: a track of torcs-data each, dressed as a street of its own.

No track and no road surface is shared between splits; of the fronts of houses the test towns have some that no other
town has. The art of a town may come from several tracks: all of it is under the GPL or the Free Art License.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..street import FRONTS, Dressing, Front, Tree

# Tracks whose pictures dress the towns, besides those that all tracks share.
LIBRARY = ("road/street-1", "road/g-track-1", "road/wheel-1")

WHITE_BOARDS = Front("facade1-512.rgb", (0.0, 0.37, 1.0, 0.99), 11.0, 6.8)
GREY_PLASTER = Front("facade6-512.rgb", (0.0, 0.25, 1.0, 0.99), 11.0, 8.2)
OFFICES = Front("block4f.png", (0.0, 0.01, 1.0, 0.99), 16.0, 32.0)
SCREENS = Front("tr-building5.rgb", (0.0, 0.0, 1.0, 1.0), 14.0, 22.0)

LIME, POPLAR = Tree("treeg10_n.rgb"), Tree("tree-poplar_n.rgb", (0.0, 0.0, 0.5, 1.0), 0.32)
ROUND, BROWN = Tree("treeg1.rgb", breadth=1.0), Tree("tree20.rgb", breadth=1.0)
OAK, LIGHT_GREEN = Tree("tree53_n.rgb", breadth=1.0), Tree("tree1.rgb", breadth=0.8)
ASH = Tree("tree-new_n.rgb", (0.5, 0.0, 1.0, 1.0), 0.55)


@dataclass(frozen=True)
class SetTown:
    """`split` is training, validation or test; `name` is the folder, as in StreetHazards."""

    name: str
    split: str
    track: str
    surface: str
    dressing: Dressing


def _town(where: str, surface: str, fronts: tuple[Front, ...], trees: tuple[Tree, ...], built: float) -> SetTown:
    name, split, track = where.split()
    return SetTown(name, split, f"road/{track}", surface, Dressing(fronts, trees, built, lines=True))


SET_TOWNS = (
    _town("t1 training street-1", "tr-road1_n.rgb", FRONTS[:6], (LIME, ASH), 0.85),
    _town("t2 training aalborg", "tr-asphalt.rgb", FRONTS[3:8], (LIME, POPLAR), 0.7),
    _town("t3 training e-track-4", "tr-concrete4.rgb", (*FRONTS[0:2], *FRONTS[7:10]), (ROUND, BROWN, ASH), 0.6),
    _town("t4 training g-track-1", "tr-asphalt-2-aa-r_n.png", (GREY_PLASTER, *FRONTS[1:5]), (OAK, LIME), 0.75),
    _town("t7 training spring", "tr-concrete.rgb", (*FRONTS[5:10], FRONTS[2]), (ROUND, LIGHT_GREEN), 0.5),
    _town("t8 training alpine-1", "road1.rgb", (FRONTS[0], *FRONTS[4:9:2]), (POPLAR, ROUND, LIME), 0.55),
    _town("t9 validation e-track-1", "tr-asphalt-bw3-pit-e_n.rgb", (GREY_PLASTER, *FRONTS[1:8:2]), (OAK, ASH), 0.7),
    _town("t5 test eroad", "tr-asphalt-l2bw1-pe_n.rgb", (WHITE_BOARDS, OFFICES, *FRONTS[0:9:2]), (LIME, OAK), 0.7),
    _town("t6 test ole-road-1", "concrete-patch.png", (SCREENS, WHITE_BOARDS, *FRONTS[1:10:2]), (BROWN, ASH), 0.65),
)
