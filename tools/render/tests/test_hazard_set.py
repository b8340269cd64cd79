"""Frames of the rendered set: folders, labels, depth, anomalies in the scene, and that a seed gives them twice."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.render import classes as drive_classes
from tools.render.errors import RenderError
from tools.render.hazard_set import classes, folders, objects, roads
from tools.render.hazard_set.plan import Shot
from tools.render.hazard_set.stretches import stretches
from tools.render.hazard_set.towns import SET_TOWNS
from tools.render.hazard_set.work import Task, render_stretches
from tools.render.track import ART, RoadLine

TOWN = next(town for town in SET_TOWNS if town.name == "t5")
SCHOOL = next(town for town in SET_TOWNS if town.name == "t1")


@pytest.fixture(scope="module")
def stamps(tmp_path_factory) -> tuple[Path, objects.Thing]:
    """A cut-out of our own, so that the test needs no package of stamps."""
    folder = tmp_path_factory.mktemp("stamps")
    pixels = np.zeros((64, 64, 4), np.uint8)
    rows, columns = np.mgrid[:64, :64]
    inside = (rows - 32) ** 2 + (columns - 32) ** 2 < 900
    pixels[inside] = (250, 60, 220, 255)
    Image.fromarray(pixels).save(folder / "disc.png")
    digest = hashlib.sha256((folder / "disc.png").read_bytes()).hexdigest()
    return folder, objects.Thing(objects.TEST, "novel", "cutout", "disc.png", digest)


def mesh(group: str, name: str) -> objects.Thing:
    return objects.Thing(objects.TEST, group, "mesh", name, "-")


def render(folder: Path, stamps: Path, town, things, seed: int) -> list[dict]:
    wanted = [Shot(town, 0, number, 0.1 + 0.3 * number, things) for number in range(2)]
    return render_stretches(Task(wanted, 2, seed, (192, 108), 1, ART, stamps, folder))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory, stamps):
    folder, disc = stamps
    things = (mesh("near", "painted_box"), disc, mesh("camouflaged", "hidden_lump"), mesh("novel", "sofa"))
    roots = [tmp_path_factory.mktemp(name) for name in ("first", "second", "other")]
    records = [render(root, folder, TOWN, things, seed) for root, seed in zip(roots, (5, 5, 6))]
    return roots, records


def test_pictures_lie_where_street_hazards_has_them(rendered):
    root = rendered[0][0]
    for what in ("images", "annotations", "depth", "objects"):
        assert (root / "test" / what / "test" / "t5" / "0001.png").is_file(), what


def test_labels_depth_and_objects_agree(rendered):
    root, records = rendered[0][0], rendered[1][0]
    seen = 0
    for record in records:
        label, depth, thing = (
            np.array(Image.open(root / "test" / what / "test" / f"{record['image']}.png"))
            for what in ("annotations", "depth", "objects")
        )
        assert label.dtype == np.uint8 and set(np.unique(label).tolist()) <= {0, *classes.NAMES} - {5}
        assert depth.dtype == np.uint16 and ((depth == 0) == (label == classes.SKY)).mean() > 0.999
        assert ((thing > 0) == (label == classes.ANOMALY)).all()
        for one in record["anomalies"]:
            there = thing == one["object"]
            assert there.sum() == one["pixels"]
            if one["pixels"] > 20:
                seen += 1
                # The camera's axis leans a few degrees against the road, and things have an extent.
                assert abs(np.median(depth[there]) / 100 - one["ahead_m"]) < 2.5
    assert seen >= 4


def test_a_seed_gives_the_same_pictures(rendered):
    first, second, other = (sorted(root.rglob("*.png")) for root in rendered[0])
    assert len(first) == 8
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert [path.read_bytes() for path in first] != [path.read_bytes() for path in other]
    assert rendered[1][0] == rendered[1][1]


def test_a_town_to_train_on_has_no_anomaly(tmp_path, stamps):
    records = render(tmp_path, stamps[0], SCHOOL, (), 5)
    label = np.array(Image.open(tmp_path / "train/annotations/training/t1/0000.png"))
    assert not (label == classes.ANOMALY).any()
    assert {1, 2, 7, 8, 9, 10, 11} <= set(np.unique(label).tolist())
    assert not (tmp_path / "train" / "objects").exists()
    assert folders.summarise(records)["training"]["frames"] == 2


def test_a_varied_town_has_another_road_in_each_stretch(tmp_path, stamps):
    town = next(town for town in SET_TOWNS if town.name == "t15")
    wanted = [Shot(town, stretch, stretch, 0.3) for stretch in range(2)]
    render_stretches(Task(wanted, 2, 5, (192, 108), 1, ART, stamps[0], tmp_path))
    means = []
    for number in range(2):
        label, image = (
            np.array(Image.open(tmp_path / f"train/{what}/training/t15/000{number}.png"))
            for what in ("annotations", "images")
        )
        assert {2, 7, 8, 9, 10, 11} <= set(np.unique(label).tolist()) <= {0, *classes.KNOWN}
        assert 0.2 < (label == 8).mean() < 0.7
        means.append(image[label == 8].mean(0))
    assert np.abs(means[0] - means[1]).max() > 5


@pytest.mark.parametrize("kind", ["asphalt", "patched", "cracked", "slabs", "stones", "gravel"])
def test_drawn_roads_have_their_tone_repeat_and_differ(kind):
    surface = roads.Drawn((kind,), (100, 100), (0, 0))
    first, same, other = (roads.draw(surface, np.random.default_rng(seed)).pixels[..., :3] for seed in (1, 1, 2))
    assert (first == same).all() and (first != other).any()
    assert 55 < first.mean() < 130 and 2 < first.std() < 45
    # Over the seam a picture changes no more than elsewhere (the largest step of stones or slabs aside).
    steps = np.abs(np.diff(np.roll(first.astype(float), 7, 0), axis=0)).mean((1, 2))
    seam, inside = steps[6], steps.mean()
    assert seam < 4 * inside + 4


def test_every_label_of_a_drive_has_one_of_the_set():
    drive = np.array([*range(drive_classes.ROAD_LINE + 1), drive_classes.VOID], np.uint8)
    made = classes.from_drive(drive)
    assert made[drive_classes.ANOMALY] == classes.ANOMALY and made[drive_classes.ROAD_LINE] == 7
    assert made[-1] == classes.VOID and (made[:-1] > 0).all()
    assert set(classes.KNOWN) == set(classes.NAMES) - {4, classes.ANOMALY}


def test_the_set_is_whole_and_never_over_strangers(tmp_path, rendered):
    (tmp_path / "dear.txt").write_text("mine")
    with pytest.raises(RenderError, match="no set of this tool"):
        folders.prepare(tmp_path)
    aside = folders.prepare(tmp_path / "set")
    (aside / "test").mkdir()
    folders.finish(aside, tmp_path / "set", {"seed": 5}, rendered[1][0])
    lines = (tmp_path / "set" / "test" / "anomalies.jsonl").read_text().splitlines()
    assert len(lines) == 2 and len(json.loads(lines[0])["anomalies"]) == 4
    assert json.loads((tmp_path / "set" / "set.json").read_text())["splits"]["test"]["frames"] == 2
    assert {path.name for path in tmp_path.iterdir()} == {"dear.txt", "set"}


def test_stretches_are_straight_and_away_from_the_rest():
    at = np.arange(0.0, 2000.0, 5.0)
    # Straight, then a half circle, then straight again 30 m beside the beginning's second half.
    first = np.stack([at[at < 1000], 0 * at[at < 1000], 0 * at[at < 1000]], 1)
    turn = np.linspace(-np.pi / 2, np.pi / 2, 40)
    bend = np.stack([1000 + 15 * np.cos(turn), 0 * turn, 15 + 15 * np.sin(turn)], 1)
    back = np.stack([np.arange(1000.0, 600.0, -5), np.zeros(80), np.full(80, 30.0)], 1)
    line = RoadLine(np.concatenate([first, bend, back]), np.full(len(first) + 120, 5.0))
    chosen = stretches(line, 250.0, 2)
    assert len(chosen) == 2 and all(start + 250 <= 600 for start in chosen)
    with pytest.raises(RenderError, match="ask for fewer"):
        stretches(line, 250.0, 9)
    with pytest.raises(RenderError, match="shorter than"):
        stretches(line, 5000.0, 1)
