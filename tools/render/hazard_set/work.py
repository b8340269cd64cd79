"""Renders stretches, those of a town in one process, which reads its track and cars once."""

from __future__ import annotations

import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ..frames import finish
from ..renderer import Renderer
from . import folders
from .plan import Shot
from .stretch import Stretch


@dataclass(frozen=True)
class Task:
    """Frames of one town that has so many `stretches`, and how and where to draw them."""

    shots: list[Shot]
    stretches: int
    seed: int
    size: tuple[int, int]
    supersampling: int
    art: Path
    stamps: Path
    folder: Path


def render_stretches(task: Task) -> list[dict]:
    """Draws and writes all frames of a task; returns their records."""
    width, height = task.size
    factor = task.supersampling
    renderer = Renderer(width * factor, height * factor)
    street, at = None, -1
    records = []
    for shot in task.shots:
        if street is None or shot.stretch != at:
            street = Stretch(shot.town, shot.stretch, task.stretches, task.seed, task.art, task.stamps)
            at = shot.stretch
        scene, camera, placed = street.frame(shot)
        frame = finish(renderer.render(scene, camera), factor, street.sensor, [*street.key, 7, shot.number])
        records.append(folders.write(task.folder, shot, frame, placed))
    return records


def render_all(tasks: list[Task], jobs: int) -> list[dict]:
    """Records of all frames, in any order. A process ends with its task, and with it what the renderer kept."""
    os.environ.setdefault("LP_NUM_THREADS", "1")  # the rasteriser's; --jobs is what uses more cores
    records: list[dict] = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=1) as pool:
        running = [pool.submit(render_stretches, task) for task in tasks]
        try:
            for number, done in enumerate(as_completed(running), start=1):
                records += done.result()
                print(f"part {number} of {len(tasks)}, {len(records)} frames", file=sys.stderr, flush=True)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return records
