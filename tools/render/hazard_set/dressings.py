"""Fronts of houses and trees of the towns: crops of pictures of torcs-data's tracks, with sizes in metres."""

from __future__ import annotations

from ..street import Front, Tree

GREY_PLASTER = Front("facade6-512.rgb", (0.0, 0.25, 1.0, 0.99), 11.0, 8.2)
# Of the test towns alone.
WHITE_BOARDS = Front("facade1-512.rgb", (0.0, 0.37, 1.0, 0.99), 11.0, 6.8)
OFFICES = Front("block4f.png", (0.0, 0.01, 1.0, 0.99), 16.0, 32.0)
SCREENS = Front("tr-building5.rgb", (0.0, 0.0, 1.0, 1.0), 14.0, 22.0)


def _whole(texture: str, width: float, height: float, bays: int = 1) -> Front:
    return Front(texture, (0.0, 0.0, 1.0, 1.0), width, height, bays)


# Of the varied towns alone.
BRICK_BLOCK, SHOPS = _whole("house17facade.png", 24.0, 12.0), _whole("house18facade.png", 14.0, 7.0)
TURQUOISE, SCHOOL = _whole("house22facade.png", 10.0, 20.0), _whole("house23facade.png", 26.0, 13.0)
VILLA = _whole("house24facade.png", 22.0, 11.0)
TALL_GREY = Front("house25facade.png", (0.04, 0.2, 0.96, 0.98), 19.0, 17.0)
PINK, LONG_GREY = _whole("house26facade.png", 17.0, 9.0), _whole("house28facade.png", 20.0, 10.0)
BANDS, ARCHES = _whole("house32facade.png", 28.0, 14.0), _whole("house33facade.png", 7.0, 13.5, bays=2)
LOW_YELLOW, GREEN_ARCHES = _whole("house34facade.png", 26.0, 7.0), _whole("house35facade.png", 21.0, 10.5)
SHOW_WINDOWS, BLINDS = _whole("house36facade.png", 25.0, 12.5), _whole("block5f.png", 16.0, 18.0)
GABLES, RED_HOUSE = _whole("H26FNT.png", 16.0, 9.0), _whole("H21FNT.png", 14.0, 7.5)
ROSE_HOUSE, MANSARD = _whole("H17FNT.png", 16.0, 8.5), _whole("H15SFRNT.png", 9.0, 9.0)
TIMBER = _whole("H28FRNT.png", 10.0, 5.5)

LIME, POPLAR = Tree("treeg10_n.rgb"), Tree("tree-poplar_n.rgb", (0.0, 0.0, 0.5, 1.0), 0.32)
ROUND, RUSSET = Tree("treeg1.rgb", breadth=1.0), Tree("tree20.rgb", breadth=1.0)
OAK, LIGHT_GREEN = Tree("tree53_n.rgb", breadth=1.0), Tree("tree1.rgb", breadth=0.8)
ASH = Tree("tree-new_n.rgb", (0.5, 0.0, 1.0, 1.0), 0.55)
# Of the varied towns alone.
ELM, WIDE_ELM = Tree("tree11_n.png", breadth=1.0), Tree("tree12_n.png", breadth=1.0)
APPLE, BUSH = Tree("tree_apple_n.png", breadth=0.8), Tree("tree_bush_n.png", breadth=1.0)
MAPLE, DARK_OAK = Tree("tree_maple_n.png", breadth=0.75), Tree("treetd_n.png")
BIRCH, PINE = Tree("rk_tree_1_n.png", breadth=0.7), Tree("rk_tree_3_n.png", breadth=0.6)
BRIGHT, YELLOW, RED = Tree("tree2.rgb"), Tree("tree15.rgb"), Tree("tree5.rgb")
DULL, RUST = Tree("tree18.rgb", breadth=1.0), Tree("tree9.rgb")
