"""Pictures of surfaces: finding them, preparing their alpha, building mip levels that keep foliage dense."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from .errors import RenderError


@dataclass(frozen=True)
class Picture:
    """sRGB colours and coverage, uint8 [H][W][4], first row on top. `cutout` says whether alpha means anything."""

    pixels: np.ndarray
    cutout: bool


def find(name: str, folders: list[Path]) -> Path:
    """The first file of that name in the folders; names in meshes may carry a path of the artist's machine."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    for folder in folders:
        if (folder / base).is_file():
            return folder / base
    raise RenderError(f"texture {base} is in none of {', '.join(map(str, folders))}; install the package torcs-data")


def load(path: Path) -> Picture:
    """Reads a picture (SGI .rgb, PNG). A fully opaque alpha channel counts as none."""
    try:
        image = Image.open(path)
        pixels = np.array(image.convert("RGBA"))
    except OSError as error:
        raise RenderError(f"{path}: cannot read picture: {error}") from None
    return prepare(pixels)


def prepare(pixels: np.ndarray) -> Picture:
    """Decides whether the picture is a cut-out and bleeds its colours into the transparent part."""
    coverage = pixels[..., 3]
    # A handful of soft border pixels does not make a cut-out.
    cutout = float((coverage < 128).mean()) > 0.005
    pixels = pixels.copy()
    if not cutout:
        pixels[..., 3] = 255
        return Picture(pixels, False)
    solid = coverage >= 128
    if solid.any():
        # Otherwise filtering mixes the matte (mostly black or white) into the edges of leaves.
        nearest = ndimage.distance_transform_edt(~solid, return_distances=False, return_indices=True)
        pixels[..., :3] = pixels[nearest[0], nearest[1], :3]
    return Picture(pixels, True)


def mip_levels(picture: Picture, largest: int = 1024) -> list[np.ndarray]:
    """Levels from full size to 1x1, sizes powers of two, uint8, averaged in linear light.

    For cut-outs each level's alpha is scaled so that the share of pixels above one half stays that of the full size:
    averaging alone would thin trees out with distance, and with them their labels.
    """
    height, width = picture.pixels.shape[:2]
    size = (_power_of_two(width, largest), _power_of_two(height, largest))
    base = picture.pixels
    if size != (width, height):
        base = np.array(Image.fromarray(base).resize(size, Image.Resampling.LANCZOS))
    level = np.dstack([to_linear(base[..., :3]), base[..., 3].astype(np.float32) / 255])
    wanted = float((level[..., 3] > 0.5).mean())
    levels = [base]
    while level.shape[0] > 1 or level.shape[1] > 1:
        if level.shape[0] > 1:
            level = (level[0::2] + level[1::2]) / 2
        if level.shape[1] > 1:
            level = (level[:, 0::2] + level[:, 1::2]) / 2
        alpha = level[..., 3]
        if picture.cutout:
            alpha = alpha * _coverage_scale(alpha, wanted)
        shown = np.dstack([to_srgb(level[..., :3]), np.clip(alpha, 0, 1) * 255 + 0.5])
        levels.append(shown.astype(np.uint8))
    return levels


def _power_of_two(value: int, largest: int) -> int:
    return min(largest, 1 << max(0, round(np.log2(max(1, value)))))


def _coverage_scale(alpha: np.ndarray, wanted: float) -> float:
    if wanted <= 0 or alpha.size < 4:
        return 1.0
    reference = float(np.quantile(alpha, 1 - wanted))
    return 1.0 if reference <= 1e-3 else float(np.clip(0.5 / reference, 0.5, 4.0))


def to_linear(pixels: np.ndarray) -> np.ndarray:
    """sRGB bytes to linear light, float32 0..1."""
    value = pixels.astype(np.float32) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def to_srgb(light: np.ndarray) -> np.ndarray:
    """Linear light to sRGB 0..255, float32, not rounded."""
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) + 0.5
