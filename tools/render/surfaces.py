"""Pictures made by rule: paving, signs, wood, rust, cloth and the like. Own work, no art of others."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from .noise import fractal
from .textures import Picture, prepare


def _picture(colour: np.ndarray) -> Picture:
    pixels = np.full((*colour.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = np.clip(colour, 0, 255).astype(np.uint8)
    return Picture(pixels, False)


def paving(rng: np.random.Generator) -> Picture:
    """Concrete slabs, four by four in a tile."""
    size = 512
    slab = rng.normal(0, 7, (4, 4)).repeat(size // 4, 0).repeat(size // 4, 1)
    tone = 148 + slab + 5 * fractal(size, 1.2, 2, rng) + 5 * fractal(size, 0.2, 20, rng)
    at = np.arange(size) % (size // 4)
    joint = (at < 3) | (at > size // 4 - 3)
    tone = np.where(joint[:, None] | joint[None], tone * 0.62, tone)
    return _picture(tone[..., None] * np.array([1.0, 0.985, 0.95]))


def mottled(colour, rng: np.random.Generator, coarse: float = 14, fine: float = 7, size: int = 256) -> Picture:
    """One colour with stains and grain."""
    tone = 1 + (coarse * fractal(size, 1.6, 2, rng) + fine * fractal(size, 0.3, 16, rng)) / 128
    return _picture(np.asarray(colour, float) * tone[..., None])


def planks(colour, rng: np.random.Generator, boards: int = 5, size: int = 256) -> Picture:
    """Wooden boards with gaps, grain along x."""
    stretched = fractal(size * 2, 1.1, 3, rng)[:size, ::2]
    grain_ = np.repeat(fractal(size, 0.8, 4, rng)[:, :16], 16, 1)
    board = np.repeat(rng.normal(0, 0.08, boards), -(-size // boards))[:size]
    tone = 1 + board[:, None] + 0.05 * stretched + 0.09 * grain_
    at = np.arange(size) % (-(-size // boards))
    tone *= np.where(at < 5, 0.3, 1.0)[:, None]
    return _picture(np.asarray(colour, float) * tone[..., None])


def stripes(first, second, rng: np.random.Generator, count: int = 6, size: int = 256) -> Picture:
    """Upright stripes of two colours, as on cloth."""
    which = (np.arange(size) * count * 2 // size) % 2
    colour = np.where(which[None, :, None] == 0, np.asarray(first, float), np.asarray(second, float))
    tone = 1 + 0.05 * fractal(size, 0.4, 8, rng) + 0.05 * fractal(size, 1.6, 2, rng)
    return _picture(np.broadcast_to(colour, (size, size, 3)) * tone[..., None])


def sign_plate(kind: str) -> Picture:
    """A road sign: stop, warning, duty or parking."""
    size = 256
    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    middle = size / 2
    white, red, blue = (238, 238, 236, 255), (190, 24, 30, 255), (24, 74, 158, 255)
    if kind == "stop":
        turn = np.pi / 8 + np.arange(8) * np.pi / 4
        for radius, fill in ((126, white), (118, red)):
            draw.polygon([(middle + radius * np.cos(t), middle + radius * np.sin(t)) for t in turn], fill=fill)
        draw.rectangle((60, 112, 196, 144), fill=white)
    elif kind == "warning":
        draw.polygon([(middle, 10), (248, 226), (8, 226)], fill=red)
        draw.polygon([(middle, 54), (212, 206), (44, 206)], fill=white)
        draw.rectangle((120, 96, 136, 160), fill=(20, 20, 20, 255))
        draw.ellipse((119, 172, 137, 190), fill=(20, 20, 20, 255))
    elif kind == "duty":
        draw.ellipse((6, 6, 250, 250), fill=blue)
        draw.polygon([(128, 48), (190, 120), (148, 120), (148, 210), (108, 210), (108, 120), (66, 120)], fill=white)
    else:
        draw.rectangle((12, 12, 244, 244), fill=white)
        draw.rectangle((22, 22, 234, 234), fill=blue)
        draw.rectangle((88, 54, 112, 204), fill=white)
        draw.arc((82, 54, 178, 140), -90, 90, fill=white, width=24)
        draw.rectangle((100, 54, 130, 78), fill=white)
        draw.rectangle((100, 116, 130, 140), fill=white)
    return prepare(np.array(image))
