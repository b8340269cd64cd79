"""What a network is worth on the validation town: closed-set IoU, how far its two scores spread, held-out negatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from tools.networks.ladder_densenet import LadderDenseNet

from ..labels import VOID
from ..metrics import ConfusionMatrix, average_precision, rate_and_threshold
from ..negatives import CutOut
from ..pasting import PasteRule, paste_random
from ..scores import SCORES, ScoredPicture
from .frames import CLASSES, GROUND, Frame

# Whole objects on the ground, mostly in the light of their place: as near to the test's anomalies as pasting comes.
OBJECTS = PasteRule(
    rectangle_probability=0.0, side=(16, 120), ground_probability=1.0, harmony_probability=0.5, soft_probability=1.0
)
PATCHES, SEED = (1, 4), 20221019


@dataclass(frozen=True)
class TownReport:
    """mIoU over the classes that occur, and the standard deviations of ln P(out) and of LSE over known pixels.

    Where the first spread is more than some three times the second, the head drowns the logits in the hybrid score.
    `detection` has (AP, FPR at 95 % TPR) of each of the scores over all pixels of the frames with held-out negatives;
    it is empty where there are none.
    """

    miou: float
    head_spread: float
    logit_spread: float
    detection: tuple[tuple[float, float], ...] = ()

    def row(self) -> list[str]:
        """For the log."""
        found = [f"{100 * value:.2f}" for pair in self.detection for value in pair]
        found += [""] * (2 * len(SCORES) - len(found))
        return [f"{100 * self.miou:.2f}", f"{self.head_spread:.3f}", f"{self.logit_spread:.3f}", *found]

    @staticmethod
    def header() -> list[str]:
        """Names of the row's values."""
        found = [f"{what}_{score}" for score in SCORES for what in ("ap", "fpr95")]
        return ["miou", "std_ln_p_out", "std_lse", *found]


@torch.no_grad()
def validate(model: LadderDenseNet, frames: Sequence[Frame], held: Sequence[CutOut] = ()) -> TownReport:
    """Whole frames at their own size, once as they are and once with negatives of `held`, the same at every call."""
    model.eval()
    matrix = ConfusionMatrix(CLASSES)
    heads, logs = [], []
    for frame in frames:
        label = frame.label()
        scored = _scored(model, frame.image())
        matrix.add(label, scored.classes)
        heads.append(scored.log_outlier.ravel())
        logs.append(scored.log_sum_exp.ravel())
    spread = [float(np.concatenate(values).std()) for values in (heads, logs)]
    return TownReport(matrix.mean_iou(), *spread, _detection(model, frames, held) if held else ())


def pasted(frame: Frame, index: int, held: Sequence[CutOut]) -> tuple[np.ndarray, np.ndarray]:
    """The frame's picture with some of `held` on its ground, and where they are; a function of `index` alone."""
    rng = np.random.default_rng((SEED, index))
    image = frame.image()
    ground = np.flatnonzero(np.isin(frame.label(), GROUND))
    return image, paste_random(rng, image, held, OBJECTS, 1.0, int(rng.integers(*PATCHES)), ground)


def _detection(
    model: LadderDenseNet, frames: Sequence[Frame], held: Sequence[CutOut]
) -> tuple[tuple[float, float], ...]:
    truth: list[np.ndarray] = []
    values: dict[str, list[np.ndarray]] = {score: [] for score in SCORES}
    for index, frame in enumerate(frames):
        image, there = pasted(frame, index, held)
        counted = there | (frame.label() != VOID)
        truth.append(there[counted])
        scored = _scored(model, image)
        for score, parts in values.items():
            parts.append(scored.score(score)[counted])
    anomalous = np.concatenate(truth)
    if not anomalous.any():
        return ()
    found = ((anomalous, np.concatenate(parts)) for parts in values.values())
    return tuple((average_precision(*pair), rate_and_threshold(*pair)[0]) for pair in found)


def _scored(model: LadderDenseNet, image: np.ndarray) -> ScoredPicture:
    """Logits go up to the picture's size in one bilinear step, as in the delivered model, then all that follows."""
    outputs = model(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)
    logits, outlier = (
        F.interpolate(maps, image.shape[:2], mode="bilinear", align_corners=False)
        for maps in (outputs.logits, outputs.outlier_logits)
    )
    return ScoredPicture(
        torch.logsumexp(logits, 1)[0].numpy(), F.logsigmoid(outlier[0, 1] - outlier[0, 0]).numpy(),
        logits.argmax(1)[0].to(torch.uint8).numpy(),
    )  # fmt: skip
