"""Label rules: the ones that matter by name, and that no object of a town's track is left without one."""

import pytest

from tools.render import classes as c
from tools.render.errors import RenderError
from tools.render.labels import label_of
from tools.render.town import TOWNS
from tools.render.track import Track


@pytest.mark.parametrize(
    ("name", "texture", "label"),
    [
        ("TKMN633", "tr-asphalt-aa-bw1_n.rgb", c.ROAD),
        ("EROAD6", "tr-asphalt-aa-bw1_n.rgb", c.ROAD),
        ("TKLS634", "tr-road1_n.rgb", c.SIDEWALK),
        ("T1RB583", "tr-curb-bw-aa-r.rgb", c.SIDEWALK),
        ("TKRS468", "tr-sand.rgb", c.TERRAIN),
        ("TERR95", "grass-aa.rgb", c.TERRAIN),
        ("TERR39", "tr-asphalt-2-aa-r_n.png", c.ROAD),
        ("TREEP112Y", "treeg10_n.rgb", c.VEGETATION),
        ("B1LT12_s_3", "allborg-trees_n.rgb", c.VEGETATION),
        ("HILLS1__split__4", "tree-border_n.rgb", c.VEGETATION),
        ("HILLS3", "town-border-arbor.png", c.BUILDING),
        ("BOX_s_4", "tr-building9.rgb", c.BUILDING),
        ("P19TS10", "concrete2.rgb", c.BUILDING),
        ("B2LT623", "tr-barrier.rgb", c.VOID),
        ("B2RT443", "tr-tirewall.rgb", c.VOID),
        ("B1LT1", "tarmac-wall-2-g2.rgb", c.WALL),
        ("POTSTD06_s_23", "poutre3_arbor_n.rgb", c.POLE),
        ("ROUE32_s_17", "truck0.rgb", c.TRUCK),
        ("S4BG2", "pylon3.rgb", c.VOID),
    ],
)
def test_rule(name, texture, label):
    assert label_of(name, texture) == label


def test_an_unknown_object_is_an_error_that_names_it():
    with pytest.raises(RenderError, match="GIRAFFE.*labels.py"):
        label_of("GIRAFFE", "fur.rgb")


@pytest.mark.parametrize("name", sorted({town.track for town in TOWNS.values()} | {"road/aalborg"}))
def test_every_object_of_a_track_has_a_label(name):
    found = {label_of(part.name, part.texture) for part in Track(name).parts}
    assert {c.ROAD, c.VEGETATION, c.TERRAIN} <= found <= {*range(19), c.VOID}
