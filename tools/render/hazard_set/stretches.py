"""Where on a track a street can stand: nearly straight, level, and away from the track's other parts."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ..errors import RenderError
from ..track import RoadLine

STEP = 10.0
# Metres that a street keeps from other parts of the track, and how near along the track is no other part.
CLEAR, SAME = 40.0, 120.0


def stretches(line: RoadLine, length: float, count: int) -> list[float]:
    """Starts of `count` stretches of `length` metres, in order, spread over the track.

    The best ones by bend, bank and slope; two may overlap by half on a short track, never more.
    """
    starts = np.arange(0.0, line.length - length, STEP)
    if len(starts) == 0:
        raise RenderError(f"the track is {line.length:.0f} m long, shorter than a stretch of {length:.0f} m")
    cost = _costs(line, starts, length)
    for apart in (1.0, 0.75, 0.5):
        chosen: list[float] = []
        for index in np.argsort(cost, kind="stable"):
            if np.isfinite(cost[index]) and all(abs(starts[index] - one) >= apart * length for one in chosen):
                chosen.append(float(starts[index]))
            if len(chosen) == count:
                return sorted(chosen)
    raise RenderError(f"the track has room for {len(chosen)} stretches of {length:.0f} m, not {count}; ask for fewer")


def _costs(line: RoadLine, starts: np.ndarray, length: float) -> np.ndarray:
    """Of each start; lower is better, not finite where no street can stand."""
    at = np.arange(0.0, line.length, STEP)
    points = np.stack([np.interp(at, line.along, line.middle[:, axis]) for axis in range(3)], 1)
    steps = np.diff(points, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):  # where two pieces of a line fold back it has no direction
        heading = np.unwrap(np.arctan2(-steps[:, 2], steps[:, 0]))
        slope = np.abs(steps[:, 1]) / np.linalg.norm(steps[:, [0, 2]], axis=1)
    turn = np.abs(np.diff(heading))
    bank = np.abs(np.interp(at, line.along, line.bank))
    crowded = _crowded(line, at, points[:, [0, 2]])
    costs = []
    for start in starts:
        window = slice(int(start / STEP) + 1, int((start + length) / STEP) - 1)
        cost = turn[window].max() * 8 + bank[window].max() * 4 + slope[window].max() * 10 + turn[window].sum() * 0.5
        costs.append(np.inf if crowded[window].any() else cost)
    return np.array(costs)


def _crowded(line: RoadLine, at: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Whether another part of the (closed) track runs beside each place."""
    near = cKDTree(points).query_ball_point(points, CLEAR)
    ways = [np.abs(at[others] - here) for here, others in zip(at, near)]
    return np.array([bool((np.minimum(way, line.length - way) > SAME).any()) for way in ways])
