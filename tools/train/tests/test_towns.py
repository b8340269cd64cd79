"""LDN-121's trainer on a tiny set of noise: it learns, resumes exactly, and takes only what it may."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tools.export.recipes import LadderDenseNetRecipe
from tools.networks.ladder_densenet import LadderDenseNetConfiguration
from tools.render.hazard_set import objects
from tools.train.labels import VOID
from tools.train.photos import DataError
from tools.train.towns import __main__ as command
from tools.train.towns import trainer
from tools.train.towns.camouflage import paste_camouflaged
from tools.train.towns.frames import CLASSES, HELD, ROAD, Frame, check_towns, frames, negatives
from tools.train.towns.light import Jitter, jittered, repaved
from tools.train.towns.samples import TownCrop, TownSampler
from tools.train.towns.settle import settle
from tools.train.towns.trainer import TownRecipe, new_network
from tools.train.towns.validation import TownReport, pasted, validate

SMALL = LadderDenseNetConfiguration(
    stem_channels=8, growth=4, bottleneck_factor=2, block_layers=(1, 1, 1, 1), spp_channels=8, spp_level_channels=4,
    decoder_channels=(8, 8, 8), class_count=CLASSES,
)  # fmt: skip


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """Two frames a split in the layout of the rendered set."""
    rng = np.random.default_rng(3)
    root = tmp_path / "set"
    for split, town in (("training", "t1"), ("validation", "t9")):
        for what in ("images", "annotations"):
            (root / "train" / what / split / town).mkdir(parents=True)
        for name in ("0000.png", "0001.png"):
            image = rng.integers(0, 256, (80, 128, 3), np.uint8)
            label = rng.choice(np.array([0, 1, 7, 8, 13], np.uint8), (10, 16)).repeat(8, 0).repeat(8, 1)
            Image.fromarray(image).save(root / "train" / "images" / split / town / name)
            Image.fromarray(label).save(root / "train" / "annotations" / split / town / name)
    towns = {"t1": ["training", "road/a"], "t9": ["validation", "road/b"], "t5": ["test", "road/c"]}
    (root / "set.json").write_text(json.dumps({"towns": towns}))
    return root


@pytest.fixture
def stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One cut-out for training, one of the test that must not be read."""
    folder = tmp_path / "stamps"
    folder.mkdir()
    pixels = np.full((20, 20, 4), 255, np.uint8)
    pixels[..., :3] = 10
    Image.fromarray(pixels).save(folder / "mine.png")
    digest = hashlib.sha256((folder / "mine.png").read_bytes()).hexdigest()
    things = [
        objects.Thing(objects.TRAIN, "-", "cutout", "mine.png", digest),
        objects.Thing(objects.TEST, "novel", "cutout", "other/absent.png", "0"),
    ]
    monkeypatch.setattr(objects, "read", lambda: things)
    return folder


@pytest.fixture
def options(rendered: Path, stamps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trainer, "CONFIGURATION", SMALL)
    arguments = ["--set", str(rendered), "--stamps", str(stamps), "--crop", "64", "--batch", "2", "--closed-steps", "2"]
    arguments += ["--mixed-steps", "2", "--save-every", "1", "--validate-every", "2", "--validate-on", "2"]
    return lambda name, *more: command.parse([*arguments, "--checkpoints", str(tmp_path / name), *more])


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_resumed_run_equals_uninterrupted_run(options, tmp_path: Path, stop: int) -> None:
    command.train(options("whole"))
    command.train(options("parts", "--stop-at", str(stop)))
    command.train(options("parts"))
    whole, parts = (torch.load(tmp_path / name / "last.pt", weights_only=True) for name in ("whole", "parts"))
    assert whole["step"] == parts["step"] == 4
    assert whole["state_digest"] == parts["state_digest"] != whole["start_digest"]
    assert len((tmp_path / "whole" / "log.csv").read_text().splitlines()) == 1 + 2 + 1  # the last one settled


def test_the_head_learns_in_the_second_phase_only(options, tmp_path: Path) -> None:
    command.train(options("run"))
    closed, mixed = (torch.load(tmp_path / "run" / f"step-0000{n}.pt", weights_only=True) for n in (2, 4))
    name = "logits_ood.conv.weight"
    assert torch.equal(closed["model"][name], closed["start"][name])
    assert not torch.equal(mixed["model"][name], mixed["start"][name])
    assert not torch.equal(closed["model"]["logits.conv.weight"], closed["start"]["logits.conv.weight"])


