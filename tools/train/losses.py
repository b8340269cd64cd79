"""The two readings of the DenseHybrid loss, and a variant for short runs.

Both take full-resolution maps: `logits` NxKxHxW (known classes only), `outlier_logits` Nx2xHxW (channel 1 = outlier),
`labels` NxHxW int64 (255 = void, 254 = doubtful; values under pasted pixels
do not matter), `pasted` NxHxW bool. Doubtful pixels take part in no term.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from .labels import DOUBTFUL, VOID

LOSSES = ("code", "paper", "balanced")


@dataclass(frozen=True)
class LossTerms:
    """The value to minimise and its parts, for the log."""

    total: Tensor
    segmentation: Tensor
    log_sum_exp: Tensor
    head: Tensor


def _mean_over(values: Tensor, chosen: Tensor) -> Tensor:
    """Mean of `values` where `chosen`; zero, still differentiable, where nothing is chosen."""
    return (values * chosen).sum() / chosen.sum().clamp(min=1)


def _segmentation(logits: Tensor, labels: Tensor, pasted: Tensor) -> Tensor:
    target = labels.masked_fill(pasted | (labels == DOUBTFUL), VOID)
    total = F.cross_entropy(logits, target, ignore_index=VOID, reduction="sum")
    return total / (target != VOID).sum().clamp(min=1)


def code_loss(logits: Tensor, outlier_logits: Tensor, labels: Tensor, pasted: Tensor, beta: float) -> LossTerms:
    """The authors' program: L_seg + beta * L_x + 10 * beta * L_d.

    L_seg: cross-entropy, void and pasted pixels ignored. L_x: mean log-sum-exp of the known logits over pasted pixels.
    L_d: ONE mean over all pixels of the head's cross-entropy; void counts as inlier there.
    """
    segmentation = _segmentation(logits, labels, pasted)
    log_sum_exp = _mean_over(torch.logsumexp(logits, 1), pasted)
    side = pasted.long().masked_fill(~pasted & (labels == DOUBTFUL), VOID)
    head = F.cross_entropy(outlier_logits, side, ignore_index=VOID)
    return LossTerms(segmentation + beta * log_sum_exp + 10 * beta * head, segmentation, log_sum_exp, head)


def paper_loss(logits: Tensor, outlier_logits: Tensor, labels: Tensor, pasted: Tensor, beta: float) -> LossTerms:
    """Equation 15: E_in[CE + CE(d_in)] + beta * E_out[CE(d_out) + ln p(x)], each side its own mean.

    The paper does not speak of void; here it belongs to neither side.
    """
    segmentation = _segmentation(logits, labels, pasted)
    log_sum_exp = _mean_over(torch.logsumexp(logits, 1), pasted)
    # -ln sigma(a) = softplus(-a): the two-logit softmax is a sigmoid of the difference.
    difference = outlier_logits[:, 1] - outlier_logits[:, 0]
    inlier = _mean_over(F.softplus(difference), ~pasted & (labels < DOUBTFUL))
    outlier = _mean_over(F.softplus(-difference), pasted)
    total = segmentation + inlier + beta * (outlier + log_sum_exp)
    return LossTerms(total, segmentation, log_sum_exp, inlier + beta * outlier)


def balanced_loss(
    logits: Tensor, outlier_logits: Tensor, labels: Tensor, pasted: Tensor, beta: float
) -> LossTerms:
    """A departure for short runs: L_seg + beta * L_x + 5 * beta * (mean over inliers + mean over pasted pixels).

    As the authors' program, but pasted pixels, a few percent of a picture, weigh as much in L_d as all the others.
    """
    segmentation = _segmentation(logits, labels, pasted)
    log_sum_exp = _mean_over(torch.logsumexp(logits, 1), pasted)
    difference = outlier_logits[:, 1] - outlier_logits[:, 0]
    head = _mean_over(F.softplus(difference), ~pasted & (labels != DOUBTFUL)) + _mean_over(
        F.softplus(-difference), pasted
    )
    return LossTerms(segmentation + beta * log_sum_exp + 5 * beta * head, segmentation, log_sum_exp, head)


def loss_terms(kind: str, *maps: Tensor, beta: float) -> LossTerms:
    """One of `LOSSES` by name."""
    known = {"code": code_loss, "paper": paper_loss, "balanced": balanced_loss}
    if kind not in known:
        raise ValueError(f"loss '{kind}' is unknown; choose one of {', '.join(LOSSES)}")
    return known[kind](*maps, beta=beta)
