"""Training samples: a jittered crop of a rendered frame, with pasted negatives where wanted.

A batch depends on (seed, step) alone, so a resumed run sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from ..negatives import CutOut
from ..pasting import PasteRule, paste_random
from ..samples import Batch
from .camouflage import paste_camouflaged
from .frames import GROUND, ROAD, SIDEWALK, Frame
from .light import Jitter, jittered, repaved

# Half of the patches are procedural shapes or rectangles of texture, the rest whole objects; many are dark.
NEGATIVES = PasteRule(
    rectangle_probability=0.3, side=(12, 200), procedural_probability=0.3, ground_probability=0.6, gain=(0.25, 1.3),
    tint_probability=0.2, harmony_probability=0.4, soft_probability=0.8,
)  # fmt: skip


@dataclass(frozen=True)
class TownCrop:
    """Side of the square crop in pixels, enlargement of the frame before it, light, and patches a crop.

    `camouflaged` is the share of patches that wear textures of the frame itself.
    """

    side: int = 256
    enlargement: tuple[float, float] = (0.72, 2.0)
    jitter: Jitter = Jitter()
    patches: tuple[int, int] = (1, 3)
    camouflaged: float = 0.25


class TownSampler:
    """Draws batches from rendered frames and cut-outs; images are RGB divided by 255, as LDN wants them."""

    def __init__(self, frames: Sequence[Frame], cut_outs: Sequence[CutOut], crop: TownCrop, seed: int) -> None:
        self._frames, self._cut_outs, self._crop, self._seed = frames, cut_outs, crop, seed

    def batch(self, step: int, size: int, mixed: bool) -> Batch:
        """The batch of `step`, with negatives if `mixed`."""
        parts = [self._sample(np.random.default_rng((self._seed, step, index)), mixed) for index in range(size)]
        images, labels, pasted = (np.stack(part) for part in zip(*parts))
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
        return Batch(pixels.contiguous(), torch.from_numpy(labels.astype(np.int64)), torch.from_numpy(pasted))

    def _sample(self, rng: np.random.Generator, mixed: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        frame = self._frames[int(rng.integers(len(self._frames)))]
        image, label = frame.image(), frame.label()
        rule, (height, width) = self._crop, label.shape
        scale = max(float(np.exp(rng.uniform(*np.log(rule.enlargement)))), rule.side / min(height, width))
        window = min(round(rule.side / scale), height, width)
        left, top = int(rng.integers(width - window + 1)), int(rng.integers(height - window + 1))
        image, label = image[top : top + window, left : left + window], label[top : top + window, left : left + window]
        if rng.random() < 0.5:
            image, label = image[:, ::-1], label[:, ::-1]
        image, label = image.copy(), np.ascontiguousarray(label)
        for ground in (ROAD, SIDEWALK):
            if rng.random() < rule.jitter.recolour_probability:
                image = repaved(image, label == ground, rng)
        mask = self._negatives(rng, image, label, scale) if mixed else np.zeros(label.shape, bool)
        pasted = _resized(mask.view(np.uint8), rule.side) > 0
        image = jittered(_resized(image, rule.side, smooth=True), rule.jitter, rng)
        return image, _resized(label, rule.side), pasted

    def _negatives(self, rng: np.random.Generator, image: np.ndarray, label: np.ndarray, scale: float) -> np.ndarray:
        """Pastes patches into `image` in place; returns where they are."""
        rule = self._crop
        count = int(rng.integers(rule.patches[0], rule.patches[1] + 1))
        hidden = int((rng.random(count) < rule.camouflaged).sum())
        ground = np.flatnonzero(np.isin(label, GROUND))
        mask = np.zeros(label.shape, bool)
        for _ in range(hidden):
            side = float(np.exp(rng.uniform(*np.log(NEGATIVES.side)))) / scale
            paste_camouflaged(rng, image, label, mask, np.flatnonzero(label == ROAD), max(4.0, side))
        return mask | paste_random(rng, image, self._cut_outs, NEGATIVES, scale, count - hidden, ground)


def _resized(pixels: np.ndarray, side: int, smooth: bool = False) -> np.ndarray:
    how = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    return np.array(Image.fromarray(pixels).resize((side, side), how))
