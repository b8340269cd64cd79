"""Draws a run's curves: losses from the printed steps, closed IoU and APs from the validations.

    python -m tools.train.plot RUN.log [MORE.log ...] --out curves.png

RUN.log is what `python -m tools.train` printed (`... | tee RUN.log`).
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

_STEP = re.compile(r"^step (\d+)/\d+ +loss (\S+) +seg (\S+) +lse\(neg\) (\S+) +head (\S+)")
_VALIDATED = re.compile(r"^validation +(.*)$")
_COLOURS = ((31, 119, 180), (214, 39, 40), (44, 160, 44), (148, 103, 189), (255, 127, 14), (23, 190, 207))
_PANEL = (460, 260)
_MARGIN = (48, 28)
_SMOOTHING = 20

Series = list[tuple[float, float]]


@dataclass
class Run:
    """Series by name: training terms (mean of the last 20 steps) and validated numbers."""

    name: str
    series: dict[str, Series] = field(default_factory=dict)

    def add(self, name: str, step: float, value: float) -> None:
        """Appends one point."""
        self.series.setdefault(name, []).append((step, value))


def read_log(path: Path) -> Run:
    """Parses a printed log; a resumed run's repeated steps count once, with their last value."""
    run, step, raw = Run(path.stem), 0, {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := _STEP.match(line):
            step = int(match[1])
            raw[step] = [float(value) for value in match.groups()[1:]]
        elif match := _VALIDATED.match(line):
            words = match[1].split()
            for name, value in zip(words[::2], words[1::2]):
                run.add(name, step, float(value))
    if not raw:
        raise ValueError(f"{path}: holds no line of a training step; give what tools.train printed")
    steps = sorted(raw)
    for column, name in enumerate(("loss", "seg", "lse(neg)", "head")):
        for index in range(len(steps)):
            window = [raw[s][column] for s in steps[max(0, index + 1 - _SMOOTHING) : index + 1]]
            run.add(name, steps[index], sum(window) / len(window))
    return run


def panel(title: str, curves: list[tuple[str, Series]]) -> Image.Image:
    """One picture with axes from the data's extents, a curve per entry and a legend."""
    picture = Image.new("RGB", _PANEL, "white")
    draw = ImageDraw.Draw(picture)
    points = [point for _, series in curves for point in series]
    draw.text((_MARGIN[0], 6), title, fill="black")
    if not points:
        return picture
    x1 = max(1.0, max(x for x, _ in points))
    y0, y1 = min(y for _, y in points), max(y for _, y in points)
    y1 = y1 if y1 > y0 else y0 + 1
    width, height = _PANEL[0] - _MARGIN[0] - 10, _PANEL[1] - 2 * _MARGIN[1]

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return _MARGIN[0] + point[0] / x1 * width, _MARGIN[1] + (y1 - point[1]) / (y1 - y0) * height

    draw.rectangle((*at((0, y1)), *at((x1, y0))), outline=(180, 180, 180))
    for value in (y0, (y0 + y1) / 2, y1):
        draw.text((4, at((0, value))[1] - 6), f"{value:.3g}", fill="black")
    draw.text((at((x1, y0))[0] - 40, at((x1, y0))[1] + 6), f"step {x1:.0f}", fill="black")
    for index, (name, series) in enumerate(curves):
        colour = _COLOURS[index % len(_COLOURS)]
        draw.line([at(point) for point in series], fill=colour, width=2)
        draw.text((_MARGIN[0] + 6, _MARGIN[1] + 4 + 12 * index), name, fill=colour)
    return picture


def draw_curves(runs: list[Run]) -> Image.Image:
    """Six panels: three of training, three of validation."""
    panels = [
        (title, [(f"{run.name} {name}".strip(), run.series.get(name, [])) for run in runs for name in names])
        for title, names in (
            ("segmentation loss (20 steps)", ["seg"]),
            ("log-sum-exp on negatives (20 steps)", ["lse(neg)"]),
            ("loss of the head (20 steps)", ["head"]),
            ("validation: closed IoU", ["closed_iou"]),
            ("validation: AP on CamVid", ["camvid_densehybrid", "camvid_generative", "camvid_discriminative"]),
            ("validation: AP on IDD", ["idd_densehybrid", "idd_generative", "idd_discriminative"]),
        )
    ]
    sheet = Image.new("RGB", (3 * _PANEL[0], 2 * _PANEL[1]), "white")
    for index, (title, curves) in enumerate(panels):
        sheet.paste(panel(title, curves), (index % 3 * _PANEL[0], index // 3 * _PANEL[1]))
    return sheet


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Draw a training run's curves.")
    parser.add_argument("logs", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    try:
        draw_curves([read_log(path) for path in options.logs]).save(options.out)
    except (OSError, ValueError) as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
