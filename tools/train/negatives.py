"""Object cut-outs (RGBA) that are pasted into street photos as anomalies."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from .photos import DataError

ANIMALS = frozenset({"bird", "camel", "cat", "cow", "dog", "elephant", "giraffe", "goat", "sheep"})
# Whole classes, so that validation measures objects whose kind was never pasted in training.
HELD_OUT = frozenset({"airplane", "backpack", "chair", "microwave", "skateboard", "suitcase", "teddy bear", "umbrella"})
# The third folder of the index (drawn stamps) is kept for rendered test anomalies and never read here.
SOURCES = ("coco/", "davis/")


@dataclass(frozen=True)
class CutOut:
    """One object on a transparent background."""

    path: Path
    kind: str

    def pixels(self) -> np.ndarray:
        """HxWx4 uint8 RGBA."""
        return _read(self.path)


@lru_cache(maxsize=512)
def _read(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.array(picture.convert("RGBA"))


def cut_outs(root: Path, split: str, animals: bool) -> list[CutOut]:
    """Cut-outs of `split` ("train" or "validation"), which share no class; animal classes only if `animals`.

    Animals, where wanted, are training classes: sets of road anomalies are full of them, so a model that is quoted
    there must be trained with `animals=False`.
    """
    index = root / "negatives" / "index.tsv"
    if not index.is_file():
        raise DataError(f"{index}: not found; point --data at the folder that holds negatives/index.tsv")
    chosen = []
    with index.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            kind = row["class"]
            if not row["file"].startswith(SOURCES) or (kind in ANIMALS and not animals):
                continue
            if (kind in HELD_OUT) == (split == "validation"):
                chosen.append(CutOut(index.parent / row["file"], kind))
    if not chosen:
        raise DataError(f"{index}: no cut-outs for split '{split}'")
    return chosen
