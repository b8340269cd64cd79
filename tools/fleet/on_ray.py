"""Parts of a job as Ray tasks."""

from __future__ import annotations

import os
from collections.abc import Iterator

import ray

from .program import Job, Part, WorkerKilled, work


def start(address: str | None, tries: int = 3) -> None:
    """Joins the cluster at `address`, or starts one on this machine. Ray gives its own processes 30 s to start, which a
    loaded machine may exceed: hence several tries."""
    for left in reversed(range(tries)):
        try:
            ray.init(
                address=address, include_dashboard=False if address is None else None, log_to_driver=False,
                logging_level="error")
            return
        except Exception as error:  # Ray raises bare exceptions here
            ray.shutdown()
            if left == 0:
                raise RuntimeError(f"Ray did not start: {str(error).strip().splitlines()[0]}") from error


class RayRunner:
    """A task of `threads` processors for each part.

    Ray's own retries are off: which worker was killed is told and counted by whoever hands out the parts.
    """

    def __init__(self, threads: int, address: str | None) -> None:
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        start(address)
        self._task = ray.remote(num_cpus=threads, max_retries=0)(work)
        self._waiting: dict[ray.ObjectRef, int] = {}

    def submit(self, job: Job, index: int, count: int) -> None:
        self._waiting[self._task.remote(job, index, count)] = index

    def results(self) -> Iterator[tuple[int, Part | BaseException]]:
        while self._waiting:
            ready, _ = ray.wait(list(self._waiting), num_returns=1)
            index = self._waiting.pop(ready[0])
            try:
                yield index, ray.get(ready[0])
            except ray.exceptions.RayTaskError as error:
                yield index, error.cause
            except ray.exceptions.RayError as error:
                # The worker itself, or its machine, is gone.
                yield index, WorkerKilled(str(error).strip().splitlines()[0])
