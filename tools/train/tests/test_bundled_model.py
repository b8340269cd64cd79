"""The committed model is a trained one: its head and its network differ from where training started."""

from __future__ import annotations

import hashlib
from pathlib import Path

import onnx
import pytest
import yaml
from onnx import numpy_helper

from tools.train.deliver import FROZEN_WITNESS

FOLDER = Path(__file__).parents[3] / "Calibration" / "espnetv2-densehybrid"


@pytest.fixture(scope="module")
def description() -> dict:
    return yaml.safe_load((FOLDER / "model.yaml").read_text())


@pytest.fixture(scope="module")
def digests() -> dict[str, str]:
    """SHA-256 of every initialiser's float32 bytes."""
    model = onnx.load(FOLDER / "model.onnx")
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    return {
        name: hashlib.sha256(array.astype("float32").tobytes()).hexdigest()
        for name, array in arrays.items()
        if array.dtype.kind == "f"
    }


def test_network_and_head_moved_and_frozen_statistics_did_not(description: dict, digests: dict[str, str]) -> None:
    start = dict(description["provenance"]["start_tensors"])
    # Equality here shows that the recorded digests are of the same tensors in the same form.
    assert digests[FROZEN_WITNESS] == start.pop(FROZEN_WITNESS)
    assert {name.split(".")[0] for name in start} == {"network", "outlier_head"}
    for name, digest in start.items():
        assert digests[name] != digest, f"{name} is where training started"


def test_recorded_changes_are_positive(description: dict) -> None:
    provenance = description["provenance"]
    assert provenance["largest_change"]["network"] > 0 and provenance["largest_change"]["head"] > 0
    assert provenance["state_digest"] != provenance["start_digest"]
    assert provenance["step"] > 0


def test_digest_and_thresholds_belong_to_this_model(description: dict) -> None:
    digest = hashlib.sha256((FOLDER / "model.onnx").read_bytes()).hexdigest()
    assert description["model_sha256"] == digest
    thresholds = yaml.safe_load((FOLDER / "thresholds.yaml").read_text())
    assert {entry["score"] for entry in thresholds} >= {"densehybrid", "generative", "discriminative"}
    assert all(entry["model_sha256"] == digest and entry["rule"] == "TPR 95" for entry in thresholds)


def test_the_description_tells_whether_animals_were_pasted(description: dict) -> None:
    from tools.train.negatives import ANIMALS, HELD_OUT

    pasted = set(description["provenance"]["negative_classes"])
    assert description["provenance"]["animals"] is bool(ANIMALS & pasted)
    assert not HELD_OUT & pasted
