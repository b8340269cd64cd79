"""Drives are written whole, over an older drive, and never over somebody's folder."""

import json

import numpy as np
import pytest

from tools.render.errors import RenderError
from tools.render.frames import RenderedFrame
from tools.render.writer import DriveWriter


def frame(label: int) -> RenderedFrame:
    colour = np.full((16, 32, 3), 90, np.uint8)
    labels = np.full((16, 32), label, np.uint8)
    return RenderedFrame(colour, labels, np.full((16, 32), 7.5, np.float32), np.zeros((16, 32), np.uint8))


def test_layout_times_and_record(tmp_path):
    writer = DriveWriter(tmp_path / "drive", 20.0, 90, depth=True)
    for label in (0, 19, 255):
        writer.write(frame(label))
    assert not (tmp_path / "drive").exists()
    writer.finish({"seed": 3})
    assert {path.name for path in tmp_path.iterdir()} == {"drive"}
    lines = (tmp_path / "drive" / "data.csv").read_text().splitlines()
    assert lines[0].startswith("#") and [line.split(",")[1] for line in lines[1:]] == [
        "000000.jpg", "000001.jpg", "000002.jpg",
    ]  # fmt: skip
    assert np.diff([int(line.split(",")[0]) for line in lines[1:]]).tolist() == [50_000_000] * 2
    record = json.loads((tmp_path / "drive" / "drive.json").read_text())
    assert record == {"seed": 3, "frames": 3, "frames_with_anomaly": [1]}
    assert len(list((tmp_path / "drive" / "depth").iterdir())) == 3


def test_notes_survive_a_new_drive(tmp_path):
    folder = tmp_path / "drive"
    folder.mkdir()
    (folder / "README.md").write_text("mine")
    for count in (3, 1):
        writer = DriveWriter(folder, 10.0, 90)
        for _ in range(count):
            writer.write(frame(0))
        writer.finish({})
    assert (folder / "README.md").read_text() == "mine"
    assert len(list((folder / "images").iterdir())) == 1


def test_a_folder_of_other_things_is_refused(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"dear")
    with pytest.raises(RenderError, match="no drive"):
        DriveWriter(tmp_path, 10.0, 90)
    with pytest.raises(RenderError, match="no drive"):
        DriveWriter(tmp_path / "photo.jpg", 10.0, 90)
    assert (tmp_path / "photo.jpg").read_bytes() == b"dear"
