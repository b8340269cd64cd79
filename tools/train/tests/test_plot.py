"""Printed logs become series and a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.train.plot import draw_curves, panel, read_log

LOG = """validation  closed_iou 0.5000  camvid_densehybrid 0.1000
step 1/4  loss 2.0000  seg 1.0000  lse(neg) 7.000  head 0.9000  1.0 s
step 2/4  loss 1.0000  seg 0.5000  lse(neg) 5.000  head 0.7000  1.0 s
resumed last.pt at step 1
step 2/4  loss 4.0000  seg 0.5000  lse(neg) 5.000  head 0.7000  1.0 s
validation  closed_iou 0.6000  camvid_densehybrid 0.3000
"""


def test_a_resumed_step_counts_once(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text(LOG)
    run = read_log(tmp_path / "run.log")
    assert run.name == "run"
    assert run.series["loss"] == [(1, 2.0), (2, 3.0)] and run.series["lse(neg)"] == [(1, 7.0), (2, 6.0)]
    assert run.series["closed_iou"] == [(0, 0.5), (2, 0.6)]
    assert draw_curves([run, run]).size == (1380, 520)


def test_curves_are_drawn_where_their_values_lie() -> None:
    pixels = np.array(panel("t", [("a", [(0, 0.0), (10, 1.0)])]))
    blue = (pixels == (31, 119, 180)).all(axis=2)
    rows_left, rows_right = (np.nonzero(blue[:, column])[0] for column in (60, 440))
    assert rows_left.max() > 200 and rows_right.min() < 50


def test_a_log_without_steps_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text("nothing\n")
    with pytest.raises(ValueError, match="holds no line of a training step"):
        read_log(tmp_path / "run.log")
