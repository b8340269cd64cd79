"""The command writes a whole model folder, or nothing and one line that says why."""

import hashlib
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
import torch
import yaml

from tools.export.__main__ import main
from tools.export.recipes import ESPNetv2Recipe
from tools.networks.espnetv2 import ESPNetv2, ESPNetv2DenseHybrid

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    torch.manual_seed(1)
    trained = ESPNetv2DenseHybrid(1.0, "deep")
    torch.save({"model": trained.state_dict(), "s": 1.0, "head": "deep", "recipe": {"steps": 8, "crop": (4, 3)},
                "optimizer": {"state": torch.zeros(2)}}, folder / "trained.pt")
    torch.save(ESPNetv2(2.0).state_dict(), folder / "authors.pth")
    return folder


def test_trained_checkpoint(checkpoints, tmp_path):
    (tmp_path / "card.yaml").write_text("licence: {weights: MIT}\nprovenance: {recipe: a few steps}\n")
    out = tmp_path / "model"
    result = subprocess.run(
        [sys.executable, "-m", "tools.export", "espnetv2", "--checkpoint", checkpoints / "trained.pt", "--out", out,
         "--half-weights", "--card", tmp_path / "card.yaml"],
        cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in out.iterdir()) == ["model.onnx", "model.yaml"]
    card = yaml.safe_load((out / "model.yaml").read_text())
    assert card["model_sha256"] == hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest()
    assert card["input"]["size"] == [1024, 512]
    assert card["input"]["size_multiple"] == 16
    assert card["input"]["mean"] == [0.485, 0.456, 0.406]
    assert card["tensors"] == {
        "pre_logits": "pre_logits", "logits": "logits", "outlier_logits": "outlier_logits"}
    assert card["drop_outputs"] == [19]
    assert card["upsampling"] == {"align_corners": True}
    assert len(card["classes"]) == 19
    assert card["classes"][0] == {"name": "road", "color": [128, 64, 128]}
    assert card["licence"] == {"weights": "MIT"}
    assert card["provenance"]["recipe"] == "a few steps"
    assert card["provenance"]["training"] == {"s": 1.0, "head": "deep", "recipe": {"steps": 8, "crop": [4, 3]}}
    assert "trained.pt" in card["provenance"]["weights"]


def test_authors_weights_without_and_with_a_seeded_head(checkpoints, tmp_path, monkeypatch):
    monkeypatch.setattr(ESPNetv2Recipe, "calibration_size", (64, 128))
    weights = ["espnetv2", "--checkpoint", str(checkpoints / "authors.pth")]
    assert main([*weights, "--out", str(tmp_path / "closed")]) == 0
    assert "outlier_logits" not in yaml.safe_load((tmp_path / "closed/model.yaml").read_text())["tensors"]
    assert main([*weights, "--random-seed", "4", "--out", str(tmp_path / "open")]) == 0
    card = yaml.safe_load((tmp_path / "open/model.yaml").read_text())
    assert "outlier_logits" in card["tensors"]
    assert "NOT trained" in card["provenance"]["outlier_head"]


def test_an_outlier_class_among_the_outputs(checkpoints, tmp_path, capsys):
    classes = yaml.safe_dump([{"name": f"class {k}", "color": [k, 0, 0]} for k in range(4)])
    (tmp_path / "four.yaml").write_text(classes)
    command = ["ldn121", "--random-seed", "1", "--classes", str(tmp_path / "four.yaml")]
    out = tmp_path / "void"
    assert main([*command, "--outlier-output", "4", "--out", str(out)]) == 0
    card = yaml.safe_load((out / "model.yaml").read_text())
    assert card["outlier_output"] == 4 and len(card["classes"]) == 4 and card["drop_outputs"] == []
    model = onnx.load(out / "model.onnx")
    logits = next(output for output in model.graph.output if output.name == "logits")
    assert logits.type.tensor_type.shape.dim[1].dim_value == 5
    assert main([*command, "--out", str(tmp_path / "plain")]) == 0
    assert "outlier_output" not in yaml.safe_load((tmp_path / "plain/model.yaml").read_text())
    trained = ["espnetv2", "--checkpoint", str(checkpoints / "trained.pt")]
    for network, channel, words in [(command, "5", "0 to 4"), (trained, "19", "drops this output")]:
        capsys.readouterr()
        assert main([*network, "--outlier-output", channel, "--out", str(tmp_path / "no")]) == 1
        assert words in capsys.readouterr().err
    assert not (tmp_path / "no").exists()


def test_a_written_model_is_a_checkpoint(checkpoints, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    assert main(["espnetv2", "--checkpoint", str(checkpoints / "trained.pt"), "--out", str(first)]) == 0
    assert main(["espnetv2", "--checkpoint", str(first / "model.onnx"), "--out", str(second)]) == 0
    assert (first / "model.onnx").read_bytes() == (second / "model.onnx").read_bytes()


def test_refusals_are_one_line_and_leave_nothing(checkpoints, tmp_path, capsys):
    (tmp_path / "two.yaml").write_text("[{name: a, color: [1, 2, 3]}, {name: b, color: [4, 5, 6]}]")
    (tmp_path / "text.onnx").write_text("not a model")
    (tmp_path / "bad.yaml").write_text("[{name: a}]")
    trained, out = checkpoints / "trained.pt", tmp_path / "out"
    cases = {
        "no such file": ["--checkpoint", tmp_path / "absent.pt"],
        "not an ONNX model": ["--checkpoint", tmp_path / "text.onnx"],
        "give --checkpoint FILE or --random-seed N": [],
        "has an outlier head already": ["--checkpoint", trained, "--random-seed", 1],
        "opset 12 is too old": ["--checkpoint", trained, "--opset", 12],
        "19 classes apart but 2 are named": ["--checkpoint", trained, "--classes", tmp_path / "two.yaml"],
        "not a list of {name, color": ["--checkpoint", trained, "--classes", tmp_path / "bad.yaml"],
    }
    for message, arguments in cases.items():
        assert main(["espnetv2", *map(str, arguments), "--out", str(out)]) == 1
        text = capsys.readouterr().err
        assert message in text
        assert text.count("\n") == 1, text
        assert not out.exists()