def test_another_recipe_is_refused_but_other_lengths_are_not(options, tmp_path: Path) -> None:
    command.train(options("run", "--stop-at", "1"))
    with pytest.raises(ValueError, match="another recipe"):
        command.train(options("run", "--closed-rate", "0.5"))
    command.train(options("run", "--mixed-steps", "1"))
    assert torch.load(tmp_path / "run" / "last.pt", weights_only=True)["step"] == 3


def test_an_overfitted_batch_loses_loss(rendered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "CONFIGURATION", SMALL)
    one = TownSampler(frames(rendered, "training"), [], TownCrop(side=64, patches=(0, 0)), 1)
    batch = one.batch(0, 4, mixed=False)

    class Same:
        def batch(self, step: int, size: int, mixed: bool):
            return batch

    losses: list[float] = []
    made = trainer.TownTrainer(Same(), TownRecipe(closed_steps=40, mixed_steps=0, closed_rate=1e-2))
    made.run(40, lambda step, terms, seconds: losses.append(terms.segmentation.item()))
    assert losses[-1] < 0.8 * losses[0]


def test_samples_depend_on_seed_and_step_alone(rendered: Path, stamps: Path) -> None:
    sets = frames(rendered, "training")
    cut_outs = negatives(stamps).training
    first, same, other = (TownSampler(sets, cut_outs, TownCrop(side=64), seed) for seed in (1, 1, 2))
    one, two, three = (sampler.batch(7, 3, mixed=True) for sampler in (first, same, other))
    assert torch.equal(one.images, two.images) and torch.equal(one.pasted, two.pasted)
    assert not torch.equal(one.images, three.images)
    assert one.images.shape == (3, 3, 64, 64) and 0 <= float(one.images.min()) and float(one.images.max()) <= 1
    assert one.pasted.any() and not first.batch(7, 3, mixed=False).pasted.any()
    assert set(one.labels.unique().tolist()) <= {*range(CLASSES), VOID}


def test_labels_are_the_outputs_in_order(rendered: Path, tmp_path: Path) -> None:
    raw = np.array([[0, 1, 2, 4, 5, 6, 7, 13, 14]], np.uint8)
    Image.fromarray(raw).save(tmp_path / "label.png")
    label = Frame(tmp_path / "label.png", tmp_path / "label.png").label()
    assert label.tolist() == [[VOID, 0, 1, VOID, 3, 4, 5, 11, VOID]]


def test_checkpoints_are_the_exporters(options, tmp_path: Path) -> None:
    command.train(options("run", "--stop-at", "1"))
    state = torch.load(tmp_path / "run" / "last.pt", weights_only=True)["model"]
    assert LadderDenseNetRecipe(SMALL).from_state(state).config.class_count == CLASSES


