"""The densehybrid program as a fleet uses it: list segments, work on one part, merge. Knows nothing of Ray."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

# Exit codes of the program that mean "done": clean, done with data loss, a --fail-on gate tripped.
DONE = (0, 3, 4)
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class WorkerKilled(Exception):
    """A signal ended the program: the same work may well succeed elsewhere."""


class Refused(Exception):
    """The program does not take its options; no part of the work can succeed."""


@dataclass(frozen=True)
class Job:
    """What is to be done: the same for every worker."""

    program: str
    drives: tuple[str, ...]
    out: str
    threads: int
    options: tuple[str, ...] = ()
    cwd: str | None = None  # where paths among the options begin; workers may have another folder

    def command(self, *more: str) -> list[str]:
        """The program's command line."""
        return [
            self.program, "replay", *self.drives, "--out", self.out, "--resume", "--threads", str(self.threads),
            *self.options, *more,
        ]


@dataclass(frozen=True)
class Part:
    """What became of one part of the work."""

    index: int
    code: int
    seconds: float
    lines: list[str] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return self.code in DONE


def segments(job: Job) -> list[tuple[str, str]]:
    """Every segment's name and state ("done" or "open"), in the order that numbers parts."""
    listed = subprocess.run(job.command("--list"), cwd=job.cwd, capture_output=True, text=True)
    if listed.returncode != 0:
        raise Refused(last_line(listed.stderr))
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    return [(row[1], row[0]) for row in rows]


def work(job: Job, index: int, count: int) -> Part:
    """Works on part `index` of `count` to its end. Raises WorkerKilled where a signal ended it."""
    began = time.monotonic()
    process = subprocess.Popen(
        job.command("--shard", f"{index}/{count}"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        cwd=job.cwd, preexec_fn=die_with_parent)
    _, errors = process.communicate()
    if process.returncode < 0:
        raise WorkerKilled(f"part {index}/{count}: ended by {signal.Signals(-process.returncode).name}")
    if process.returncode == 2:
        raise Refused(last_line(errors))
    return Part(index, process.returncode, time.monotonic() - began, errors.splitlines())


def die_with_parent() -> None:
    """Has the kernel kill the program when whoever started it is killed: it would hold on to its segment otherwise."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def merge(job: Job) -> tuple[int, str, str]:
    """Merges all manifests: exit code, table for people, and JSON. Raises RuntimeError where that cannot be done."""
    texts, code = [], 1
    for options in ([], ["--json"]):
        merged = subprocess.run(
            [job.program, "merge", *options, job.out], cwd=job.cwd, capture_output=True, text=True)
        code = merged.returncode
        if code not in DONE:
            raise RuntimeError(last_line(merged.stderr))
        texts.append(merged.stdout)
    return code, texts[0], texts[1]


def write_whole(path: Path, text: str) -> None:
    """Writes aside and renames, so that the file is whole or absent."""
    aside = path.with_name(f".{path.name}.partial")
    aside.write_text(text)
    aside.rename(path)


def last_line(text: str) -> str:
    """The last line of a program's messages, which says what is wrong."""
    lines = text.strip().splitlines()
    return lines[-1] if lines else "the program said nothing"
