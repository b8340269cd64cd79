"""Writes a drive: pictures, labels, times and the record of what stands where. A drive is whole or absent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from .errors import RenderError
from .frames import RenderedFrame

# Any moment does, as long as it is not zero: readers must not take a capture time for a frame number.
FIRST_NANOSECONDS = 1_700_000_000_000_000_000
# What may lie in a folder that becomes a drive: people's notes on it.
OURS = ("README.md", "LICENSE", "NOTICE")


class DriveWriter:
    """Collects frames in a folder beside the wanted one and puts it in place at the end.

    Layout: images/NNNNNN.jpg, labels/NNNNNN.png (Cityscapes train ids, 19 anomaly, 255 void), data.csv (EuRoC: capture
    time in nanoseconds, file name), drive.json. With `depth`, depth/NNNNNN.png is 16 bit, centimetres
    (65535: that or farther), 0 for the sky.
    """

    def __init__(self, folder: Path, rate: float, quality: int, depth: bool = False):
        folder = folder.absolute()
        self.folder, self.rate, self.quality, self.depth = folder, rate, quality, depth
        self.aside = folder.with_name(f".{folder.name}.partial")
        self.rows: list[str] = []
        self.anomalous: list[int] = []
        strange = [path for path in folder.iterdir() if path.name not in OURS] if folder.is_dir() else []
        if (strange and not (folder / "drive.json").is_file()) or (folder.exists() and not folder.is_dir()):
            raise RenderError(f"{folder}: exists and is no drive of this tool; name another folder")
        try:
            shutil.rmtree(self.aside, ignore_errors=True)
            for name in ("images", "labels", *(["depth"] if depth else [])):
                (self.aside / name).mkdir(parents=True)
        except OSError as error:
            raise RenderError(f"{self.aside}: cannot make folder: {error.strerror}") from None

    def write(self, frame: RenderedFrame) -> None:
        """Appends a frame."""
        number = len(self.rows)
        name = f"{number:06d}"
        # 4:2:0, as cameras send it.
        image = Image.fromarray(frame.colour)
        image.save(self.aside / "images" / f"{name}.jpg", quality=self.quality, subsampling=2, optimize=True)
        Image.fromarray(frame.labels).save(self.aside / "labels" / f"{name}.png", optimize=True)
        if self.depth:
            centimetres = np.clip(frame.depth * 100, 0, 65535).astype(np.uint16)
            Image.fromarray(centimetres).save(self.aside / "depth" / f"{name}.png")
        if (frame.labels == 19).any():
            self.anomalous.append(number)
        self.rows.append(f"{FIRST_NANOSECONDS + round(number * 1e9 / self.rate)},{name}.jpg")

    def finish(self, record: dict) -> None:
        """Writes times and record, keeps what people wrote beside the drive (README, licences), swaps the folder in."""
        (self.aside / "data.csv").write_text("\n".join(["#timestamp [ns],filename", *self.rows]) + "\n")
        record = {**record, "frames": len(self.rows), "frames_with_anomaly": self.anomalous}
        (self.aside / "drive.json").write_text(json.dumps(record, indent=1) + "\n")
        replaced = self.folder.with_name(f".{self.folder.name}.replaced")
        shutil.rmtree(replaced, ignore_errors=True)
        if self.folder.exists():
            for path in self.folder.iterdir():
                if path.is_file() and not (self.aside / path.name).exists():
                    shutil.copy2(path, self.aside / path.name)
            self.folder.rename(replaced)
        self.aside.rename(self.folder)
        shutil.rmtree(replaced, ignore_errors=True)
