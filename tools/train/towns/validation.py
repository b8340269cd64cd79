"""What a network is worth on the validation town: closed-set IoU, and how far its two scores spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from tools.networks.ladder_densenet import LadderDenseNet

from ..labels import VOID
from ..metrics import ConfusionMatrix
from .frames import CLASSES, Frame


@dataclass(frozen=True)
class TownReport:
    """mIoU over the classes that occur, and the standard deviations of ln P(out) and of LSE over known pixels.

    Where the first spread is more than some three times the second, the head drowns the logits in the hybrid score.
    """

    miou: float
    head_spread: float
    logit_spread: float

    def row(self) -> list[str]:
        """For the log."""
        return [f"{100 * self.miou:.2f}", f"{self.head_spread:.3f}", f"{self.logit_spread:.3f}"]

    @staticmethod
    def header() -> list[str]:
        """Names of the row's values."""
        return ["miou", "std_ln_p_out", "std_lse"]


@torch.no_grad()
def validate(model: LadderDenseNet, frames: Sequence[Frame]) -> TownReport:
    """Whole frames at their own size."""
    model.eval()
    matrix = ConfusionMatrix(CLASSES)
    heads, logs = [], []
    for frame in frames:
        image, label = frame.image(), frame.label()
        outputs = model(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)
        logits = F.interpolate(outputs.logits, label.shape, mode="bilinear", align_corners=False)
        matrix.add(label, logits[0].argmax(0).numpy())
        difference = outputs.outlier_logits[0, 1] - outputs.outlier_logits[0, 0]
        heads.append(F.logsigmoid(difference).numpy().ravel())
        logs.append(torch.logsumexp(outputs.logits[0], 0).numpy().ravel())
    spread = [float(np.concatenate(values).std()) for values in (heads, logs)]
    return TownReport(matrix.mean_iou(), *spread)
