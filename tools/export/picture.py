"""A procedural street picture: smooth gradients, texture of several scales and sharp edges, the same on every machine.

It stands in for a photo where random networks are calibrated and golden data are made: neither needs a data set.
"""

import numpy as np


def street_picture(height: int, width: int, seed: int) -> np.ndarray:
    """RGB uint8 [height, width, 3]: sky, buildings with windows, a road with dashes, cars, poles, trees."""
    random = np.random.Generator(np.random.PCG64(seed))
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    y, x = (y + 0.5) / height, (x + 0.5) / width
    horizon = random.uniform(0.42, 0.5)
    picture = _mix((110, 160, 225), (225, 230, 235), np.clip(y / horizon, 0, 1))
    _buildings(picture, random, x, y, horizon)
    _trees(picture, random, x, y, horizon)
    _ground(picture, random, x, y, horizon)
    _cars(picture, random, x, y, horizon)
    for _ in range(4):
        centre, top = random.uniform(0, 1), random.uniform(0.1, 0.3)
        _paint(picture, (abs(x - centre) < 0.004) & (y > top) & (y < horizon + 0.12), random.uniform(60, 120, 3))
    picture += 30 * (_texture(random, height, width)[..., None] - 0.5)
    picture += random.normal(0, 3, picture.shape)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def normalised(picture: np.ndarray, mean: tuple[float, ...], std: tuple[float, ...]) -> np.ndarray:
    """The network input float32 [1, 3, H, W] for RGB uint8 [H, W, 3]: (value / 255 - mean) / std per channel."""
    scaled = (picture.astype(np.float32) / np.float32(255) - np.float32(mean)) / np.float32(std)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def _mix(first: tuple[float, ...], second: tuple[float, ...], share: np.ndarray) -> np.ndarray:
    share = share[..., None]
    return np.asarray(first) * (1 - share) + np.asarray(second) * share


def _paint(picture: np.ndarray, mask: np.ndarray, colour: np.ndarray) -> None:
    picture[mask] = colour


def _texture(random: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Value noise of five octaves in [0, 1]."""
    total, weight = np.zeros((height, width)), 0.0
    for octave in range(5):
        rows, columns = 4 << octave, 8 << octave
        grid = random.uniform(0, 1, (rows + 1, columns + 1))
        v = np.linspace(0, rows, height, endpoint=False)
        u = np.linspace(0, columns, width, endpoint=False)
        i, j = v.astype(int), u.astype(int)
        fv, fu = (v - i)[:, None], (u - j)[None, :]
        top = grid[i][:, j] * (1 - fu) + grid[i][:, j + 1] * fu
        bottom = grid[i + 1][:, j] * (1 - fu) + grid[i + 1][:, j + 1] * fu
        share = 0.5**octave
        total += share * (top * (1 - fv) + bottom * fv)
        weight += share
    return total / weight


def _buildings(picture, random, x, y, horizon) -> None:
    left = 0.0
    while left < 1:
        right, top = left + random.uniform(0.06, 0.16), random.uniform(0.05, 0.33)
        front = (x >= left) & (x < right) & (y > top) & (y < horizon + 0.03)
        _paint(picture, front, random.uniform(70, 190, 3))
        columns, rows = random.uniform(40, 90), random.uniform(20, 45)
        windows = front & ((x - left) * columns % 1 > 0.45) & ((y - top) * rows % 1 > 0.5)
        _paint(picture, windows, random.uniform(20, 80, 3))
        left = right + random.choice([0.0, random.uniform(0.01, 0.05)])


def _trees(picture, random, x, y, horizon) -> None:
    for _ in range(5):
        cx, cy, r = random.uniform(0, 1), horizon - random.uniform(0.05, 0.15), random.uniform(0.03, 0.08)
        _paint(picture, ((x - cx) / r) ** 2 + ((y - cy) / (1.4 * r)) ** 2 < 1,
               np.array([50, 90, 40]) + random.uniform(-20, 20, 3))


def _ground(picture, random, x, y, horizon) -> None:
    depth = np.clip((y - horizon) / (1 - horizon), 0, 1)
    ground = y > horizon
    _paint(picture, ground, np.array([150, 140, 145]))
    centre = random.uniform(0.4, 0.6)
    road = ground & (abs(x - centre) < 0.02 + 0.45 * depth)
    picture[road] = _mix((120, 118, 120), (70, 70, 75), depth)[road]
    dashes = road & (abs(x - centre) < 0.002 + 0.01 * depth) & (np.log(depth + 0.02) * 5 % 1 > 0.5)
    _paint(picture, dashes, np.array([235, 235, 225]))


def _cars(picture, random, x, y, horizon) -> None:
    for _ in range(5):
        cx, cy = random.uniform(0.1, 0.9), horizon + random.uniform(0.04, 0.3)
        size = 0.25 * (cy - horizon) + 0.02
        body = (abs(x - cx) < size) & (abs(y - cy) < 0.7 * size)
        cabin = (abs(x - cx) < 0.7 * size) & (y < cy - 0.5 * size) & (y > cy - 1.3 * size)
        _paint(picture, body, random.uniform(30, 230, 3))
        _paint(picture, cabin, np.array([40, 45, 55]))
        for side in (-0.6, 0.6):
            wheel = ((x - cx - side * size) / 0.22) ** 2 + ((y - cy - 0.7 * size) / 0.44) ** 2 < size**2
            _paint(picture, wheel, np.array([25, 25, 25]))
