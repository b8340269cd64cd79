"""Command line: python -m tools.render.hazard_set OUT --seed 1"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from ..errors import RenderError
from ..track import ART
from . import folders, objects
from .plan import Sizes, shots
from .towns import SET_TOWNS
from .work import Task, render_all

# Stretches of a town that one process draws: few enough for its memory, enough to spread the cost of reading the art.
TOGETHER = 4


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    sizes = Sizes()
    parser = argparse.ArgumentParser(
        prog="python -m tools.render.hazard_set",
        description="Renders a labelled set like StreetHazards from the art of Debian's torcs-data: towns to train on, "
        "one to validate on, two to test on with anomalies.",
        epilog="example: python -m tools.render.hazard_set hazards --seed 1",
    )
    parser.add_argument("out", type=Path, help="folder of the set; replaced when the new one is whole")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--training", type=int, default=sizes.training, help="frames of t1 to t4, t7, t8 together")
    parser.add_argument("--varied", type=int, default=sizes.varied, help="frames of the varied training towns together")
    parser.add_argument("--validation", type=int, default=sizes.validation, help="frames of the validation town")
    parser.add_argument("--test", type=int, default=sizes.test, help="frames of each of the two test towns")
    parser.add_argument("--per-stretch", type=int, default=sizes.per_stretch, help="frames of one stretch of street")
    parser.add_argument(
        "--short-stretch", type=int, default=sizes.short_stretch, help="the same in varied towns (training only)"
    )
    parser.add_argument("--size", default="640x360", metavar="WxH")
    parser.add_argument("--supersampling", type=int, default=2, metavar="N", help="N x N samples a pixel")
    parser.add_argument("--jobs", type=int, default=1, help="processes; each draws a few stretches of a town at a time")
    parser.add_argument("--art", type=Path, default=ART, metavar="DIR", help="where torcs-data is (%(default)s)")
    parser.add_argument(
        "--stamps", type=Path, default=objects.STAMPS, metavar="DIR",
        help=f"where the pictures of {objects.PACKAGE} are (%(default)s)",
    )  # fmt: skip
    parser.add_argument("--objects", type=Path, default=objects.LIST, help="list of objects and their roles")
    return parser.parse_args(given)


def size_of(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()) or not (16 <= int(width) <= 8192 and 16 <= int(height) <= 8192):
        raise RenderError(f"--size {text}: expected WxH with sides of 16 to 8192")
    return int(width), int(height)


def run(options: argparse.Namespace) -> None:
    varied = sum(town.varied for town in SET_TOWNS)
    least = {"training": sum(town.split == "training" for town in SET_TOWNS) - varied, "varied": varied, "seed": 0}
    for name in ("training", "varied", "validation", "test", "per_stretch", "short_stretch", "jobs", "seed"):
        low = least.get(name, 1)
        if getattr(options, name) < low:
            raise RenderError(f"--{name.replace('_', '-')} {getattr(options, name)}: must be at least {low}")
    size = size_of(options.size)
    things = objects.read(options.objects)
    for thing in things:
        if thing.role == objects.TEST and thing.made_of == "cutout":
            objects.stamp(options.stamps, thing)
    sizes = Sizes(
        options.training, options.validation, options.test, options.per_stretch, options.varied, options.short_stretch
    )
    plan = shots(options.seed, sizes, things)
    aside = folders.prepare(options.out)
    tasks = []
    for town, part in dict.fromkeys((shot.town, shot.stretch // TOGETHER) for shot in plan):
        ours = [shot for shot in plan if (shot.town, shot.stretch // TOGETHER) == (town, part)]
        count = math.ceil(sizes.of(town) / sizes.of_stretch(town))
        tasks.append(Task(ours, count, options.seed, size, options.supersampling, options.art, options.stamps, aside))
    records = render_all(tasks, options.jobs)
    order = {f"{shot.town.name}/{shot.number:04d}": index for index, shot in enumerate(plan)}
    records.sort(key=lambda record: order[record["image"]])
    settings = {
        "seed": options.seed, "size": list(size), "supersampling": options.supersampling,
        "frames_per_stretch": options.per_stretch, "frames_per_short_stretch": options.short_stretch,
        "towns": {shot.town.name: [shot.town.split, shot.town.track] for shot in plan},
    }  # fmt: skip
    folders.finish(aside, options.out, settings, records)


def main() -> int:
    try:
        run(arguments())
    except RenderError as error:
        print(f"hazard_set: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"hazard_set: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
