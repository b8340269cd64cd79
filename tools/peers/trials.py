"""Finds the best way to run each engine: all export forms and precisions take turns against each other for a few frames,
since a machine's speed may change between one trial and the next; then the best with and without pinned threads.

Results are kept in .peers/trials.json for the next row; --retry measures again.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from .artefacts import attempt
from .candidates import Candidate
from .networks import CACHE, NETWORKS, Size
from .racer import Racer, RaceError, Silence, race, started
from .statistics import median

FRAMES = 4
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
            candidate.label,
            [sys.executable, "-m", "tools.peers.worker", candidate.to_json(),
             str(self.picture(Size.parse(candidate.size)))],
            {**os.environ, **self.environment})

    def best(self, candidates: Sequence[Candidate]) -> tuple[Candidate, list[str]] | None:
        """The fastest, with threads pinned or not; and a line about each that was tried."""
        network = NETWORKS[candidates[0].network]
        usable = [each for each in candidates if attempt(each.label, partial(each.artefact, network)) is not None]
        times = self._times(usable)
        if not times:
            return None
        lines = _lines("tried", times)
        winner = min(times, key=times.__getitem__)
        if winner.engine == "openvino":
            # Turns of their own: not to be compared with the times above.
            final = self._times([winner, replace(winner, pinning=True)])
            lines += _lines("then", final)
            winner = min(final, key=final.__getitem__)
        return winner, lines

    def _times(self, candidates: Sequence[Candidate]) -> dict[Candidate, float]:
        """Median milliseconds in turns, of those that start."""
        key = json.dumps([candidate.to_json() for candidate in candidates]) + json.dumps(self.environment)
        if key not in self.known or (self.retry and key not in self.measured):
            self.known[key] = self._measure(candidates)
            self.measured.add(key)
            STORE.write_text(json.dumps(self.known, indent=1))
        return {Candidate.from_json(text): time for text, time in self.known[key].items()}

    def _measure(self, candidates: Sequence[Candidate]) -> dict[str, float]:
        with ExitStack() as stack:
            racers: dict[str, Racer] = {}
            for candidate in candidates:
                racer = self.racer(candidate)
                try:
                    stack.enter_context(started([racer]))
                    racers[candidate.to_json()] = racer
                except RaceError as error:
                    print(f"peers: {candidate.label} is left out: {error}", file=sys.stderr)
            race(list(racers.values()), FRAMES, self.silence, warm_up=1)
            return {key: median(racer.samples) for key, racer in racers.items()}


def _lines(word: str, times: dict[Candidate, float]) -> list[str]:
    ordered = sorted(times.items(), key=lambda entry: entry[1])
    return [f"  {word} {candidate.label}: {time:.1f} ms" for candidate, time in ordered]
