"""Command line: python -m tools.render OUT"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from .errors import RenderError
from .frames import Sensor, finish
from .renderer import Renderer
from .town import TOWNS, Drive
from .track import ART
from .writer import DriveWriter


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.render",
        description="Renders a labelled street drive from the art of Debian's torcs-data.",
        epilog="example: python -m tools.render Pipelines/sample-drive --seed 1",
    )
    parser.add_argument("out", type=Path, help="folder of the drive; replaced when the new one is whole")
    parser.add_argument("--town", choices=sorted(TOWNS), default="harbour-street")
    parser.add_argument("--seed", type=int, default=1, help="houses, cars, things on the road, sensor noise")
    parser.add_argument("--frames", type=int, default=80)
    parser.add_argument("--rate", type=float, default=10.0, metavar="HZ")
    parser.add_argument("--speed", type=float, default=10.5, metavar="M_PER_S")
    parser.add_argument("--size", default="1024x512", metavar="WxH")
    parser.add_argument("--supersampling", type=int, default=2, metavar="N", help="N x N samples a pixel")
    parser.add_argument("--quality", type=int, default=84, help="of the JPEGs")
    parser.add_argument("--depth", action="store_true", help="write depth maps too")
    parser.add_argument(
        "--art", type=Path, default=ART, metavar="DIR", help="where torcs-data is (default %(default)s)"
    )
    return parser.parse_args()


def size_of(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()) or not (16 <= int(width) <= 8192 and 16 <= int(height) <= 8192):
        raise RenderError(f"--size {text}: expected WxH with sides of 16 to 8192")
    return int(width), int(height)


def check(options: argparse.Namespace) -> None:
    for name, low, high in (
        ("frames", 1, 100000), ("rate", 0.1, 1000), ("speed", 0, 60), ("supersampling", 1, 8), ("quality", 1, 100),
        ("seed", 0, 2**63 - 1),
    ):  # fmt: skip
        if not low <= getattr(options, name) <= high:
            raise RenderError(f"--{name} {getattr(options, name)}: must be {low} to {high}")


def run(options: argparse.Namespace) -> None:
    check(options)
    width, height = size_of(options.size)
    factor = options.supersampling
    drive = Drive(TOWNS[options.town], options.seed, options.frames, options.rate, options.speed, options.art)
    renderer = Renderer(width * factor, height * factor)
    writer = DriveWriter(options.out, options.rate, options.quality, options.depth)
    for number in range(options.frames):
        drawn = renderer.render(drive.scene(number), drive.camera(number))
        writer.write(finish(drawn, factor, Sensor(), [options.seed, 100, number]))
        if sys.stderr.isatty():
            print(f"\rframe {number + 1} of {options.frames}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    writer.finish(
        {
            "town": options.town, "track": TOWNS[options.town].track, "seed": options.seed, "size": [width, height],
            "rate_hz": options.rate, "speed_m_per_s": options.speed, "supersampling": factor,
            "jpeg_quality": options.quality, "anomalies": [asdict(placed) for placed in drive.placed],
        }
    )  # fmt: skip


def main() -> int:
    try:
        run(arguments())
    except RenderError as error:
        print(f"render: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"render: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
