"""The loop on generated data: it learns, freezes statistics, resumes exactly, and its parts are deterministic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tools.networks.espnetv2 import ESPNetv2
from tools.train import __main__ as command
from tools.train.deliver import deliver
from tools.train.labels import DOUBTFUL, IDD_LITE, VOID
from tools.train.make_validation import write_validation
from tools.train.manifest import Manifest, entries_below
from tools.train.mixture import mixtures
from tools.train.photos import IDD_LITE as IDD_SET
from tools.train.pseudo_labels import PseudoLabels
from tools.train.samples import Sampler
from tools.train.trainer import Recipe


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(5)
    path = tmp_path / "weights.pth"
    torch.save(ESPNetv2(1.0).state_dict(), path)
    return path


@pytest.fixture
def options(data: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Manifest, "read", staticmethod(lambda: Manifest(entries_below(data))))
    arguments = ["--data", str(data), "--weights", str(weights), "--scale", "1", "--crop", "64x48", "--batch", "2"]
    arguments += ["--steps", "4", "--validate-every", "2", "--save-every", "1"]
    arguments += ["--validate-stride", "1", "--validate-size", "64x48"]
    arguments += ["--label-cache", str(tmp_path / "labels"), "--no-drives"]
    return lambda name, *more: command.parse([*arguments, "--checkpoints", str(tmp_path / name), *more])


def test_resumed_run_equals_uninterrupted_run(options, tmp_path: Path) -> None:
    command.train(options("whole"))
    command.train(options("parts", "--stop-at", "2"))
    command.train(options("parts"))
    whole, parts = (torch.load(tmp_path / name / "last.pt", weights_only=True) for name in ("whole", "parts"))
    assert whole["step"] == parts["step"] == 4
    assert whole["state_digest"] == parts["state_digest"] != whole["start_digest"]
    assert len((tmp_path / "parts" / "log.csv").read_text().splitlines()) == 1 + 3


def test_network_and_head_move_but_statistics_do_not(options, tmp_path: Path) -> None:
    command.train(options("run"))
    record = torch.load(tmp_path / "run" / "last.pt", weights_only=True)
    assert record["largest_change_network"] > 0 and record["largest_change_head"] > 0
    for name, tensor in record["model"].items():
        if "running_" in name or "num_batches" in name:
            assert torch.equal(tensor, record["start"][name]), name
    slim = tmp_path / "slim.pt"
    assert deliver(tmp_path / "run" / "last.pt", slim)["step"] == 4
    assert "optimizer" not in torch.load(slim, weights_only=True)


def test_deliver_refuses_untrained_weights(options, tmp_path: Path) -> None:
    trainer, provenance = command.build(options("none"))
    path = tmp_path / "start.pt"
    torch.save(trainer.record(provenance), path)
    with pytest.raises(ValueError, match="is where it started"):
        deliver(path, tmp_path / "out.pt")
    assert not (tmp_path / "out.pt").exists()


def test_another_recipe_does_not_resume(options) -> None:
    command.train(options("run", "--stop-at", "2"))
    with pytest.raises(ValueError, match="another recipe"):
        command.train(options("run", "--beta", "0.5"))


def test_training_set_with_a_reported_picture_is_refused(
    options, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = Manifest(entries_below(data))
    monkeypatch.setattr(Manifest, "read", staticmethod(lambda: manifest))
    (data / "camvid11" / "train" / "c0.jpg").write_bytes((data / "roadanomaly_cc36" / "r0.jpg").read_bytes())
    parsed = options("run")
    monkeypatch.setattr(command, "parse", lambda _: parsed)
    with pytest.raises(SystemExit, match="error: .*is a report file"):
        command.main()


def test_batches_depend_on_seed_and_step_alone(options) -> None:
    sampler = command.build(options("a"))[0]._sampler
    first, again, other = sampler.batch(3, 2), sampler.batch(3, 2), sampler.batch(4, 2)
    assert torch.equal(first.images, again.images) and torch.equal(first.pasted, again.pasted)
    assert not torch.equal(first.images, other.images)
    assert first.images.shape == (2, 3, 48, 64) and first.pasted.any()
    assert not sampler.batch(3, 2, clean=True).pasted.any()


def test_head_statistics_are_those_of_clean_crops(options) -> None:
    trainer, _ = command.build(options("a"))
    norm = trainer.model.outlier_head[0]
    assert norm.num_batches_tracked == Recipe().calibration_batches
    assert not torch.equal(norm.running_mean, torch.zeros_like(norm.running_mean))


def test_warm_up_then_cosine() -> None:
    recipe = Recipe(steps=100, warm_up=10)
    factors = [recipe.rate_factor(step) for step in range(100)]
    assert factors[0] == pytest.approx(0.1) and factors[50] == pytest.approx(0.5) and factors[99] < 0.001
    assert int(np.argmax(factors)) in (9, 10)


def test_hold_keeps_the_rate_until_the_cosine() -> None:
    recipe = Recipe(steps=100, hold=60, warm_up=10)
    factors = [recipe.rate_factor(step) for step in range(100)]
    assert factors[10:61] == [1.0] * 51
    assert factors[80] == pytest.approx(0.5) and factors[99] < 0.01


def test_a_resumed_run_may_end_sooner(options, tmp_path: Path) -> None:
    command.train(options("run", "--steps", "8", "--hold", "8", "--stop-at", "2"))
    command.train(options("run", "--steps", "4", "--hold", "2"))
    record = torch.load(tmp_path / "run" / "last.pt", weights_only=True)
    assert record["step"] == 4 and record["recipe"]["steps"] == 4 and record["recipe"]["hold"] == 2


@pytest.mark.parametrize("stride", ["1", "2"])
def test_both_strides_of_the_loss_train(options, tmp_path: Path, stride: str) -> None:
    command.train(options("run", "--loss-stride", stride, "--stop-at", "1"))
    record = torch.load(tmp_path / "run" / "last.pt", weights_only=True)
    assert record["largest_change_network"] > 0 and record["largest_change_head"] > 0


def test_photo_sets_are_drawn_by_their_shares(options) -> None:
    sampler = command.build(options("a"))[0]._sampler
    groups = sampler._groups
    uneven = [[replace(photo, street=replace(photo.street, share=share)) for photo in group]
              for group, share in zip(groups, (0.0, 1.0))]  # fmt: skip
    drawn = []
    only = Sampler(uneven, sampler._cut_outs, lambda photo: drawn.append(photo) or sampler._label_of(photo),
                   sampler._crop, sampler._paste, seed=1)  # fmt: skip
    only.batch(0, 8)
    assert {photo.street.folder for photo in drawn} == {uneven[1][0].street.folder}


def test_pseudo_labels_obey_the_coarse_label(data: Path, weights: Path, tmp_path: Path) -> None:
    network = ESPNetv2(1.0)
    network.load_state_dict(torch.load(weights, weights_only=True))
    labels = PseudoLabels(network, "0" * 64, tmp_path / "cache")
    photo = IDD_SET.photos(data, "train")[0]
    label, coarse = labels.label(photo), photo.coarse_label()
    for value in np.unique(coarse):
        found = set(np.unique(label[coarse == value]).tolist())
        if value == VOID:
            assert found == {VOID}
        else:
            assert found - {DOUBTFUL} <= set(IDD_LITE[value])
            assert DOUBTFUL not in found or value == IDD_SET.living
    assert np.array_equal(labels.label(photo), label)  # now from the cache


def test_validation_pictures_do_not_depend_on_the_subset(data: Path, tmp_path: Path) -> None:
    whole = {m.name: m for m in mixtures(data, seed=4)}
    for mixture in mixtures(data, seed=4, every=2):
        assert np.array_equal(mixture.image, whole[mixture.name].image)
    assert set(np.unique(np.concatenate([m.anomaly.ravel() for m in whole.values()]))) <= {0, 1, VOID}
    changed = [(m.image != m.clean).any(axis=2) for m in whole.values()]
    assert any(c.any() for c in changed)
    assert write_validation(data, tmp_path / "out", seed=4) == len(whole) == 4
    assert len(list((tmp_path / "out" / "labels").iterdir())) == 4
