"""Other light, other cameras, other roads: what changes the colours of a crop and leaves its labels true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

# Luma, and the two axes of colour that a turn of the hue turns.
_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], np.float32)
_FROM_YIQ = np.linalg.inv(_TO_YIQ).astype(np.float32)


@dataclass(frozen=True)
class Jitter:
    """Ranges of gain, contrast and saturation (factors), gamma (its natural logarithm) and hue (radians).

    `tint` is the standard deviation of the channels' gains. Each of the probabilities is that of a crop.
    """

    gain: tuple[float, float] = (0.65, 1.35)
    contrast: tuple[float, float] = (0.75, 1.3)
    saturation: tuple[float, float] = (0.5, 1.4)
    gamma: float = 0.3
    hue: float = 0.15
    tint: float = 0.06
    blur_probability: float = 0.15
    noise_probability: float = 0.25
    recolour_probability: float = 0.35


def jittered(image: np.ndarray, rule: Jitter, rng: np.random.Generator) -> np.ndarray:
    """`image` (HxWx3 uint8) in another light, seen by another camera."""
    colour = image.astype(np.float32) / 255
    colour = colour ** np.float32(np.exp(rng.uniform(-rule.gamma, rule.gamma)))
    colour *= (rng.uniform(*rule.gain) * rng.normal(1, rule.tint, 3)).astype(np.float32)
    colour = (colour - colour.mean()) * np.float32(rng.uniform(*rule.contrast)) + colour.mean()
    colour = colour @ _colours(rng.uniform(*rule.saturation), rng.uniform(-rule.hue, rule.hue))
    if rng.random() < rule.noise_probability:
        colour += rng.standard_normal(colour.shape, np.float32) * np.float32(rng.uniform(0.005, 0.03))
    made = (np.clip(colour, 0, 1) * 255).astype(np.uint8)
    if rng.random() < rule.blur_probability:
        made = np.array(Image.fromarray(made).filter(ImageFilter.GaussianBlur(float(rng.uniform(0.4, 1.2)))))
    return made


def _colours(saturation: float, hue: float) -> np.ndarray:
    """The matrix, for rows of RGB, that scales colours and turns their hue."""
    cos, sin = saturation * np.cos(hue), saturation * np.sin(hue)
    turn = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]], np.float32)
    return (_FROM_YIQ @ turn @ _TO_YIQ).T


def repaved(image: np.ndarray, chosen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`image` with another colour and another, smooth pattern of light and dark on the `chosen` pixels (HxW bool)."""
    if not chosen.any():
        return image
    height, width = chosen.shape
    gain = np.exp(rng.uniform(-0.7, 0.5)) * np.exp(rng.normal(0, 0.08, 3))
    pattern = rng.uniform(0, 0.25) * _smooth(height, width, int(rng.integers(2, 5)), rng)
    pattern = pattern + rng.uniform(0, 0.12) * _smooth(height, width, int(rng.integers(16, 64)), rng)
    made = image.copy()
    factors = np.exp(pattern[chosen])[:, None] * gain
    made[chosen] = np.clip(image[chosen] * factors, 0, 255).astype(np.uint8)
    return made


def _smooth(height: int, width: int, cells: int, rng: np.random.Generator) -> np.ndarray:
    """A field of mean 0 and deviation about 1 with so many cells a side."""
    grid = rng.standard_normal((cells, cells)).astype(np.float32)
    return np.array(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC))
