"""Label values of the set: those of StreetHazards, so that its readers and protocols read it.

StreetHazards counts twelve known classes; 4 ("other") is none of them in the paper's reading. There is nobody in
torcs-data's streets, so class 3 (pedestrian) never occurs; grass and other open ground is 9, with what grows on it.
"""

from __future__ import annotations

import numpy as np

from .. import classes as c

VOID, ANOMALY, SKY = 0, 14, 13
NAMES = {
    1: "building", 2: "fence", 3: "pedestrian", 4: "other", 5: "pole", 6: "road line", 7: "road", 8: "sidewalk",
    9: "vegetation", 10: "car", 11: "wall", 12: "traffic sign", 13: "sky", 14: "anomaly",
}  # fmt: skip
# The twelve that a network tells apart, in the order of its outputs.
KNOWN = (1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13)

_FROM_DRIVE = {
    c.ROAD: 7, c.SIDEWALK: 8, c.BUILDING: 1, c.WALL: 11, c.FENCE: 2, c.POLE: 5, c.LIGHT: 5, c.SIGN: 12,
    c.VEGETATION: 9, c.TERRAIN: 9, c.SKY: SKY, c.PERSON: 3, c.RIDER: 3, c.CAR: 10, c.TRUCK: 10, c.BUS: 10, c.TRAIN: 10,
    c.MOTORCYCLE: 10, c.BICYCLE: 10, c.ROAD_LINE: 6, c.ANOMALY: ANOMALY,
}  # fmt: skip
_TABLE = np.full(256, VOID, np.uint8)
_TABLE[list(_FROM_DRIVE)] = list(_FROM_DRIVE.values())


def from_drive(labels: np.ndarray) -> np.ndarray:
    """Labels of a drive (Cityscapes train ids) as labels of the set."""
    return _TABLE[labels]
