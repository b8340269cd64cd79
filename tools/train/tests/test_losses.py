"""Loss terms against sums worked out by hand with plain Python."""

from __future__ import annotations

import math

import pytest
import torch

from tools.train.labels import DOUBTFUL, VOID
from tools.train.losses import balanced_loss, code_loss, loss_terms, paper_loss

# Four pixels in a row: labelled 0, void, labelled 1, pasted. Three classes.
LOGITS = [[1.0, 2.0, -1.0], [0.5, 0.0, 0.0], [0.0, 3.0, 1.0], [2.0, 1.0, 0.0]]
OUTLIER = [[1.0, -1.0], [0.0, 0.5], [2.0, 1.0], [-1.0, 2.0]]
LABELS = [0, VOID, 1, 2]
PASTED = [False, False, False, True]
BETA = 0.03


def _maps(labels: list[int] = LABELS) -> tuple[torch.Tensor, ...]:
    return (
        torch.tensor(LOGITS).T[None, :, None].clone().requires_grad_(),
        torch.tensor(OUTLIER).T[None, :, None].clone().requires_grad_(),
        torch.tensor(labels)[None, None],
        torch.tensor(PASTED)[None, None],
    )


def _lse(values: list[float]) -> float:
    return math.log(sum(math.exp(value) for value in values))


def _ce(values: list[float], target: int) -> float:
    return _lse(values) - values[target]


SEGMENTATION = (_ce(LOGITS[0], 0) + _ce(LOGITS[2], 1)) / 2


def test_code_loss_by_hand() -> None:
    terms = code_loss(*_maps(), beta=BETA)
    head = (_ce(OUTLIER[0], 0) + _ce(OUTLIER[1], 0) + _ce(OUTLIER[2], 0) + _ce(OUTLIER[3], 1)) / 4
    assert terms.segmentation.item() == pytest.approx(SEGMENTATION, abs=1e-6)
    assert terms.log_sum_exp.item() == pytest.approx(_lse(LOGITS[3]), abs=1e-6)
    assert terms.head.item() == pytest.approx(head, abs=1e-6)
    assert terms.total.item() == pytest.approx(SEGMENTATION + BETA * _lse(LOGITS[3]) + 10 * BETA * head, abs=1e-6)


def test_paper_loss_by_hand() -> None:
    terms = paper_loss(*_maps(), beta=BETA)
    inlier = (_ce(OUTLIER[0], 0) + _ce(OUTLIER[2], 0)) / 2
    outlier = _ce(OUTLIER[3], 1) + _lse(LOGITS[3])
    assert terms.total.item() == pytest.approx(SEGMENTATION + inlier + BETA * outlier, abs=1e-6)


def test_balanced_loss_by_hand() -> None:
    terms = balanced_loss(*_maps(), beta=BETA)
    head = (_ce(OUTLIER[0], 0) + _ce(OUTLIER[1], 0) + _ce(OUTLIER[2], 0)) / 3 + _ce(OUTLIER[3], 1)
    expected = SEGMENTATION + BETA * _lse(LOGITS[3]) + 5 * BETA * head
    assert terms.total.item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", ["code", "paper", "balanced"])
def test_doubtful_pixels_take_part_in_nothing(kind: str) -> None:
    maps = _maps([0, DOUBTFUL, 1, 2])
    loss_terms(kind, *maps, beta=BETA).total.backward()
    assert maps[0].grad[0, :, 0, 1].abs().max() == 0
    assert maps[1].grad[0, :, 0, 1].abs().max() == 0
    assert maps[1].grad[0, :, 0, 0].abs().max() > 0


def test_void_teaches_the_head_only_in_the_code_variant() -> None:
    code, paper = _maps(), _maps()
    code_loss(*code, beta=BETA).total.backward()
    paper_loss(*paper, beta=BETA).total.backward()
    assert code[1].grad[0, :, 0, 1].abs().max() > 0
    assert paper[1].grad[0, :, 0, 1].abs().max() == 0


def test_balanced_loss_by_hand() -> None:
    terms = balanced_loss(*_maps(), beta=BETA)
    head = (_ce(OUTLIER[0], 0) + _ce(OUTLIER[1], 0) + _ce(OUTLIER[2], 0)) / 3 + _ce(OUTLIER[3], 1)
    expected = SEGMENTATION + BETA * _lse(LOGITS[3]) + 5 * BETA * head
    assert terms.total.item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", ["code", "paper", "balanced"])
def test_no_negatives_no_labels_stays_finite(kind: str) -> None:
    logits, outlier, labels, _ = _maps([VOID] * 4)
    terms = loss_terms(kind, logits, outlier, labels, torch.zeros(1, 1, 4, dtype=torch.bool), beta=BETA)
    assert torch.isfinite(terms.total)
    assert terms.log_sum_exp.item() == 0


def test_unknown_loss_is_refused() -> None:
    with pytest.raises(ValueError, match="choose one of code, paper"):
        loss_terms("other", *_maps(), beta=BETA)
