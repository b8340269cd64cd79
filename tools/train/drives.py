"""Unlabelled drives: films whose frames become photos that the frozen pretrained network labels alone."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import labels
from .photos import DataError, Photo, StreetSet

_EVERY = 6  # neighbouring frames teach nothing new


@dataclass(frozen=True)
class DriveSet(StreetSet):
    """A folder of `X.mp4`; frames are written as PNG files below `cache`, named after the film's bytes."""

    cache: Path = Path.home() / ".cache" / "densehybrid" / "drives"

    def films(self, root: Path) -> list[Path]:
        """The films, sorted by name."""
        films = sorted((root / self.folder).glob("*.mp4"))
        if not films:
            raise DataError(f"{root / self.folder}: no .mp4 films; point --data at the folder that holds {self.folder}/")
        return films

    def photos(self, root: Path, split: str) -> list[Photo]:
        """Each sixth frame of every film; all are for training."""
        if split != "train":
            return []
        return [Photo(frame, self, film) for film in self.films(root) for frame in self._frames(film)]

    def _frames(self, film: Path) -> list[Path]:
        folder = self.cache / hashlib.sha256(film.read_bytes()).hexdigest()[:16]
        if not folder.is_dir():
            aside = folder.with_suffix(".part")
            aside.mkdir(parents=True, exist_ok=True)
            choice = f"select=not(mod(n\\,{_EVERY}))"
            command = ["ffmpeg", "-v", "error", "-y", "-i", film, "-vf", choice, "-vsync", "0", aside / "%05d.png"]
            try:
                subprocess.run(command, check=True, capture_output=True, text=True)
            except FileNotFoundError:
                raise DataError("ffmpeg: not found; install it to read the drives") from None
            except subprocess.CalledProcessError as error:
                raise DataError(f"{film}: ffmpeg cannot read it: {error.stderr.strip().splitlines()[-1]}") from None
            aside.replace(folder)
        return sorted(folder.glob("*.png"))


DRIVES = DriveSet("drive_mit_udacity", labels.UNLABELLED, training_width=1024, label_width=1024, share=0.25)
