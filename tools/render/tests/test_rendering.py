"""Drawing through EGL: depth, occlusion, labels, and that a seed gives the same drive twice.

Where EGL or torcs-data is missing these fail with the remedy; see tools/render/README.md.
"""

import numpy as np
import pytest

from tools.render import classes, hazards, primitives
from tools.render.camera import Camera
from tools.render.frames import Sensor, finish
from tools.render.renderer import Renderer
from tools.render.scene import Item, Light, Material, Scene
from tools.render.town import TOWNS, Drive

AHEAD = Camera(np.array([0.0, 1.4, 0.0]), np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))


@pytest.fixture(scope="module")
def renderer():
    return Renderer(256, 128)


def floor() -> Item:
    return Item(primitives.box(80, 0.1, 80, (0, -0.1, 0)), Material(), classes.ROAD)


def draw(renderer, items, seed=0):
    return finish(renderer.render(Scene([floor(), *items], Light()), AHEAD), 1, Sensor(), [seed])


def test_depth_is_in_metres_and_the_sky_has_none(renderer):
    wall = Item(primitives.box(0.5, 3.0, 6.0, (12.25, 0, 0)), Material(), classes.WALL)
    frame = draw(renderer, [wall])
    assert frame.labels[64, 128] == classes.WALL
    assert abs(frame.depth[64, 128] - 12.0) < 0.02
    assert frame.labels[2, 5] == classes.SKY and frame.depth[2, 5] == 0
    # Flat ground under a level camera: distance is height over the tangent of the angle.
    tangent = (120.5 - 64) / 64 * AHEAD.tangents(256, 128)[1]
    assert abs(frame.depth[120, 20] - 1.4 / tangent) < 0.05


@pytest.mark.parametrize("kind", sorted(hazards.builders()))
def test_every_kind_of_anomaly_shows_and_is_hidden_by_what_stands_before_it(renderer, kind):
    thing = hazards.hazard(kind, (8.0, 0.0, 0.0), 0.7, 0.0, 9, np.random.default_rng(3))
    before = Item(primitives.box(0.2, 3.0, 6.0, (4, 0, 0)), Material(), classes.WALL)
    shown, hidden = draw(renderer, thing), draw(renderer, [before, *thing])
    there = shown.labels == classes.ANOMALY
    assert there.sum() > 30
    assert (shown.objects[there] == 9).all()
    assert 5.5 < shown.depth[there].min() < 8.5
    assert not (hidden.labels == classes.ANOMALY).any()
    bare = draw(renderer, [])
    differs = np.abs(shown.colour.astype(int) - bare.colour).sum(axis=2) > 40
    assert differs[there].mean() > 0.5


def test_things_stand_on_the_ground():
    for kind, build in hazards.builders().items():
        lowest = min(mesh.positions[:, 1].min() for mesh, _ in build(np.random.default_rng(3)))
        assert -0.35 < lowest < 0.05, kind


def test_a_thing_throws_a_shadow(renderer):
    thing = hazards.hazard("crate", (8.0, 0.0, 0.0), 0.0, 0.0, 9, np.random.default_rng(3))
    lit, shaded = draw(renderer, []), draw(renderer, thing)
    ground = shaded.labels == classes.ROAD
    darker = (lit.colour.astype(int) - shaded.colour).mean(axis=2) > 25
    assert (darker & ground).sum() > 20


@pytest.fixture(scope="module")
def drives():
    town = TOWNS["harbour-street"]
    return [Drive(town, seed, 20, 10.0, 10.5) for seed in (4, 4, 5)]


def test_the_same_seed_gives_the_same_frame(drives):
    frames = []
    for drive, seed in zip(drives, (4, 4, 5)):
        drawn = Renderer(256, 128).render(drive.scene(3), drive.camera(3))
        frames.append(finish(drawn, 2, Sensor(), [seed, 100, 3]))
    first, same, other = frames
    assert (first.colour == same.colour).all() and (first.labels == same.labels).all()
    assert (first.depth == same.depth).all()
    assert (first.labels != other.labels).mean() > 0.02
    assert {classes.ROAD, classes.BUILDING, classes.VEGETATION, classes.SKY, classes.CAR} <= set(
        np.unique(first.labels)
    )


def test_the_camera_drives_forward_at_street_speed(drives):
    places = np.array([drives[0].camera(frame).position for frame in range(20)])
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1) * 10
    assert 8 < steps.min() and steps.max() < 14
    height = places[:, 1] - [drives[0].line.point(drives[0].travelled(frame))[1] for frame in range(20)]
    np.testing.assert_allclose(height, 1.4, atol=1e-6)
