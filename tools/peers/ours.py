"""This project's program, as a racer and as a reporter."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .candidates import MAP
from .networks import CACHE, Network, Size
from .racer import Racer, RaceError

ENGINE = "densehybrid"


@dataclass(frozen=True)
class Program:
    """The built program and how it is asked to run."""

    path: Path
    threads: int

    def options(self, network: Network, size: Size, precision: str, isa: str | None = None) -> list[str]:
        """Options of all verbs that compute."""
        chosen = [
            "--model", str(network.folder), "--size", str(size), "--threads", str(self.threads), "--precision", precision]
        if network.threshold is not None:
            chosen += ["--threshold", str(network.threshold)]
        return chosen + (["--isa", isa] if isa else [])

    def racer(self, network: Network, size: Size, job: str, precision: str, picture: Path, isa: str | None) -> Racer:
        """`bench --interactive`."""
        case = ["pipeline", "--input", str(picture)] if job == MAP else ["model"]
        options = self.options(network, size, precision, isa)
        return Racer(f"{ENGINE} {precision}", [str(self.path), "bench", *case, "--interactive", *options])

    def report(self, arguments: Sequence[str]) -> dict:
        """The JSON that a `bench` prints."""
        done = subprocess.run([str(self.path), "bench", *arguments, "--json"], capture_output=True, text=True)
        if done.returncode != 0:
            raise RaceError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "bench failed")
        return json.loads(done.stdout)

    def open_set_map(self, network: Network, size: Size, precision: str, picture: Path) -> bytes:
        """The map of one picture, by `run`."""
        target = CACHE / "maps" / f"{network.name}-{size}-{precision}.raw"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        done = subprocess.run(
            [str(self.path), "run", str(picture), "--openset", str(target), "--format", "raw", "--quiet",
             *self.options(network, size, precision)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RaceError(done.stderr.strip() or "run failed")
        return target.read_bytes()

    def bare_memory(self) -> float:
        """Peak resident size, in 10^6 bytes, of the program when it loads nothing."""
        child = subprocess.Popen([str(self.path), "--version"], stdout=subprocess.DEVNULL)
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        return usage.ru_maxrss * 1024 / 1e6
