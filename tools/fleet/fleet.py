"""Hands out the parts of a job, takes what comes back, tries again what was killed, and says what became of all.

Who runs the parts is a `Runner`: Ray in earnest (`on_ray.py`), anything else in tests.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from .program import Job, Part, Refused, WorkerKilled, merge, segments, write_whole


class Runner(Protocol):
    """Runs parts somewhere, as many at a time as there is room for."""

    def submit(self, job: Job, index: int, count: int) -> None:
        """Begins a part, now or when there is room."""

    def results(self) -> Iterator[tuple[int, Part | BaseException]]:
        """What becomes of submitted parts, as they end: those that are submitted meanwhile, too."""


def say(line: str) -> None:
    """Progress is for people: to standard error."""
    print(line, file=sys.stderr, flush=True)


def run(job: Job, runner: Runner, shards: int | None, retries: int) -> int:
    """Runs the whole job and returns the exit code: that of the merge, 1 where a part failed for good."""
    found = segments(job)
    still_open = [index for index, (_, state) in enumerate(found) if state != "done"]
    say(f"{len(found)} drives, {len(found) - len(still_open)} of them done")
    count = min(shards or len(found), len(found))
    parts = sorted({index % count for index in still_open})
    left = {index: retries for index in parts}
    for index in parts:
        runner.submit(job, index, count)
    ended, failed = 0, []
    for index, result in runner.results():
        name = found[index][0] if count == len(found) else f"part {index}/{count}"
        if isinstance(result, WorkerKilled):
            if left[index] > 0:
                left[index] -= 1
                say(f"again: {name}: {result}")
                runner.submit(job, index, count)
                continue
            result = RuntimeError(f"{result}, {retries} times more than once")
        ended += 1
        head = f"[{ended}/{len(parts)}] {name}"
        if isinstance(result, Refused):
            raise result
        if isinstance(result, BaseException):
            say(f"{head}: {result}")
            failed.append(name)
        elif result.is_done:
            say(f"{head}: {result.seconds:.1f} s" + (", input was lost" if result.code == 3 else ""))
        else:
            for line in result.lines:
                if line.startswith("error:"):
                    say(f"{head}: {line}")
            failed.append(name)
    code, table, report = merge(job)
    write_whole(Path(job.out) / "fleet.json", report)
    print(table, end="")
    if failed:
        say(f"not done: {', '.join(failed)}; run it again to go on")
        return 1
    return code
