"""What the trainer measures while it trains, on the validation mixture."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from tools.networks.espnetv2 import ESPNetv2DenseHybrid

from .labels import coarse_ids
from .metrics import ConfusionMatrix, average_precision
from .mixture import NETWORK_SIZE, mixtures
from .photos import CAMVID, STREET_SETS
from .scores import SCORES, score_picture


@dataclass(frozen=True)
class ValidationReport:
    """One row of the log. IoU on clean CamVid pictures (11 classes); APs pooled over the pixels of one street set."""

    closed_iou: float
    std_log_outlier: float
    std_log_sum_exp: float
    outlier_log_sum_exp: float
    inlier_log_sum_exp: float
    camvid_densehybrid: float
    camvid_generative: float
    camvid_discriminative: float
    idd_densehybrid: float
    idd_generative: float
    idd_discriminative: float

    @staticmethod
    def header() -> list[str]:
        """Column names."""
        return [field.name for field in fields(ValidationReport)]

    def row(self) -> list[str]:
        """Values as text."""
        return [f"{getattr(self, name):.4f}" for name in self.header()]

    def mean_average_precision(self) -> float:
        """Mean of the hybrid APs of both sets: what checkpoints are chosen by."""
        return (self.camvid_densehybrid + self.idd_densehybrid) / 2


def validate(
    model: ESPNetv2DenseHybrid, root: Path, seed: int, every: int, size: tuple[int, int] = NETWORK_SIZE
) -> ValidationReport:
    """Runs `model` at input `size` over each `every`-th picture of the mixture of `seed`."""
    model.eval()
    confusion = ConfusionMatrix(len(CAMVID.table))
    truths: dict[str, list[np.ndarray]] = {street.folder: [] for street in STREET_SETS}
    parts: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {street.folder: [] for street in STREET_SETS}
    for mixture in mixtures(root, seed, every):
        scored = score_picture(model, mixture.image, size)
        valid = mixture.anomaly != 255
        folder = mixture.photo.street.folder
        truths[folder].append(mixture.anomaly[valid])
        parts[folder].append((scored.log_outlier[valid], scored.log_sum_exp[valid]))
        if mixture.photo.street is CAMVID:
            closed = score_picture(model, mixture.clean, size).classes
            confusion.add(mixture.coarse_label, coarse_ids(closed, CAMVID.table))
    precisions = []
    outlier_parts, inlier_parts = [], []
    for folder, truth_list in truths.items():
        truth = np.concatenate(truth_list)
        log_outlier = np.concatenate([part[0] for part in parts[folder]])
        log_sum_exp = np.concatenate([part[1] for part in parts[folder]])
        maps = {
            "densehybrid": log_outlier - log_sum_exp,
            "generative": -log_sum_exp,
            "discriminative": log_outlier,
        }
        precisions += [average_precision(truth, maps[name]) for name in SCORES]
        outlier_parts.append(log_sum_exp[truth == 1])
        inlier_parts.append((log_outlier[truth == 0], log_sum_exp[truth == 0]))
    inlier_log_outlier = np.concatenate([part[0] for part in inlier_parts])
    inlier_log_sum_exp = np.concatenate([part[1] for part in inlier_parts])
    return ValidationReport(
        confusion.mean_iou(),
        float(inlier_log_outlier.std()),
        float(inlier_log_sum_exp.std()),
        float(np.concatenate(outlier_parts).mean()),
        float(inlier_log_sum_exp.mean()),
        *precisions,
    )
