"""Average precision, FPR at 95 % TPR, threshold at 95 % TPR and closed-set IoU."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import average_precision_score, roc_curve

from .labels import VOID


def average_precision(truth: np.ndarray, score: np.ndarray) -> float:
    """Step-sum average precision over pixels (scikit-learn)."""
    return float(average_precision_score(truth, score))


def rate_and_threshold(truth: np.ndarray, score: np.ndarray, rate: float = 0.95) -> tuple[float, float]:
    """(FPR, score value) at the first threshold with TPR >= `rate`; positive means score >= value."""
    false_positive, true_positive, threshold = roc_curve(truth, score, drop_intermediate=False)
    at = int(np.searchsorted(true_positive, rate, side="left"))
    return float(false_positive[at]), float(threshold[at])


class ConfusionMatrix:
    """Counts of (label, prediction) pairs over `classes` classes; void labels are left out."""

    def __init__(self, classes: int) -> None:
        self.counts = np.zeros((classes, classes), np.int64)

    def add(self, label: np.ndarray, prediction: np.ndarray) -> None:
        """Adds one picture; labels other than void and all predictions must lie inside the classes."""
        classes = len(self.counts)
        valid = label != VOID
        flat = label[valid].astype(np.int64) * classes + prediction[valid]
        self.counts += np.bincount(flat, minlength=classes * classes).reshape(classes, classes)

    def mean_iou(self) -> float:
        """Mean of TP / (TP + FP + FN) over the classes that occur."""
        hit = np.diag(self.counts)
        union = self.counts.sum(0) + self.counts.sum(1) - hit
        return float((hit[union > 0] / union[union > 0]).mean())
