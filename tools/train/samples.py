"""Training samples: a jittered crop of a street photo with pasted negatives.

A batch depends on (seed, step) alone, so a resumed run sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .labels import GROUND
from .negatives import CutOut
from .pasting import PasteRule, paste_random
from .photos import Photo
from .scores import normalized, resized


@dataclass(frozen=True)
class CropRule:
    """Crop size (width, height) in network pixels, and how far the enlargement strays from the set's usual one."""

    size: tuple[int, int] = (448, 320)
    jitter: tuple[float, float] = (0.5, 1.3)
    pastes: tuple[int, int] = (2, 5)
    brightness: tuple[float, float] = (0.8, 1.2)


@dataclass(frozen=True)
class Batch:
    """Normalised images Nx3xHxW, labels NxHxW int64 (255 = void), pasted NxHxW bool."""

    images: Tensor
    labels: Tensor
    pasted: Tensor


class Sampler:
    """Draws batches from `groups` of photos (each group in proportion to its set's `share`) and `cut_outs`."""

    def __init__(
        self,
        groups: Sequence[Sequence[Photo]],
        cut_outs: Sequence[CutOut],
        label_of: Callable[[Photo], np.ndarray],
        crop: CropRule,
        paste: PasteRule,
        seed: int,
    ) -> None:
        self._groups, self._cut_outs, self._label_of = groups, cut_outs, label_of
        self._crop, self._paste, self._seed = crop, paste, seed
        shares = np.cumsum([group[0].street.share for group in groups])
        self._bounds = shares / shares[-1]

    def batch(self, step: int, size: int, clean: bool = False) -> Batch:
        """The batch of `step`; `clean` leaves the pasting out."""
        samples = [self._sample(np.random.default_rng((self._seed, step, i)), clean) for i in range(size)]
        images, labels, pasted = zip(*samples)
        return Batch(torch.stack(images), torch.stack(labels), torch.stack(pasted))

    def _sample(self, rng: np.random.Generator, clean: bool) -> tuple[Tensor, Tensor, Tensor]:
        group = self._groups[int(np.searchsorted(self._bounds, rng.random(), side="right"))]
        photo = group[rng.integers(len(group))]
        image, label = photo.image(), self._label_of(photo)
        rule, (height, width) = self._crop, label.shape
        scale = photo.street.training_width / width * float(np.exp(rng.uniform(*np.log(rule.jitter))))
        scale = max(scale, rule.size[0] / width, rule.size[1] / height)
        part = (min(width, round(rule.size[0] / scale)), min(height, round(rule.size[1] / scale)))
        left, top = int(rng.integers(width - part[0] + 1)), int(rng.integers(height - part[1] + 1))
        window = (slice(top, top + part[1]), slice(left, left + part[0]))
        step = -1 if rng.random() < 0.5 else 1
        image, label = image[window][:, ::step].copy(), label[window][:, ::step]
        count = 0 if clean else int(rng.integers(rule.pastes[0], rule.pastes[1] + 1))
        ground = np.flatnonzero(np.isin(label, GROUND)) if count else None
        mask = paste_random(rng, image, self._cut_outs, self._paste, scale, count, ground)
        image = np.clip(image * rng.uniform(*rule.brightness), 0, 255).astype(np.uint8)
        return (
            normalized(resized(image, rule.size)),
            torch.from_numpy(_nearest(label, rule.size).astype(np.int64)),
            torch.from_numpy(_nearest(mask.astype(np.uint8), rule.size).astype(bool)),
        )


def _nearest(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.array(Image.fromarray(np.ascontiguousarray(values)).resize(size, Image.Resampling.NEAREST))
