"""Small pictures of noise, in every layout of image messages and in the packed layout that the pipeline takes."""

import io
from typing import NamedTuple

import numpy as np
from PIL import Image


class Stored(NamedTuple):
    """Pixels as a message holds them, and what they must come out as."""

    encoding: str
    step: int
    data: bytes
    payload: str
    expected: bytes


def padded(rows: np.ndarray, padding: int, random: np.random.Generator) -> bytes:
    """Rows of bytes with noise behind each."""
    noise = random.integers(0, 256, (rows.shape[0], padding), dtype=np.uint8)
    return np.concatenate([rows, noise], axis=1).tobytes()


def stored(encoding: str, width: int, height: int, padding: int, random: np.random.Generator) -> Stored:
    def noise(*shape: int) -> np.ndarray:
        return random.integers(0, 256, shape, dtype=np.uint8)

    half, low = (width + 1) // 2, (height + 1) // 2
    if encoding in ("rgb8", "bgr8", "mono8", "8UC1"):
        channels = 3 if encoding.endswith("gb8") or encoding == "bgr8" else 1
        pixels = noise(height, width * channels)
        payload = {"rgb8": "rgb24", "bgr8": "bgr24"}.get(encoding, "gray")
        return Stored(encoding, width * channels + padding, padded(pixels, padding, random), payload, pixels.tobytes())
    if encoding in ("rgba8", "bgra8"):
        pixels = noise(height, width, 4)
        payload = {"rgba8": "rgb24", "bgra8": "bgr24"}[encoding]
        data = padded(pixels.reshape(height, -1), padding, random)
        return Stored(encoding, width * 4 + padding, data, payload, pixels[:, :, :3].tobytes())
    luma = noise(height, width)
    if encoding in ("yuyv", "yuv422_yuy2", "uyvy", "yuv422"):
        blue, red = noise(height, half), noise(height, half)
        wide = np.zeros((height, half * 2), dtype=np.uint8)
        wide[:, :width] = luma
        groups = {"y0": wide[:, 0::2], "y1": wide[:, 1::2], "u": blue, "v": red}
        order = ("y0", "u", "y1", "v") if encoding in ("yuyv", "yuv422_yuy2") else ("u", "y0", "v", "y1")
        pixels = np.stack([groups[name] for name in order], axis=2).reshape(height, -1)
        expected = luma.tobytes() + blue.tobytes() + red.tobytes()
        return Stored(encoding, half * 4 + padding, padded(pixels, padding, random), "yuv422p", expected)
    if encoding in ("nv12", "nv21"):
        pairs = noise(low, half, 2)
        swapped = pairs if encoding == "nv12" else pairs[:, :, ::-1]
        # The luma row of an odd width has room for the last chroma pair.
        step = half * 2 + padding
        rows = padded(luma, step - width, random) + padded(swapped.reshape(low, -1), padding, random)
        return Stored(encoding, step, rows, "nv12", luma.tobytes() + pairs.tobytes())
    if encoding == "nv24":
        pairs = noise(height, width, 2)
        rows = padded(luma, padding, random) + padded(pairs.reshape(height, -1), 2 * padding, random)
        expected = luma.tobytes() + pairs[:, :, 0].tobytes() + pairs[:, :, 1].tobytes()
        return Stored(encoding, width + padding, rows, "yuv444p", expected)
    raise ValueError(encoding)


def encoded(format: str, width: int, height: int, random: np.random.Generator) -> bytes:
    """A JPEG or PNG picture of smooth noise."""
    pixels = random.integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    picture.save(file, format=format)
    return file.getvalue()
