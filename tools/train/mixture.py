"""The validation mixture: validation photos with pasted objects of classes that training never sees.

A picture is a 2:1 window of the photo at its own resolution, so that 1024x512 input keeps the aspect.
Picture i depends on (seed, i) alone: a subset shows the same pictures as the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .labels import VOID
from .negatives import cut_outs
from .pasting import PasteRule, paste_random
from .photos import STREET_SETS, Photo

NETWORK_SIZE = (1024, 512)
_RULE = PasteRule(rectangle_probability=0.0, side=(24, 256), gain=(0.8, 1.2))


@dataclass(frozen=True)
class Mixture:
    """One validation picture: `anomaly` is 0 inlier, 1 pasted, 255 void; `clean` is the photo before pasting."""

    name: str
    photo: Photo
    image: np.ndarray
    anomaly: np.ndarray
    clean: np.ndarray
    coarse_label: np.ndarray


def validation_photos(root: Path) -> list[Photo]:
    """Validation photos of all street sets, in order."""
    return [photo for street in STREET_SETS for photo in street.photos(root, "val")]


def mixtures(root: Path, seed: int, every: int = 1) -> Iterator[Mixture]:
    """The validation pictures; `every` > 1 takes each every-th photo only."""
    objects = cut_outs(root, "validation", animals=False)
    for index, photo in enumerate(validation_photos(root)):
        if index % every:
            continue
        rng = np.random.default_rng((seed, index))
        image, coarse = photo.image(), photo.coarse_label()
        rows = image.shape[1] // 2
        top = int(rng.integers(image.shape[0] - rows + 1))
        clean, coarse = image[top : top + rows], coarse[top : top + rows]
        mixed = clean.copy()
        scale = NETWORK_SIZE[0] / image.shape[1]
        mask = paste_random(rng, mixed, objects, _RULE, scale, int(rng.integers(1, 4)))
        anomaly = np.where(mask, 1, np.where(coarse == VOID, VOID, 0)).astype(np.uint8)
        yield Mixture(f"{photo.street.folder}_{photo.path.stem}", photo, mixed, anomaly, clean, coarse)
