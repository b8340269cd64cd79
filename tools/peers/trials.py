"""Finds the best way to run each engine: every export form, precision and pinning gets a few frames.

Results are kept in .peers/trials.json for the next row; --retry measures again.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .artefacts import attempt
from .candidates import Candidate
from .networks import CACHE, NETWORKS
from .racer import Racer, RaceError, Silence, started
from .statistics import median

FRAMES = 4
STORE = CACHE / "trials.json"


class Trials:
    """Times of candidates by label."""

    def __init__(self, picture: Path, environment: dict[str, str], silence: Silence, retry: bool):
        self.picture, self.silence, self.retry = picture, silence, retry
        self.environment = environment
        self.known: dict[str, dict] = json.loads(STORE.read_text()) if STORE.exists() else {}
        self.measured: set[str] = set()

    def racer(self, candidate: Candidate) -> Racer:
        """The candidate's process."""
        return Racer(
            candidate.label, [sys.executable, "-m", "tools.peers.worker", candidate.to_json(), str(self.picture)],
            {**os.environ, **self.environment})

    def time(self, candidate: Candidate) -> float | None:
        """Median milliseconds; None where the engine cannot run it."""
        key = candidate.to_json() + json.dumps(self.environment, sort_keys=True)
        if key not in self.known or (self.retry and key not in self.measured):
            self.known[key] = self._measure(candidate)
            self.measured.add(key)
            STORE.write_text(json.dumps(self.known, indent=1))
        return self.known[key]["median_ms"]

    def best(self, candidates: Sequence[Candidate]) -> tuple[Candidate, list[str]] | None:
        """The fastest, tried again with pinned threads; and a line about each that was tried."""
        timed = [(time, candidate) for candidate in candidates if (time := self.time(candidate)) is not None]
        if not timed:
            return None
        winner = min(timed, key=lambda entry: entry[0])
        if winner[1].engine == "openvino":
            pinned = replace(winner[1], pinning=True)
            timed.append((self.time(pinned), pinned))
            winner = min(timed, key=lambda entry: entry[0])
        lines = [f"  tried {candidate.label}: {time:.1f} ms" for time, candidate in sorted(timed, key=lambda e: e[0])]
        return winner[1], lines

    def _measure(self, candidate: Candidate) -> dict:
        network = NETWORKS[candidate.network]
        if attempt(candidate.label, lambda: candidate.artefact(network)) is None:
            return {"median_ms": None}
        racer = self.racer(candidate)
        try:
            with started([racer]):
                self.silence.acquire()
                racer.run(1, keep=False)
                racer.run(FRAMES)
        except RaceError as error:
            print(f"peers: {candidate.label} is left out: {error}", file=sys.stderr)
            return {"median_ms": None}
        finally:
            self.silence.release()
        print(f"peers: {candidate.label}: {median(racer.samples):.1f} ms", file=sys.stderr, flush=True)
        return {"median_ms": median(racer.samples), "samples_ms": racer.samples}
