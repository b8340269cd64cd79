"""The rendered set as training data: frames of a split, their labels as class numbers, and the training negatives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tools.render.errors import RenderError
from tools.render.hazard_set import objects
from tools.render.hazard_set.classes import KNOWN

from ..labels import VOID
from ..negatives import CutOut
from ..photos import DataError

CLASSES = len(KNOWN)
_CLASS_OF = np.full(256, VOID, np.uint8)
_CLASS_OF[list(KNOWN)] = range(CLASSES)
# Classes on which negatives may stand: road line, road, sidewalk.
GROUND = tuple(KNOWN.index(label) for label in (7, 8, 9))
ROAD, SIDEWALK = GROUND[1:]
# One kind of training negatives in so many is kept for validation.
HELD = 6


@dataclass(frozen=True)
class Frame:
    """A rendered picture and its labels."""

    image_path: Path
    label_path: Path

    def image(self) -> np.ndarray:
        """HxWx3 uint8 RGB."""
        with Image.open(self.image_path) as picture:
            return np.array(picture.convert("RGB"))

    def label(self) -> np.ndarray:
        """HxW uint8: 0 to 11 in the order of the network's outputs, 255 for void."""
        with Image.open(self.label_path) as picture:
            return _CLASS_OF[np.array(picture)]


def frames(root: Path, split: str) -> list[Frame]:
    """All frames of `training` or `validation`, in order of their names."""
    if not (root / "set.json").is_file():
        raise DataError(f"{root}: no rendered set; make one: python -m tools.render.hazard_set {root}")
    images, labels = (root / "train" / what / split for what in ("images", "annotations"))
    found = [Frame(path, labels / path.relative_to(images)) for path in sorted(images.rglob("*.png"))]
    if not found:
        raise DataError(f"{images}: no pictures; render the set again")
    return found


def check_towns(root: Path) -> dict[str, list[str]]:
    """The set's towns by split; refuses a set in which a track is in two splits."""
    towns = json.loads((root / "set.json").read_text())["towns"]
    splits: dict[str, str] = {}
    for name, (split, track) in towns.items():
        if splits.setdefault(track, split) != split:
            raise DataError(f"{root}: track {track} of {name} is in {split} and {splits[track]}; towns must differ")
    return {split: sorted(n for n, (s, _) in towns.items() if s == split) for split in dict.fromkeys(splits.values())}


@dataclass(frozen=True)
class Negatives:
    """Cut-outs to train with, and those of other kinds that only validation pastes."""

    training: list[CutOut]
    validation: list[CutOut]


def negatives(stamps: Path) -> Negatives:
    """The cut-outs that the committed list gives to training, checked against the list's digests.

    Every `HELD`th of their kinds, in order of names, is kept for validation.
    """
    try:
        things = [thing for thing in objects.read() if thing.role == objects.TRAIN]
        found = [CutOut(objects.stamp(stamps, thing), thing.kind) for thing in things]
    except RenderError as error:
        raise DataError(str(error)) from None
    held = set(sorted({one.kind for one in found})[HELD - 1 :: HELD])
    return Negatives([one for one in found if one.kind not in held], [one for one in found if one.kind in held])
