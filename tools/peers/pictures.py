"""The pictures that all engines are given: one to measure with, and those that int8 is calibrated with.

LDN-121 has seeded weights whose statistics come from procedural streets, so it sees procedural streets. The bundled
ESPNetv2 is trained; it sees frames of the bundled drive.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .networks import CACHE, ESPNETV2, ROOT, Network, Size

CALIBRATION_FRAMES = 8
# Never among the calibration frames.
PICTURE = 11
QUALITY = 92
DRIVE = ROOT / "Pipelines" / "sample-drive"


def picture(network: Network, size: Size, number: int) -> np.ndarray:
    """RGB uint8 [H, W, 3]."""
    if network is not ESPNETV2:
        from tools.export.picture import street_picture

        return street_picture(size.height, size.width, number)
    from PIL import Image

    frames = sorted(DRIVE.glob("images/*.jpg"))
    with Image.open(frames[number % len(frames)]) as frame:
        return np.asarray(frame.convert("RGB").resize((size.width, size.height), Image.Resampling.BILINEAR))


def calibration_pictures(network: Network, size: Size) -> list[np.ndarray]:
    """The frames that every engine's int8 is calibrated with, this project's own included."""
    return [picture(network, size, 10 * index) for index in range(CALIBRATION_FRAMES)]


def save(path: Path, pixels: np.ndarray) -> Path:
    """Writes a JPEG, 4:2:0 as cameras have it, unless it is there."""
    from PIL import Image

    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name("part-" + path.name)
        Image.fromarray(pixels).save(part, quality=QUALITY, subsampling=2)
        part.rename(path)
    return path


def picture_file(network: Network, size: Size) -> Path:
    """The picture to measure with, as a JPEG."""
    path = CACHE / "pictures" / f"{network.name}-{size}.jpg"
    return path if path.exists() else save(path, picture(network, size, PICTURE))


def calibration_folder(network: Network, size: Size) -> Path:
    """The calibration frames as JPEG files, for this project's `calibrate ranges`."""
    folder = CACHE / "pictures" / f"{network.name}-{size}-calibration"
    for index, pixels in enumerate(calibration_pictures(network, size)):
        save(folder / f"{index:02}.jpg", pixels)
    return folder
