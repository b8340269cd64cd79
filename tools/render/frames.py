"""A finished frame, and the way from supersamples to it: averaging, lens, sensor, and the vote of labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .errors import RenderError
from .textures import to_srgb


@dataclass(frozen=True)
class RenderedFrame:
    """One frame at its delivered size.

    colour uint8 [H][W][3] sRGB; labels uint8 [H][W] (Cityscapes train ids, 19 anomaly, 255 void); depth float32 [H][W],
    metres along the optical axis, 0 for the sky; objects uint8 [H][W], 0 for the surroundings.
    """

    colour: np.ndarray
    labels: np.ndarray
    depth: np.ndarray
    objects: np.ndarray


@dataclass(frozen=True)
class Sensor:
    """The camera after the pinhole. Noise is in units of full-scale linear light."""

    exposure: float = 0.72
    blur: float = 0.45
    vignette: float = 0.22
    shot_noise: float = 0.012
    read_noise: float = 0.0025


def reduce_ids(ids: np.ndarray, depth: np.ndarray, factor: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, objects and depth of each block of factor x factor samples.

    The (label, object) pair with most samples wins, the nearer one of equals; depth is the mean over its samples.
    """
    height, width = ids.shape[0] // factor, ids.shape[1] // factor
    key = ids[..., 0].astype(np.uint16) << 8 | ids[..., 1]
    key = key.reshape(height, factor, width, factor).swapaxes(1, 2).reshape(height, width, factor * factor)
    deep = depth.reshape(height, factor, width, factor).swapaxes(1, 2).reshape(height, width, factor * factor)
    winner = key[..., 0].copy()
    distance = deep.mean(axis=2)
    mixed = (key != key[..., :1]).any(axis=2)
    if mixed.any():
        some, far = key[mixed], np.where(deep[mixed] > 0, deep[mixed], 1e6)
        votes = (some[:, :, None] == some[:, None, :]).sum(axis=2)
        chosen = np.argmax(votes - far * 1e-7, axis=1)
        best = some[np.arange(len(some)), chosen]
        same = some == best[:, None]
        winner[mixed] = best
        distance[mixed] = (deep[mixed] * same).sum(axis=1) / same.sum(axis=1)
    return (winner >> 8).astype(np.uint8), (winner & 0xFF).astype(np.uint8), distance.astype(np.float32)


def develop(light: np.ndarray, factor: int, sensor: Sensor, rng: np.random.Generator) -> np.ndarray:
    """Linear light at the drawn size to the delivered sRGB picture: the same for every class of pixel."""
    height, width = light.shape[0] // factor, light.shape[1] // factor
    if not np.isfinite(light).all():
        raise RenderError(f"{np.count_nonzero(~np.isfinite(light))} samples are not finite: a fault of the shaders")
    image = np.minimum(light.astype(np.float32), 8.0).reshape(height, factor, width, factor, 3).mean(axis=(1, 3))
    image = ndimage.gaussian_filter(image, (sensor.blur, sensor.blur, 0))
    row = (np.arange(height, dtype=np.float32) - height / 2 + 0.5) / (width / 2)
    column = (np.arange(width, dtype=np.float32) - width / 2 + 0.5) / (width / 2)
    fall_off = 1 - sensor.vignette * (row[:, None] ** 2 + column[None] ** 2) / 1.25
    image *= sensor.exposure * fall_off[..., None]
    deviation = np.sqrt(sensor.read_noise**2 + sensor.shot_noise**2 * np.maximum(image, 0))
    image += deviation * rng.standard_normal(image.shape, dtype=np.float32)
    return to_srgb(_shoulder(image)).astype(np.uint8)


def _shoulder(image: np.ndarray, knee: float = 0.7) -> np.ndarray:
    """Linear up to the knee, then bent so that bright skies keep their shape instead of clipping."""
    over = np.maximum(image - knee, 0) / (1 - knee)
    return np.where(image > knee, knee + (1 - knee) * (1 - np.exp(-over)), np.maximum(image, 0))


def finish(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray], factor: int, sensor: Sensor, seed: list[int]
) -> RenderedFrame:
    """Makes a frame of what the renderer drew. The same seed gives the same noise."""
    colour, ids, depth = drawn
    labels, objects, distance = reduce_ids(ids, depth, factor)
    return RenderedFrame(develop(colour, factor, sensor, np.random.default_rng(seed)), labels, distance, objects)
