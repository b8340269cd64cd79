"""Processes that measure on demand, and turns between them."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


class RaceError(Exception):
    """What went wrong, for people."""


@dataclass
class Racer:
    """One engine in a process of its own: warm and idle until its turn comes."""

    label: str
    command: Sequence[str]
    environment: dict[str, str] | None = None
    ready: dict = field(default_factory=dict)
    samples: list[float] = field(default_factory=list)
    peak_rss_mb: float = 0.0
    process: subprocess.Popen | None = None

    def start(self) -> None:
        """Starts the process and waits until it is ready."""
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment)
        self.ready = self._answer()

    def run(self, frames: int, keep: bool = True) -> list[float]:
        """Milliseconds of each of `frames` frames."""
        answer = self.ask(f"run {frames}")
        samples = answer["samples_ms"]
        if len(samples) != frames:
            raise RaceError(f"{self.label} answered {len(samples)} times instead of {frames}")
        self.peak_rss_mb = answer["peak_rss_mb"]
        if keep:
            self.samples += samples
        return samples

    def ask(self, line: str) -> dict:
        """Sends a line and waits for the answer."""
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise RaceError(f"{self.label} has ended (code {self.process.wait()}), see above") from None
        return self._answer()

    def stop(self) -> None:
        """Ends the process."""
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process = None

    def _answer(self) -> dict:
        # Libraries print what they like; answers are lines of JSON objects.
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)
        raise RaceError(f"{self.label} has ended (code {self.process.wait()}), see above")


@contextmanager
def started(racers: Sequence[Racer]) -> Iterator[Sequence[Racer]]:
    """All of them ready; ended afterwards."""
    try:
        for racer in racers:
            racer.start()
        yield racers
    finally:
        for racer in racers:
            racer.stop()


@dataclass
class Silence:
    """Keeps the machine to ourselves while we measure: `command` runs a command while nothing else runs.

    Held for at most `seconds` at a time, so that others get on in between. Without a command, nothing is done.
    """

    command: str | None = None
    seconds: float = 10.0
    _holder: subprocess.Popen | None = None
    _since: float = 0.0

    def acquire(self) -> None:
        """Call before each turn: takes the machine, or gives it back and takes it again when the time is over."""
        if self.command is None:
            return
        if self._holder is not None and time.monotonic() - self._since > self.seconds:
            self.release()
            time.sleep(1)
        if self._holder is None:
            self._holder = subprocess.Popen(
                [*shlex.split(self.command), "sh", "-c", "echo quiet; read line"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True)
            if self._holder.stdout.readline().strip() != "quiet":
                raise RaceError(f"--quiet-with: '{self.command}' does not run the command that it is given")
            self._since = time.monotonic()

    def release(self) -> None:
        """Gives the machine back."""
        if self._holder is not None:
            self._holder.stdin.close()
            self._holder.wait()
            self._holder = None


def race(racers: Sequence[Racer], frames: int, silence: Silence, warm_up: int = 2) -> None:
    """One frame each in turns, A B A B, until each has `frames`; the order of a round alternates."""
    try:
        silence.acquire()
        for racer in racers:
            racer.run(warm_up, keep=False)
        for number in range(frames):
            silence.acquire()
            for racer in racers if number % 2 == 0 else list(reversed(racers)):
                racer.run(1)
            if number % 5 == 4:
                print(f"peers: round {number + 1} of {frames}", file=sys.stderr, flush=True)
    finally:
        silence.release()
