"""Class tables: Cityscapes train ids, and what the coarser label sets of CamVid and IDD-lite allow."""

from __future__ import annotations

import numpy as np

VOID = 255
# Neither surely inlier nor anomaly: left out of every loss term (void still counts as inlier in the head's).
DOUBTFUL = 254
KNOWN_CLASSES = 19

CITYSCAPES = (
    ("road", (128, 64, 128)),
    ("sidewalk", (244, 35, 232)),
    ("building", (70, 70, 70)),
    ("wall", (102, 102, 156)),
    ("fence", (190, 153, 153)),
    ("pole", (153, 153, 153)),
    ("traffic light", (250, 170, 30)),
    ("traffic sign", (220, 220, 0)),
    ("vegetation", (107, 142, 35)),
    ("terrain", (152, 251, 152)),
    ("sky", (70, 130, 180)),
    ("person", (220, 20, 60)),
    ("rider", (255, 0, 0)),
    ("car", (0, 0, 142)),
    ("truck", (0, 0, 70)),
    ("bus", (0, 60, 100)),
    ("train", (0, 80, 100)),
    ("motorcycle", (0, 0, 230)),
    ("bicycle", (119, 11, 32)),
)

# Row = class of the data set, entries = Cityscapes train ids it may be.
CAMVID = ((10,), (2, 3), (5,), (0,), (1,), (8, 9), (6, 7), (3, 4), (13, 14, 15, 16), (11,), (12, 17, 18))
# drivable, non-drivable, living things, vehicles, roadside objects (kerbs too), far objects, sky
IDD_LITE = ((0,), (1, 9), (11, 12), (13, 14, 15, 16, 17, 18), (1, 3, 4, 5, 6, 7), (2, 8, 9), (10,))

# IDD's "living things" hold cows beside people: where the pretrained network sees none of these there, it is doubtful.
IDD_LITE_LIVING = 2
PEOPLE = (11, 12, 17, 18)

# Road, sidewalk, terrain: what lost objects lie on.
GROUND = (0, 1, 9)
# A data set without labels: one class that may be anything.
UNLABELLED = (tuple(range(KNOWN_CLASSES)),)


def allowed_ids(label: np.ndarray, table: tuple[tuple[int, ...], ...]) -> np.ndarray:
    """Boolean KxHxW: which Cityscapes ids the coarse `label` (HxW) permits; nowhere any for void."""
    permitted = np.zeros((256, KNOWN_CLASSES), bool)
    for coarse, ids in enumerate(table):
        permitted[coarse, list(ids)] = True
    return permitted[label].transpose(2, 0, 1)


def coarse_ids(prediction: np.ndarray, table: tuple[tuple[int, ...], ...]) -> np.ndarray:
    """Maps Cityscapes ids (HxW) back to the first class of `table` that allows them (for closed-set IoU)."""
    lookup = np.full(256, VOID, np.uint8)
    for coarse in reversed(range(len(table))):
        lookup[list(table[coarse])] = coarse
    return lookup[prediction]
