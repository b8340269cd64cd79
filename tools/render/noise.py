"""Tileable noise for the grain of surfaces and for clouds."""

from __future__ import annotations

import numpy as np

from .textures import Picture, to_srgb


def fractal(size: int, slope: float, low: float, rng: np.random.Generator) -> np.ndarray:
    """Tileable noise [size][size] with spectrum 1/f^slope above `low` cycles a tile, mean 0, standard deviation 1."""
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None]) * size
    with np.errstate(divide="ignore"):
        gain = np.where(frequency >= low, frequency**-slope, 0.0)
    field = np.fft.ifft2(np.fft.fft2(rng.standard_normal((size, size))) * gain).real
    return (field - field.mean()) / field.std()


def grain_picture(size: int = 512) -> Picture:
    """Red: fine grain; green: coarse stains. The sampler sees both around one half (stored through the sRGB curve)."""
    rng = np.random.default_rng(20221019)
    fine = 0.5 + 0.16 * fractal(size, 0.4, 8, rng)
    coarse = 0.5 + 0.16 * fractal(size, 1.6, 2, rng)
    light = np.clip(np.stack([fine, coarse, coarse], 2), 0, 1)
    pixels = np.full((size, size, 4), 255, np.uint8)
    pixels[..., :3] = to_srgb(light.astype(np.float32))
    return Picture(pixels, False)
