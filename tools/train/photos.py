"""Street photos with coarse labels: CamVid (11 classes) and IDD-lite (7 classes)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from . import labels


class DataError(Exception):
    """A data set is not where or what it should be; the message says what to do."""


@dataclass(frozen=True)
class StreetSet:
    """One folder of `X.jpg` + `X_label.png` pairs and its class table.

    `training_width` is the width that a photo is brought to on average before cropping, `label_width` the one at
    which the pretrained network reads these photos best (measured on training photos).
    `living` is a coarse class of people and animals alike, if there is one. `share` is the set's share of the samples.
    """

    folder: str
    table: tuple[tuple[int, ...], ...]
    training_width: int
    label_width: int
    living: int | None = None
    share: float = 0.375

    def photos(self, root: Path, split: str) -> list["Photo"]:
        """All photos of `split`, sorted by name."""
        directory = root / self.folder / split
        found = sorted(directory.glob("*.jpg"))
        if not found:
            raise DataError(f"{directory}: no .jpg photos; point --data at the folder that holds {self.folder}/")
        return [Photo(path, self) for path in found]


@dataclass(frozen=True)
class Photo:
    """A street photo on disk."""

    path: Path
    street: StreetSet
    film: Path | None = None

    @property
    def listed(self) -> Path:
        """The file that the manifest lists: the photo, or the film that it is a frame of."""
        return self.path if self.film is None else self.film

    def image(self) -> np.ndarray:
        """HxWx3 uint8 RGB."""
        with Image.open(self.path) as picture:
            return np.array(picture.convert("RGB"))

    def coarse_label(self) -> np.ndarray:
        """HxW uint8 in the data set's own classes, 255 = void; 0 everywhere where the set has no labels."""
        if self.film is not None:
            with Image.open(self.path) as picture:
                return np.zeros((picture.height, picture.width), np.uint8)
        path = self.path.with_name(self.path.stem + "_label.png")
        if not path.is_file():
            raise DataError(f"{path}: label of {self.path.name} is missing")
        with Image.open(path) as picture:
            return np.array(picture)


CAMVID = StreetSet("camvid11", labels.CAMVID, training_width=960, label_width=640)
IDD_LITE = StreetSet("idd_lite", labels.IDD_LITE, training_width=640, label_width=512, living=labels.IDD_LITE_LIVING)
STREET_SETS = (CAMVID, IDD_LITE)
