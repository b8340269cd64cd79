"""Runs one race of the table: trials, then turns between our program and the best peer of each precision class."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from .candidates import EXACT, LITERAL, MAP, REDUCED, Candidate, candidates
from .networks import Network, Size
from .ours import ENGINE, Program
from .pictures import picture_file
from .racer import Racer, RaceError, Silence, race, started
from .report import Comparison, Report, Row
from .trials import Trials
from .works import MEDIUM, Race

OUR_PRECISION = {EXACT: "fp32", REDUCED: "int8"}


def our_racers(program: Program, network: Network, size: Size, job: str, picture: Path, isa: str | None,
               report: Report) -> dict[str, Racer]:
    """Precision class -> a racer that is known to start."""
    found = {}
    for kind, precision in OUR_PRECISION.items():
        try:
            with started([program.racer(network, size, job, precision, picture, isa)]):
                found[kind] = program.racer(network, size, job, precision, picture, isa)
        except RaceError as error:
            report.notes.append(f"{network.name} {size}: densehybrid {precision} was not measured: {error}")
    return found


def best_peers(
    network: Network, size: Size, job: str, threads: int, engines: tuple[str, ...], kinds: Sequence[str],
    trials: Trials, report: Report, work: str
) -> dict[str, Candidate]:
    """Precision class -> the fastest peer. Forms are tried at no more than half a megapixel: that takes a quarter of the
    time that the largest size would take, and the layers are the same."""
    found = {}
    trial_size = MEDIUM if size.width * size.height > MEDIUM.width * MEDIUM.height else size
    for kind in kinds:
        best = trials.best(candidates(network, trial_size, job, threads, (kind,), engines))
        if best is None:
            report.notes.append(f"{work} {size}: no peer runs in {kind}")
            continue
        report.notes += [f"{work} {size}, {kind} and what comes near, tried at {trial_size}:", *best[1]]
        found[kind] = replace(best[0], size=str(size))
    return found


def run_race(entry: Race, size: Size, program: Program, picture: Path, frames: int, silence: Silence, retry: bool,
             report: Report) -> None:
    """Adds the rows and ratios of one race at one size."""
    ours = our_racers(program, entry.network, size, entry.job, picture, entry.isa, report)
    trials = Trials(partial(picture_file, entry.network), entry.peer_environment, silence, retry)
    kinds = [kind for kind in (REDUCED, EXACT) if kind in ours]
    best = best_peers(entry.network, size, entry.job, program.threads, entry.engines, kinds, trials, report, entry.work)
    peers = {kind: trials.racer(candidate) for kind, candidate in best.items()}
    # The same engines with the job's formulas as they are usually written. No best form, so rows and notes, but no ratio.
    literal = {
        kind: trials.racer(replace(candidate, tail=LITERAL)) for kind, candidate in best.items()
        if entry.job == MAP and candidate.engine == "openvino"}
    racers = [racer for kind in kinds for racer in (ours[kind], peers.get(kind), literal.get(kind)) if racer is not None]
    with started(racers):
        race(racers, frames, silence)
        add_rows(entry.work, size, program.threads, kinds, ours, peers, entry.targets, report)
        add_literal_rows(entry.work, size, program.threads, ours, literal, report)
        if entry.job == MAP:
            note_agreement(entry, size, program, picture, kinds, [*peers.values(), *literal.values()], report)
    for racer in racers:
        if version := racer.ready.get("version"):
            decoder = racer.ready["decoder"]
            report.notes.append(f"{racer.label}: {version}{', decoder ' + decoder if decoder else ''}")


def add_rows(work: str, size: Size, threads: int, kinds: Sequence[str], ours: dict[str, Racer], peers: dict[str, Racer],
             targets: dict[str, float], report: Report) -> None:
    """Rows of everybody, and the ratio of each precision class."""
    for kind in kinds:
        for racer in (ours[kind], peers.get(kind)):
            if racer is not None:
                add_row(work, size, kind, ENGINE if racer is ours[kind] else racer.label, threads, racer, report)
        if kind in peers:
            target = f">= {targets[kind]}" if kind in targets else ""
            report.ratios.append(Comparison.of(
                work, str(size), OUR_PRECISION[kind], peers[kind].label, peers[kind].samples, ours[kind].samples, target))


def add_row(work: str, size: Size, kind: str, name: str, threads: int, racer: Racer, report: Report) -> None:
    """What one racer took."""
    report.rows.append(Row.of(work, str(size), OUR_PRECISION[kind], name, threads, racer.samples, racer.peak_rss_mb))
    report.raw[f"{work} {size} {racer.label}"] = racer.samples


def add_literal_rows(work: str, size: Size, threads: int, ours: dict[str, Racer], literal: dict[str, Racer],
                     report: Report) -> None:
    """Rows of the peers with literal tails, and a note of how they compare with ours."""
    for kind, racer in literal.items():
        add_row(work, size, kind, racer.label, threads, racer, report)
        ratio = Comparison.of(work, str(size), OUR_PRECISION[kind], racer.label, racer.samples, ours[kind].samples, "")
        report.notes.append(
            f"{work} {size} {OUR_PRECISION[kind]}: {racer.label} over densehybrid {ratio.ratio:.2f} "
            f"({ratio.low:.2f} to {ratio.high:.2f})")


def note_agreement(entry: Race, size: Size, program: Program, picture: Path, kinds: Sequence[str],
                   peers: Sequence[Racer], report: Report) -> None:
    """Did everybody do the same work? Shares of pixels on which maps agree with ours in fp32."""
    import numpy as np

    from .networks import CACHE

    def own(precision: str) -> np.ndarray:
        content = program.open_set_map(entry.network, size, precision, picture)
        return np.frombuffer(content[-size.width * size.height:], np.uint8)

    maps = {f"{ENGINE} {OUR_PRECISION[kind]}": own(OUR_PRECISION[kind]) for kind in kinds if kind != EXACT}
    for peer in peers:
        target = CACHE / "maps" / "peer.raw"
        target.parent.mkdir(parents=True, exist_ok=True)
        peer.ask(f"map {target}")
        maps[peer.label] = np.frombuffer(target.read_bytes(), np.uint8)
    exact = own(OUR_PRECISION[EXACT])
    shares = [f"{name} {100 * float((values == exact).mean()):.3f} %" for name, values in maps.items()]
    report.notes.append(f"{entry.work} {size}: pixels whose map is that of densehybrid fp32: {', '.join(shares)}")
    print(f"peers: {report.notes[-1]}", file=sys.stderr)
