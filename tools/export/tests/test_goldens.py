"""Golden data are made once, made again when they are damaged or stale, and hold what they say."""

import json

import numpy as np
import pytest

from tools.export.goldens import __main__ as command
from tools.export.goldens.cases import CASES
from tools.export.goldens.generate import is_current, source_hash

from .running import TOLERANCE, session

NAME = "tiny-convolutions-37x45"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("goldens")
    assert run(folder) == 0
    return folder


def run(folder) -> int:
    return command.main(["--out", str(folder), "--only", NAME])


def test_layout(out):
    folder = out / NAME
    record = json.loads((folder / "golden.json").read_text())
    tensors = {
        name: np.fromfile(folder / f"{name}.f32", "<f4").reshape(entry["shape"])
        for name, entry in record["tensors"].items()}
    assert set(tensors) == {"image", "pre_logits", "logits", "outlier_logits"}
    assert tensors["image"].shape == (1, 3, 37, 45)
    runner = session((folder / "model.onnx").read_bytes())
    for name, value in zip(["logits", "outlier_logits"], runner.run(None, {"image": tensors["image"]}), strict=True):
        assert np.abs(value - tensors[name]).max() < TOLERANCE * record["tensors"][name]["std"]
    assert (out / "READY.txt").read_text().split() == [NAME]


def test_second_run_does_nothing(out, capsys):
    before = (out / NAME / "golden.json").stat().st_mtime_ns
    assert run(out) == 0
    assert (out / NAME / "golden.json").stat().st_mtime_ns == before
    assert "current" in capsys.readouterr().err


def test_damage_and_staleness_are_noticed(out):
    case = next(case for case in CASES if case.name == NAME)
    digest = source_hash(case.model, None)
    folder = out / NAME
    assert is_current(folder, digest)
    assert not is_current(folder, "0" * 64)
    logits = folder / "logits.f32"
    logits.write_bytes(logits.read_bytes()[:-4])
    assert not is_current(folder, digest)
    assert run(out) == 0
    assert is_current(folder, digest)


def test_unknown_case_is_an_error(tmp_path, capsys):
    assert command.main(["--out", str(tmp_path), "--only", "absent"]) == 2
    assert NAME in capsys.readouterr().err


def test_every_engine_case_is_listed():
    names = {case.name for case in CASES}
    assert {"ldn121-512x1024", "ldn121-720x1280", "ldn121-375x1242", "espnetv2-512x1024",
            "deeplab-wrn38-128x256"} <= names
    assert len(names) == len(CASES)
