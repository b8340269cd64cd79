"""Medians, percentiles and pairs against plain definitions and numpy."""

import numpy as np
import pytest

from tools.peers.statistics import median, pairwise, percentile


def test_median_and_percentile_against_numpy():
    random = np.random.Generator(np.random.PCG64(5))
    for count in (1, 2, 3, 20, 101):
        values = random.exponential(10, count).tolist()
        assert median(values) == pytest.approx(float(np.median(values)))
        for percent in (5, 50, 95, 100):
            expected = float(np.percentile(values, percent, method="inverted_cdf"))
            assert percentile(values, percent) == pytest.approx(expected)


def test_nothing_measured_is_an_error():
    with pytest.raises(ValueError, match="nothing was measured"):
        median([])
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 95)


def test_pairs_cancel_a_machine_that_slows_down():
    random = np.random.Generator(np.random.PCG64(6))
    # Half of the turns fall into a time when everything takes four times as long.
    load = np.where(np.arange(40) < 20, 1.0, 4.0)
    ours = load * random.normal(100, 1, 40)
    peer = load * random.normal(250, 2, 40)
    ratio = pairwise(peer.tolist(), ours.tolist())
    assert ratio.ratio == pytest.approx(2.5, rel=0.02)
    assert ratio.low <= ratio.ratio <= ratio.high
    assert ratio.spread == pytest.approx((ratio.high - ratio.low) / 2)
    assert ratio.spread < 0.1 and ratio.pairs == 40
    # Shuffled, the samples are no pairs any more, and the spread says so.
    random.shuffle(ours)
    assert pairwise(peer.tolist(), ours.tolist()).spread > 1


def test_unequal_counts_are_no_pairs():
    with pytest.raises(ValueError, match="do not make pairs"):
        pairwise([1.0, 2.0], [1.0])
