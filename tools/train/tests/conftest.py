"""A tiny data folder in the layout of the real ones, made from seeded noise: tests need no download."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

# Classes 0 to 6 are legal in both label sets.
_CLASSES = 7


def _photo(folder: Path, name: str, rng: np.random.Generator, width: int, height: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8)).save(folder / f"{name}.jpg")
    label = rng.integers(0, _CLASSES, (height // 8, width // 8), np.uint8).repeat(8, 0).repeat(8, 1)
    label[:8, :8] = 255
    Image.fromarray(label).save(folder / f"{name}_label.png")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two photos per split and set, four cut-outs (one of them animal, one held out), one reported picture."""
    rng = np.random.default_rng(7)
    root = tmp_path / "data"
    for split in ("train", "val"):
        for index in range(2):
            _photo(root / "camvid11" / split, f"c{index}", rng, 96, 72)
            _photo(root / "idd_lite" / split, f"i{index}", rng, 64, 48)
    _photo(root / "roadanomaly_cc36", "r0", rng, 64, 48)
    folder = root / "negatives" / "coco"
    folder.mkdir(parents=True)
    rows = ["file\tw\th\tclass\tsource\tlicence"]
    for kind in ("tv", "spoon", "cow", "chair"):
        pixels = rng.integers(0, 256, (20, 30, 4), np.uint8)
        pixels[..., 3] = 0
        pixels[4:16, 5:25, 3] = 255
        Image.fromarray(pixels).save(folder / f"{kind}.png")
        rows.append(f"coco/{kind}.png\t30\t20\t{kind}\ttest\ttest")
    (root / "negatives" / "index.tsv").write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture
def pretrained_path() -> Path | None:
    """The authors' s = 2.0 weights if DENSEHYBRID_ESPNETV2_WEIGHTS names them."""
    named = os.environ.get("DENSEHYBRID_ESPNETV2_WEIGHTS")
    return Path(named) if named else None
