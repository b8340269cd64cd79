"""The plan of the rendered set: what each frame shows, before anything is drawn."""

from collections import Counter
from dataclasses import replace

import pytest

from tools.render.errors import RenderError
from tools.render.hazard_set import objects
from tools.render.hazard_set.plan import COUNTS, DECK, Sizes, shots
from tools.render.hazard_set.towns import SET_TOWNS

SIZES = Sizes(training=66, validation=10, test=80, per_stretch=20, varied=45, short_stretch=2)


@pytest.fixture(scope="module")
def things():
    return objects.read()


@pytest.fixture(scope="module")
def plan(things):
    return shots(3, SIZES, things)


def test_splits_have_their_frames_and_share_no_track(plan):
    assert Counter(shot.town.split for shot in plan) == {"training": 66 + 45, "validation": 10, "test": 160}
    assert {shot.town.name for shot in plan if shot.town.split == "test"} == {"t5", "t6"}
    tracks = [town.track for town in SET_TOWNS]
    assert len(set(tracks)) == len(tracks)
    surfaces = [town.surface for town in SET_TOWNS]
    assert len(set(surfaces)) == len(surfaces)
    assert len({(shot.town.name, shot.number) for shot in plan}) == len(plan)
    assert all(0 <= shot.share <= 1 for shot in plan)


def test_varied_towns_are_for_training_and_change_nothing_of_the_others(plan, things):
    varied = [town for town in SET_TOWNS if town.varied]
    assert len(varied) == 9 and {town.split for town in varied} == {"training"}
    # Random keys are places in the list.
    assert SET_TOWNS[-9:] == tuple(varied)
    assert Counter(shot.stretch for shot in plan if shot.town is varied[0]) == {0: 2, 1: 2, 2: 1}
    plain = [shot for shot in plan if not shot.town.varied]
    more = shots(3, replace(SIZES, varied=90, short_stretch=3), things)
    assert [shot for shot in more if not shot.town.varied] == plain


def test_only_test_towns_show_anomalies_and_only_those_of_the_test(plan):
    assert not any(shot.things for shot in plan if shot.town.split != "test")
    shown = {thing for shot in plan for thing in shot.things}
    assert {thing.role for thing in shown} == {objects.TEST}


@pytest.mark.parametrize("town", ["t5", "t6"])
def test_shares_are_those_that_are_stated(plan, town):
    ours = [shot for shot in plan if shot.town.name == town]
    dealt = Counter((thing.group, thing.made_of) for shot in ours for thing in shot.things)
    wanted, total = Counter(DECK), dealt.total()
    for key, count in wanted.items():
        # A deck that is not used up may miss each card once.
        assert abs(dealt[key] - count * total / len(DECK)) <= count, key
    assert sum(count for (_, made_of), count in dealt.items() if made_of == "mesh") * 2 >= total
    numbers = Counter(len(shot.things) for shot in ours)
    for many, share in COUNTS:
        assert abs(numbers[many] / len(ours) - share) < 0.05, many


def test_a_seed_gives_one_plan(things, plan):
    assert shots(3, SIZES, things) == plan
    assert shots(4, SIZES, things) != plan
    # More frames to validate on do not change the towns that one trains and tests on.
    more = [shot for shot in shots(3, replace(SIZES, validation=20), things) if shot.town.split != "validation"]
    assert more == [shot for shot in plan if shot.town.split != "validation"]


def test_the_committed_list_has_both_roles_and_all_groups(things):
    assert Counter(thing.role for thing in things)[objects.TRAIN] > 100
    kinds = Counter((thing.group, thing.made_of) for thing in things if thing.role == objects.TEST)
    assert set(kinds) == set(DECK)


def test_an_overlap_is_refused(things):
    train = next(thing for thing in things if thing.role == objects.TRAIN)
    with pytest.raises(RenderError, match="keep it on one side"):
        objects.check([*things, replace(train, role=objects.TEST, group="near")])
    with pytest.raises(RenderError, match="keep it on one side"):
        objects.check([*things, replace(train, role=objects.TEST, group="near", name="other/name.png")])
    with pytest.raises(RenderError, match="counts as novel"):
        stranger = replace(train, role=objects.TEST, group="novel", sha256="0", name=f"{train.kind}/another.png")
        objects.check([*things, stranger])
    with pytest.raises(RenderError, match="group 'strange'"):
        objects.check([replace(train, role=objects.TEST, group="strange", name="a/b.png", sha256="1")])


def test_a_stamp_must_be_the_listed_one(tmp_path, things):
    thing = next(thing for thing in things if thing.made_of == "cutout")
    with pytest.raises(RenderError, match="apt-get install tuxpaint-stamps-default"):
        objects.stamp(tmp_path, thing)
    (tmp_path / thing.name).parent.mkdir(parents=True)
    (tmp_path / thing.name).write_bytes(b"another picture")
    with pytest.raises(RenderError, match="is not the picture"):
        objects.stamp(tmp_path, thing)
