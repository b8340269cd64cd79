"""This project's program, as a racer and as a reporter."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .candidates import MAP
from .networks import CACHE, Network, Size
from .pictures import calibration_folder
from .racer import Racer, RaceError

ENGINE = "densehybrid"


def last_line(text: str) -> str:
    """What a program said before it ended."""
    lines = [line for line in text.strip().splitlines() if line.startswith("Error:") or line.startswith("error:")]
    return (lines or text.strip().splitlines() or ["it ended without a message"])[-1]


@dataclass(frozen=True)
class Program:
    """The built program and how it is asked to run."""

    path: Path
    threads: int

    def options(self, network: Network, size: Size, precision: str, isa: str | None = None) -> list[str]:
        """Options of all verbs that compute."""
        folder = network.folder if precision == "fp32" else self.calibrated(network, size)
        chosen = ["--model", str(folder), "--size", str(size), "--threads", str(self.threads), "--precision", precision]
        # Both sides decide by the same threshold.
        chosen += ["--threshold", str(network.decision_threshold)]
        return chosen + (["--isa", isa] if isa else [])

    def calibrated(self, network: Network, size: Size) -> Path:
        """A copy of the model's folder whose int8 ranges come from the frames that the peers are calibrated with."""
        folder = CACHE / "models" / f"{network.label}-int8"
        ranges = folder / "int8-ranges.yaml"
        if ranges.exists() and ranges.stat().st_mtime > self.path.stat().st_mtime:
            return folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in (network.card["model"], "model.yaml", "thresholds.yaml"):
            if (network.folder / name).exists():
                shutil.copyfile(network.folder / name, folder / name)
        done = subprocess.run(
            [str(self.path), "calibrate", "ranges", str(calibration_folder(network, size)), "--model", str(folder),
             "--size", str(size), "--agreement", str(network.agreement), "--quiet"], capture_output=True, text=True)
        if done.returncode != 0:
            ranges.unlink(missing_ok=True)
            raise RaceError(f"no int8 ranges: {last_line(done.stderr)}")
        return folder

    def racer(self, network: Network, size: Size, job: str, precision: str, picture: Path, isa: str | None) -> Racer:
        """`bench --interactive`."""
        case = ["pipeline", "--input", str(picture)] if job == MAP else ["model"]
        options = self.options(network, size, precision, isa)
        return Racer(f"{ENGINE} {precision}", [str(self.path), "bench", *case, "--interactive", *options])

    def report(self, arguments: Sequence[str]) -> dict:
        """The JSON that a `bench` prints."""
        done = subprocess.run([str(self.path), "bench", *arguments, "--json"], capture_output=True, text=True)
        if done.returncode != 0:
            raise RaceError(last_line(done.stderr))
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
            raise RaceError(last_line(done.stderr))
        return target.read_bytes()

    def bare_memory(self) -> float:
        """Peak resident size, in 10^6 bytes, of the program when it loads nothing."""
        child = subprocess.Popen([str(self.path), "--version"], stdout=subprocess.DEVNULL)
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        return usage.ru_maxrss * 1024 / 1e6
