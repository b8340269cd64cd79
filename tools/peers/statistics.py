"""What samples come to, and how two engines that took turns compare."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no samples: nothing was measured")
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank: the least value that `percent` of all do not exceed."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no samples: nothing was measured")
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True)
class Ratio:
    """How much longer the peer took, pair by pair."""

    # Median of the pairs' ratios.
    ratio: float
    # Nine of ten pairs lie above `low`, nine of ten below `high`.
    low: float
    high: float
    pairs: int

    @property
    def spread(self) -> float:
        """Half the distance from `low` to `high`."""
        return (self.high - self.low) / 2


def pairwise(peer: Sequence[float], ours: Sequence[float]) -> Ratio:
    """Compares samples that were taken in turns: sample i of both belongs to turn i. A machine that slows down for a while
    slows down both halves of a pair, so that pairs vary less than medians do."""
    if len(peer) != len(ours):
        raise ValueError(f"{len(peer)} samples of the peer and {len(ours)} of ours do not make pairs")
    ratios = [theirs / own for theirs, own in zip(peer, ours, strict=True)]
    return Ratio(median(ratios), percentile(ratios, 10), percentile(ratios, 90), len(ratios))
