"""Finds the best way to run each engine: every export form and precision gets a few frames, and the best of them take
turns against each other, since a machine's speed may change between one trial and the next.

Results are kept in .peers/trials.json for the next row; --retry measures again.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from .artefacts import attempt
from .candidates import Candidate
from .networks import CACHE, NETWORKS, Size
from .racer import Racer, RaceError, Silence, race, started
from .statistics import median

FRAMES = 3
# Who takes part in the turns: at most so many, and nobody whose best frame was slower by this factor.
FINALISTS = 3
MARGIN = 1.5
FINAL_FRAMES = 5
STORE = CACHE / "trials.json"


class Trials:
    """Times of candidates by label."""

    def __init__(self, picture: Callable[[Size], Path], environment: dict[str, str], silence: Silence, retry: bool):
        self.picture, self.silence, self.retry = picture, silence, retry
        self.environment = environment
        self.known: dict[str, dict] = json.loads(STORE.read_text()) if STORE.exists() else {}
        self.measured: set[str] = set()

    def racer(self, candidate: Candidate) -> Racer:
        """The candidate's process."""
        return Racer(
            candidate.label, [sys.executable, "-m", "tools.peers.worker", candidate.to_json(), 
             str(self.picture(Size.parse(candidate.size)))],
            {**os.environ, **self.environment})

    def time(self, candidate: Candidate) -> float | None:
        """Least milliseconds of a few frames alone; None where the engine cannot run it."""
        return self._stored(self._key(candidate), lambda: self._measure(candidate))["min_ms"]

    def best(self, candidates: Sequence[Candidate]) -> tuple[Candidate, list[str]] | None:
        """The fastest, with threads pinned or not; and a line about each that was tried."""
        timed = [(time, candidate) for candidate in candidates if (time := self.time(candidate)) is not None]
        if not timed:
            return None
        timed.sort(key=lambda entry: entry[0])
        finalists = [candidate for time, candidate in timed[:FINALISTS] if time <= MARGIN * timed[0][0]]
        if finalists[0].engine == "openvino":
            finalists.append(replace(finalists[0], pinning=True))
        key = "turns " + " ".join(self._key(candidate) for candidate in finalists)
        final = self._stored(key, lambda: self._turns(finalists))["median_ms"]
        winner = min(range(len(finalists)), key=lambda index: final[index])
        lines = [f"  alone {candidate.label}: {time:.1f} ms at best" for time, candidate in timed]
        lines += [f"  in turns {candidate.label}: {time:.1f} ms" for candidate, time in zip(finalists, final, strict=True)]
        return finalists[winner], lines

    def _key(self, candidate: Candidate) -> str:
        return candidate.to_json() + json.dumps(self.environment, sort_keys=True)

    def _stored(self, key: str, measure: Callable[[], dict]) -> dict:
        if key not in self.known or (self.retry and key not in self.measured):
            self.known[key] = measure()
            self.measured.add(key)
            STORE.write_text(json.dumps(self.known, indent=1))
        return self.known[key]

    def _turns(self, finalists: Sequence[Candidate]) -> dict:
        racers = [self.racer(candidate) for candidate in finalists]
        with started(racers):
            race(racers, FINAL_FRAMES, self.silence, warm_up=1)
        return {"median_ms": [median(racer.samples) for racer in racers]}

    def _measure(self, candidate: Candidate) -> dict:
        network = NETWORKS[candidate.network]
        if attempt(candidate.label, lambda: candidate.artefact(network)) is None:
            return {"min_ms": None}
        racer = self.racer(candidate)
        try:
            with started([racer]):
                self.silence.acquire()
                racer.run(1, keep=False)
                racer.run(FRAMES)
        except RaceError as error:
            print(f"peers: {candidate.label} is left out: {error}", file=sys.stderr)
            return {"min_ms": None}
        finally:
            self.silence.release()
        print(f"peers: {candidate.label}: {min(racer.samples):.1f} ms", file=sys.stderr, flush=True)
        return {"min_ms": min(racer.samples), "samples_ms": racer.samples}
