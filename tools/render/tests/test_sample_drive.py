"""The committed drive: whole, labelled, in time, small, licensed, and still what its command renders."""

import json

import numpy as np
import pytest
from conftest import ROOT
from PIL import Image

from tools.render import classes
from tools.render.frames import Sensor, finish
from tools.render.renderer import Renderer
from tools.render.town import TOWNS, Drive

FOLDER = ROOT / "Pipelines" / "sample-drive"


@pytest.fixture(scope="module")
def record():
    return json.loads((FOLDER / "drive.json").read_text())


@pytest.fixture(scope="module")
def rows():
    lines = (FOLDER / "data.csv").read_text().splitlines()
    assert lines[0] == "#timestamp [ns],filename"
    return [(int(time), name) for time, name in (line.split(",") for line in lines[1:])]


def labels_of(name: str) -> np.ndarray:
    return np.array(Image.open(FOLDER / "labels" / f"{name[:-4]}.png"))


def test_every_frame_has_its_time_picture_and_labels(record, rows):
    assert len(rows) == record["frames"] >= 60
    assert sorted(path.name for path in (FOLDER / "images").iterdir()) == [name for _, name in rows]
    assert len(list((FOLDER / "labels").iterdir())) == len(rows)
    times = np.array([time for time, _ in rows])
    assert (np.diff(times) == 100_000_000).all()


def test_sizes_and_label_values(record, rows):
    allowed = {*range(classes.ANOMALY + 1), classes.VOID}
    anomalous = []
    for number, (_, name) in enumerate(rows):
        image = Image.open(FOLDER / "images" / name)
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (1024, 512))
        labels = labels_of(name)
        assert labels.dtype == np.uint8 and labels.shape == (512, 1024)
        assert set(np.unique(labels).tolist()) <= allowed
        assert (labels == classes.CAR).any() and (labels == classes.ROAD).mean() > 0.1
        if (labels == classes.ANOMALY).any():
            anomalous.append(number)
    assert anomalous == record["frames_with_anomaly"]
    assert len(anomalous) >= len(rows) / 3
    assert any((labels_of(rows[number][1]) == classes.ANOMALY).sum() > 2000 for number in anomalous)


def test_most_anomalies_are_meshes(record):
    made_of = [placed["made_of"] for placed in record["anomalies"]]
    assert len(made_of) >= 8 and made_of.count("mesh") * 2 >= len(made_of)


def test_it_is_small_and_licensed():
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 8_000_000
    assert "Free Art License" in (FOLDER / "LICENSE").read_text()
    assert "torcs-data" in (FOLDER / "NOTICE").read_text()


def test_its_command_still_renders_it(record, rows):
    width, height = record["size"]
    factor = record["supersampling"]
    drive = Drive(TOWNS[record["town"]], record["seed"], record["frames"], record["rate_hz"], record["speed_m_per_s"])
    number = record["frames"] // 2
    drawn = Renderer(width * factor, height * factor).render(drive.scene(number), drive.camera(number))
    frame = finish(drawn, factor, Sensor(), [record["seed"], 100, number])
    # Another version of the rasteriser may round edges otherwise; a changed scene differs by far more.
    assert (frame.labels == labels_of(rows[number][1])).mean() > 0.995
    stored = np.array(Image.open(FOLDER / "images" / rows[number][1])).astype(int)
    assert np.abs(stored - frame.colour).mean() < 5
