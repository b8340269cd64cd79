"""Which class a part of a mesh is, told from its object's and its texture's name.

The rules are an ordered list: the first that matches decides. TORCS's track generator names what it makes by fixed
patterns (TKMN main track, TKLS/TKRS side strips, T1LB/T2RB borders, B2LT barriers, TERR terrain, TREE, HILLS, ...);
everything else was placed by hand and is told by its texture. A part that no rule knows is an error, not void: a new
track must be looked at before it is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import classes as c
from .errors import RenderError


@dataclass(frozen=True)
class Rule:
    """Matches if both patterns (case-insensitive, anywhere; object names from their start) match."""

    label: int
    name: str = ""
    texture: str = ""

    def matches(self, name: str, texture: str) -> bool:
        return bool(re.match(self.name, name, re.I)) and bool(re.search(self.texture, texture, re.I))


RULES = (
    # What grows is told by texture wherever it hangs: some tracks put tree borders on barrier objects.
    Rule(c.VEGETATION, texture=r"tree|forest|poplar|bush|hedge|^arbor01|arbor-wood"),
    # Skylines painted on a strip far behind the terrain.
    Rule(c.BUILDING, texture=r"town-border"),
    # Advertising, timing bridges, start lights: Cityscapes has no class for them.
    Rule(c.VOID, name=r"S\d+BG"),
    Rule(c.VOID, texture=r"torcs\d|texte|pylon\d|torcsad|people|spectator|tr-spec|turn\d+[LR]|poutre4|back-sign"),
    Rule(c.VOID, name=r"TRIB(SPC|PUB)"),
    # Grandstands and what carries them.
    Rule(c.BUILDING, name=r"TRIB|P\d+TS"),
    Rule(c.BUILDING, texture=r"building|house|walls|roof|concdal|facade|tent\.|gconcrete"),
    Rule(c.TRUCK, texture=r"truck"),
    Rule(c.POLE, name=r"POTSTD|CYLINDER|POUTRE|TOPSTPB"),
    Rule(c.POLE, texture=r"poutre"),
    Rule(c.VOID, name=r"TOPST", texture=r"std"),
    Rule(c.VOID, texture=r"^std"),
    # Barriers: tyre walls are nothing a street has, guard rails are void in Cityscapes too; wire is a fence.
    Rule(c.VOID, texture=r"tirewall"),
    Rule(c.VOID, texture=r"tr-barrier\.|barr1|barrier-bw|barg\d"),
    Rule(c.FENCE, texture=r"tr-bar-gr|arbor2_n|fence"),
    Rule(c.WALL, name=r"B\w?[LR]T", texture=r"barrier|tr-bar|wall|barr1|concrete|asphalt"),
    Rule(c.WALL, texture=r"barrier|barr1|tarmac-wall|stone-wall|tr-wall|^mur"),
    # Ground.
    Rule(c.TERRAIN, texture=r"grass|sand|gravel|dirt|rock|snow|geo-bw"),
    Rule(c.SIDEWALK, texture=r"curb"),
    Rule(c.SIDEWALK, name=r"TK[LR]S|T\d[LR]B", texture=r"tr-road1|concrete|asconcr"),
    Rule(c.ROAD, texture=r"tr-b-road1|concrete-patch|^road\d|^asp_n|asasphr|tr-asphalt"),
    Rule(c.ROAD, name=r"TKMN|EROAD|EXRD|TK[LR]S|T\d[LR]B|TERR|POLY|PNTS", texture=r"asphalt|tr-road|tr-concrete"),
    Rule(c.ROAD, name=r"TKMN\d+$"),
    Rule(c.TERRAIN, name=r"TERR\d+$"),
    Rule(c.BUILDING, name=r"SPHERE|BOX|MUR|WALL|TOIT|POLY|DEFAULT|OBJECT|MESH|REBTOIT|BORDTOIT|P\d+TS"),
)


def label_of(name: str, texture: str | None) -> int:
    """The label of a part: a Cityscapes train id or 255. Raises RenderError where no rule matches."""
    for rule in RULES:
        if rule.matches(name, texture or ""):
            return rule.label
    raise RenderError(f"no label rule matches object '{name}' with texture '{texture}'; add one to labels.py")
