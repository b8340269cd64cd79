"""A film becomes photos that may be of any class, listed under the film's digest."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tools.networks.espnetv2 import KNOWN_CLASSES, ESPNetv2
from tools.train.drives import DRIVES, DriveSet
from tools.train.labels import DOUBTFUL, GROUND
from tools.train.manifest import Manifest, entries_below
from tools.train.photos import DataError
from tools.train.pseudo_labels import PseudoLabels


@pytest.fixture
def drives(data: Path, tmp_path: Path) -> DriveSet:
    folder = data / DRIVES.folder
    folder.mkdir()
    source = ["-f", "lavfi", "-i", "testsrc=size=96x64:rate=25", "-frames:v", "13", "-pix_fmt", "yuv420p"]
    subprocess.run(["ffmpeg", "-v", "error", *source, folder / "a.mp4"], check=True)
    return replace(DRIVES, cache=tmp_path / "drives", label_width=96)


def test_each_sixth_frame_is_a_training_photo(data: Path, drives: DriveSet) -> None:
    photos = drives.photos(data, "train")
    assert len(photos) == 3 and drives.photos(data, "val") == []
    assert {photo.listed for photo in photos} == {data / DRIVES.folder / "a.mp4"}
    assert photos[0].image().shape == (64, 96, 3) and not photos[0].coarse_label().any()
    assert photos == drives.photos(data, "train")  # from the cache
    Manifest(entries_below(data)).check([photo.listed for photo in photos], "train")


def test_labels_are_the_networks_own_where_it_is_sure(data: Path, drives: DriveSet, tmp_path: Path) -> None:
    torch.manual_seed(3)
    label = PseudoLabels(ESPNetv2(1.0), "0" * 64, tmp_path / "labels").label(drives.photos(data, "train")[0])
    assert set(np.unique(label)) <= {*range(KNOWN_CLASSES), DOUBTFUL}
    assert not np.isin(label[:32], GROUND).any()


def test_no_film_and_a_broken_film_are_named(data: Path, drives: DriveSet) -> None:
    (data / DRIVES.folder / "a.mp4").write_bytes(b"not a film")
    with pytest.raises(DataError, match="a.mp4: ffmpeg cannot read it"):
        drives.photos(data, "train")
    (data / DRIVES.folder / "a.mp4").unlink()
    with pytest.raises(DataError, match="no .mp4 films"):
        drives.photos(data, "train")
