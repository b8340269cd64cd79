"""19-class labels where a data set has only coarse ones: the frozen pretrained network's argmax on the clean photo.

Where the coarse label speaks, the argmax is taken among the ids that it allows; where it is void, void stays;
animals that a data set files under "living things" become doubtful, as do pixels of unlabelled frames where the network
is unsure.
Results are cached as PNG files outside the project.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from tools.networks.espnetv2 import KNOWN_CLASSES, ESPNetv2

from .labels import DOUBTFUL, GROUND, PEOPLE, VOID, allowed_ids
from .photos import Photo
from .scores import network_size, normalized, resized

_SURE = 0.7
_HORIZON = 0.55  # share of a drive's height above which nothing is believed to be ground


class PseudoLabels:
    """Labels photos with `network`; `identity` (digest of its weights) names the cache folder."""

    def __init__(self, network: ESPNetv2, identity: str, cache: Path) -> None:
        self._network = network.eval()
        self._folder = cache / identity[:16]

    def label(self, photo: Photo) -> np.ndarray:
        """HxW uint8 Cityscapes train ids, 255 = void, 254 = doubtful."""
        # The whole path, so that photos of the same name in two sets never share an entry.
        name = f"{photo.path.resolve()}@{photo.street.label_width}@{photo.street.living}"
        cached = self._folder / (hashlib.sha256(name.encode()).hexdigest()[:24] + ".png")
        if cached.is_file():
            with Image.open(cached) as picture:
                return np.array(picture)
        label = self._compute(photo)
        self._folder.mkdir(parents=True, exist_ok=True)
        aside = cached.with_suffix(f".{os.getpid()}.part")
        Image.fromarray(label).save(aside, format="PNG")
        aside.replace(cached)
        return label

    @torch.no_grad()
    def _compute(self, photo: Photo) -> np.ndarray:
        image, coarse = photo.image(), photo.coarse_label()
        size = network_size(image.shape[1], image.shape[0], photo.street.label_width)
        logits = self._network(normalized(resized(image, size))[None])[:, :KNOWN_CLASSES]
        logits = F.interpolate(logits, coarse.shape, mode="bilinear", align_corners=True)[0].numpy()
        allowed = allowed_ids(coarse, photo.street.table)
        label = np.where(allowed, logits, -np.inf).argmax(0).astype(np.uint8)
        label[~allowed.any(0)] = VOID
        if photo.street.living is not None:
            label[(coarse == photo.street.living) & ~np.isin(logits.argmax(0), PEOPLE)] = DOUBTFUL
        if photo.film is not None:  # nothing but the network speaks: only where it is sure, and no ground in the hills
            label[torch.from_numpy(logits).softmax(0).amax(0).numpy() < _SURE] = DOUBTFUL
            above = label[: round(_HORIZON * label.shape[0])]
            above[np.isin(above, GROUND)] = DOUBTFUL
        return label
