"""Rows of the table that are no race: shares of our own frame, memory, and a disturbed core."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from .candidates import EXACT, NETWORK, REDUCED, candidates
from .networks import LDN121, Size
from .ours import ENGINE, Program
from .pictures import picture_file
from .racer import RaceError, Silence, race, started
from .races import OUR_PRECISION, best_peers, our_racers
from .report import Comparison, Report, Row
from .trials import Trials


def tail_share(program: Program, size: Size, picture: Path, frames: int, silence: Silence, report: Report) -> None:
    """What score, threshold and fusion cost above upsampling and argmax alone, as a share of the whole frame.

    The paper reports 2.8 of 60.9 ms, 4.6 %, on a GPU. `argmax alone` is timed as the cheapest pass that the program has:
    labels and the greatest logit of each pixel.
    """
    for precision in OUR_PRECISION.values():
        options = [*program.options(LDN121, size, precision), "--frames", str(frames)]
        try:
            silence.acquire()
            model = program.report(["model", *options])
            pipeline = program.report(["pipeline", *options, "--input", str(picture)])
        except RaceError as error:
            report.notes.append(f"tail-share {precision} was not measured: {error}")
            continue
        finally:
            silence.release()
        frame, rss = pipeline["latency"]["frame"], pipeline["memory"]["peak_rss_mb"]
        for name, times in (("frame", frame), ("tail", model["tail"]), ("argmax alone", model["argmax_alone"])):
            report.rows.append(Row(
                "tail-share", str(size), precision, f"{ENGINE}, {name}", program.threads, round(times["median_ms"], 3),
                round(times["min_ms"], 3), round(times["p95_ms"], 3), round(rss, 1)))
        whole = model["tail"]["median_ms"] / frame["median_ms"]
        added = whole - model["argmax_alone"]["median_ms"] / frame["median_ms"]
        report.ratios.append(Comparison(
            "tail-share", str(size), precision, "argmax alone", round(added, 5), 0.0, "<= 0.02"))
        report.notes.append(f"tail-share {precision}: the tail with argmax and upsampling is {100 * whole:.2f} % of the frame")


def pipeline_overhead(program: Program, size: Size, picture: Path, frames: int, silence: Silence, report: Report) -> None:
    """Decode, normalize, queueing and the pool's hand-over as a share of the frame, one frame at a time."""
    for precision in OUR_PRECISION.values():
        try:
            silence.acquire()
            answer = program.report([
                "pipeline", *program.options(LDN121, size, precision), "--frames", str(frames), "--input", str(picture)])
        except RaceError as error:
            report.notes.append(f"pipeline-overhead {precision} was not measured: {error}")
            continue
        finally:
            silence.release()
        latency = answer["latency"]
        report.rows.append(Row.of(
            "pipeline-overhead", str(size), precision, f"{ENGINE}, frame", program.threads, latency["samples_ms"],
            answer["memory"]["peak_rss_mb"]))
        report.ratios.append(Comparison(
            "pipeline-overhead", str(size), precision, "the whole frame", round(latency["overhead_share"], 5), 0.0,
            "<= 0.05"))
        parts = {row["stage"]: row["time"]["median_ms"] for row in latency["stages"]}
        report.notes.append(
            f"pipeline-overhead {precision}: decode {parts['decode']:.2f} ms, normalize {parts['normalize']:.2f} ms, queueing "
            f"{latency['queueing']['median_ms']:.2f} ms, hand-over {latency['hand_over_ms']:.2f} ms of "
            f"{latency['frame']['median_ms']:.1f} ms; as a stream {answer['throughput']['frames_per_second']:.2f} frames/s")


def memory(program: Program, size: Size, picture: Path, silence: Silence, report: Report) -> None:
    """Peak resident memory of whole processes, the network alone. Not a race: nothing here depends on other load."""
    ours = our_racers(program, LDN121, size, NETWORK, picture, None, report)
    trials = Trials(partial(picture_file, LDN121), {}, silence, retry=False)
    for kind, target in ((REDUCED, 3.0), (EXACT, 1.5)):
        if kind not in ours:
            continue
        # Of the peer's forms the one that needs least.
        tried = [trials.racer(each) for each in candidates(LDN121, size, NETWORK, program.threads, (kind,), ("openvino",))]
        for racer in (ours[kind], *tried):
            with started([racer]):
                racer.run(2)
        best, mine = min(tried, key=lambda racer: racer.peak_rss_mb), ours[kind]
        for name, racer in ((ENGINE, mine), (best.label, best)):
            report.rows.append(Row.of(
                "memory", str(size), OUR_PRECISION[kind], name, program.threads, racer.samples, racer.peak_rss_mb))
        own, peer = mine.peak_rss_mb, best.peak_rss_mb
        report.ratios.append(Comparison(
            "memory", str(size), OUR_PRECISION[kind], best.label, round(peer / own, 4), 0.0, f">= {target}"))
        bare_own, bare_peer = program.bare_memory(), best.ready["bare_rss_mb"]
        report.notes.append(
            f"memory {OUR_PRECISION[kind]}: a process without a network holds {bare_own:.0f} MB here, {bare_peer:.0f} MB there "
            f"(Python with the engine imported); added by the network: {own - bare_own:.0f} MB and {peer - bare_peer:.0f} MB")


def disturbed(program: Program, size: Size, picture: Path, frames: int, silence: Silence, report: Report) -> None:
    """The same race twice: undisturbed, and with a foreign process that holds one core for half of the time."""
    ours = our_racers(program, LDN121, size, NETWORK, picture, None, report)
    trials = Trials(partial(picture_file, LDN121), {}, silence, retry=False)
    best = best_peers(LDN121, size, NETWORK, program.threads, ("openvino",), list(ours), trials, report, "disturbed")
    peers = {kind: trials.racer(candidate) for kind, candidate in best.items()}
    kinds = [kind for kind in ours if kind in peers]
    racers = [racer for kind in kinds for racer in (ours[kind], peers[kind])]
    with started(racers):
        for state in ("undisturbed", "one core half busy"):
            for racer in racers:
                racer.samples = []
            with half_busy(state != "undisturbed"):
                race(racers, frames, silence)
            for kind in kinds:
                for racer in (ours[kind], peers[kind]):
                    name = ENGINE if racer is ours[kind] else racer.label
                    report.rows.append(Row.of(
                        "disturbed", str(size), OUR_PRECISION[kind], f"{name}, {state}", program.threads, racer.samples,
                        racer.peak_rss_mb))
                    report.raw[f"disturbed {size} {racer.label}, {state}"] = racer.samples
                report.ratios.append(Comparison.of(
                    "disturbed", str(size), OUR_PRECISION[kind], f"{peers[kind].label}, {state}",
                    peers[kind].samples, ours[kind].samples, ""))


@contextmanager
def half_busy(wanted: bool) -> Iterator[None]:
    """A process on the last core that computes for 2 ms and sleeps for 2 ms."""
    if not wanted:
        yield
        return
    core = max(os.sched_getaffinity(0))
    program = (
        f"import os, time\nos.sched_setaffinity(0, {{{core}}})\n"
        "while True:\n    end = time.monotonic() + 0.002\n    while time.monotonic() < end: pass\n    time.sleep(0.002)\n")
    process = subprocess.Popen([sys.executable, "-c", program])
    try:
        yield
    finally:
        process.terminate()
        process.wait()