def test_sets_that_must_not_be_trained_on(rendered: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no rendered set"):
        frames(tmp_path, "training")
    assert check_towns(rendered) == {"training": ["t1"], "validation": ["t9"], "test": ["t5"]}
    towns = {"t1": ["training", "road/a"], "t5": ["test", "road/a"]}
    (rendered / "set.json").write_text(json.dumps({"towns": towns}))
    with pytest.raises(DataError, match="road/a of t5"):
        check_towns(rendered)


def test_settled_batch_norms_have_the_frames_own_statistics(rendered: Path) -> None:
    ours = frames(rendered, "training")
    model = torch.nn.Sequential(torch.nn.BatchNorm2d(3, momentum=0.05))
    settle(model, ours, batch=1)
    pictures = [torch.from_numpy(frame.image()).double() / 255 for frame in ours]
    assert len(pictures) == 2 and not model.training and model[0].momentum == 0.05
    mean = torch.stack([picture.mean((0, 1)) for picture in pictures]).mean(0)
    variance = torch.stack([picture.reshape(-1, 3).var(0) for picture in pictures]).mean(0)
    assert torch.allclose(model[0].running_mean.double(), mean, atol=1e-6)
    assert torch.allclose(model[0].running_var.double(), variance, atol=1e-6)


def test_only_a_finished_run_is_settled(options, tmp_path: Path) -> None:
    command.train(options("run", "--stop-at", "3"))
    assert not (tmp_path / "run" / "final.pt").exists()
    command.train(options("run"))
    final, last = (torch.load(tmp_path / "run" / name, weights_only=True) for name in ("final.pt", "last.pt"))
    assert torch.equal(final["model"]["logits.conv.weight"], last["model"]["logits.conv.weight"])
    assert final["state_digest"] != last["state_digest"]


def test_some_kinds_of_negatives_are_never_trained_on(stamps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = objects.read()[0].sha256
    kinds = [f"kind{number:02d}" for number in range(2 * HELD + 1)]
    for kind in kinds:
        (stamps / kind).mkdir()
        (stamps / kind / "one.png").write_bytes((stamps / "mine.png").read_bytes())
    things = [objects.Thing(objects.TRAIN, "-", "cutout", f"{kind}/one.png", digest) for kind in kinds]
    monkeypatch.setattr(objects, "read", lambda: things)
    found = negatives(stamps)
    assert [one.kind for one in found.validation] == [kinds[HELD - 1], kinds[2 * HELD - 1]]
    assert {one.kind for one in found.training} == set(kinds) - {one.kind for one in found.validation}


def test_validation_pastes_the_same_objects_at_every_call(
    rendered: Path, stamps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "CONFIGURATION", SMALL)
    held, ours = negatives(stamps).training, frames(rendered, "validation")
    (image, there), (again, _), (other, _) = (pasted(ours[0], index, held) for index in (0, 0, 1))
    assert there.any() and not there.all() and (image == again).all() and (image != other).any()
    assert (image[~there] == ours[0].image()[~there]).mean() > 0.9  # soft edges reach a little farther
    torch.manual_seed(1)
    model = new_network()
    with_them, without = validate(model, ours, held), validate(model, ours)
    assert with_them.miou == without.miou and without.detection == ()
    assert len(with_them.detection) == 3
    assert all(0 < precision <= 1 and 0 <= rate <= 1 for precision, rate in with_them.detection)
    assert len(with_them.row()) == len(without.row()) == len(TownReport.header())


def test_a_repaved_road_is_another_road_and_nothing_else_changes() -> None:
    rng = np.random.default_rng(4)
    image = rng.integers(60, 120, (64, 96, 3), np.uint8)
    road = np.zeros((64, 96), bool)
    road[30:] = True
    made = repaved(image, road, rng)
    assert (made[:30] == image[:30]).all() and (made[30:] != image[30:]).mean() > 0.5
    assert repaved(image, np.zeros_like(road), rng) is image


def test_no_jitter_is_the_picture_itself_and_jitter_is_none_of_it() -> None:
    rng = np.random.default_rng(4)
    image = rng.integers(0, 256, (32, 48, 3), np.uint8)
    still = Jitter((1, 1), (1, 1), (1, 1), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert np.abs(jittered(image, still, rng).astype(int) - image).max() <= 1
    grey = jittered(image, Jitter((1, 1), (1, 1), (0, 0), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), rng).astype(int)
    assert np.ptp(grey, axis=2).max() <= 2
    assert np.abs(jittered(image, Jitter(), rng).astype(int) - image).mean() > 2


def test_camouflage_wears_a_texture_of_the_frame_and_stands_on_the_road() -> None:
    label = np.full((96, 96), 1, np.uint8)  # a building
    label[48:] = ROAD
    image = np.zeros((96, 96, 3), np.uint8)
    image[:48] = (0, 200, 0)
    changed, mask = image.copy(), np.zeros((96, 96), bool)
    paste_camouflaged(np.random.default_rng(2), changed, label, mask, np.flatnonzero(label == ROAD), 30.0)
    assert mask.any() and mask[48:].any()
    assert (changed[mask & (label == ROAD)][:, 1] > 40).mean() > 0.5 and (changed[..., [0, 2]] == 0).all()
    # Nothing to lend a texture, or nowhere to stand: nothing happens.
    for there, road in ((np.full((96, 96), ROAD, np.uint8), np.arange(9)), (label, np.arange(0))):
        changed, mask = image.copy(), np.zeros((96, 96), bool)
        paste_camouflaged(np.random.default_rng(2), changed, there, mask, road, 30.0)
        assert not mask.any() and (changed == image).all()
