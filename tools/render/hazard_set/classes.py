"""Label values of the set: those of StreetHazards, so that its readers and protocols read it.

StreetHazards' PNGs hold its class numbers plus one: 1 is "unlabeled", which is the sky, and counts as a class. 4
("other") is none in the paper's reading. There is nobody in torcs-data's streets, so 5 (pedestrian) never occurs; grass
and other open ground is 10, with what grows on it. What has no class (advertising, guard rails) is 0, which StreetHazards
does not use.
"""

from __future__ import annotations

import numpy as np

from .. import classes as c

VOID, ANOMALY, SKY = 0, 14, 1
NAMES = {
    1: "sky", 2: "building", 3: "fence", 4: "other", 5: "pedestrian", 6: "pole", 7: "road line", 8: "road",
    9: "sidewalk", 10: "vegetation", 11: "car", 12: "wall", 13: "traffic sign", 14: "anomaly",
}  # fmt: skip
# The twelve that a network tells apart, in the order of its outputs (the authors' too).
KNOWN = (1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13)

_FROM_DRIVE = {
    c.ROAD: 8, c.SIDEWALK: 9, c.BUILDING: 2, c.WALL: 12, c.FENCE: 3, c.POLE: 6, c.LIGHT: 6, c.SIGN: 13,
    c.VEGETATION: 10, c.TERRAIN: 10, c.SKY: SKY, c.PERSON: 5, c.RIDER: 5, c.CAR: 11, c.TRUCK: 11, c.BUS: 11,
    c.TRAIN: 11, c.MOTORCYCLE: 11, c.BICYCLE: 11, c.ROAD_LINE: 7, c.ANOMALY: ANOMALY,
}  # fmt: skip
_TABLE = np.full(256, VOID, np.uint8)
_TABLE[list(_FROM_DRIVE)] = list(_FROM_DRIVE.values())


def from_drive(labels: np.ndarray) -> np.ndarray:
    """Labels of a drive (Cityscapes train ids) as labels of the set."""
    return _TABLE[labels]
