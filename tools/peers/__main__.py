"""Measures densehybrid against OpenVINO, ONNX Runtime and ncnn on this machine; see README.md beside this file."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path

from . import artefacts, specials
from .networks import CACHE, LDN121, ROOT, Size
from .ours import Program
from .pictures import picture_file
from .racer import RaceError, Silence
from .races import run_race
from .report import Report
from .works import LARGE, MEDIUM, RACES, WORKS


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/peers/compare", description=__doc__)
    parser.add_argument("--only", metavar="WORK", choices=WORKS, help=f"one row of the table: {', '.join(WORKS)}")
    parser.add_argument("--size", metavar="WxH", type=Size.parse, help="another input size than the table's")
    parser.add_argument("--frames", metavar="N", type=int, default=20, help="frames of each engine (default 20)")
    parser.add_argument("--threads", metavar="N", type=int, default=2, help="threads of each engine (default 2)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write rows and ratios there")
    parser.add_argument(
        "--raw", metavar="FILE", type=Path, default=CACHE / "samples.json", help="all samples (default %(default)s)")
    parser.add_argument(
        "--program", metavar="FILE", type=Path, default=ROOT / ".build" / "release" / "densehybrid",
        help="the built program (default %(default)s)")
    parser.add_argument("--retry", action="store_true", help="try all forms of the peers again")
    parser.add_argument(
        "--prepare", action="store_true", help="only export and quantise what the rows need; measure nothing")
    parser.add_argument(
        "--quiet-with", metavar="COMMAND",
        help="measure while COMMAND keeps the machine quiet; it is given a command to run, as nice or taskset are")
    parser.add_argument(
        "--quiet-seconds", metavar="S", type=float, default=10, help="for at most so long at a time (default 10)")
    chosen = parser.parse_args(arguments)
    if chosen.frames < 1 or chosen.threads < 1:
        parser.error("--frames and --threads take 1 or more")
    return chosen


def main(arguments: list[str]) -> int:
    """Runs the rows that were asked for and prints the table; what goes wrong with one row does not stop the others."""
    chosen = parse(arguments)
    works = [chosen.only] if chosen.only else list(WORKS)
    artefacts.export_models()
    if chosen.prepare:
        return prepare(works, chosen.size)
    if not chosen.program.exists():
        print(f"compare: {chosen.program} is missing: swift build -c release --product densehybrid", file=sys.stderr)
        return 1
    program = Program(chosen.program, chosen.threads)
    silence = Silence(chosen.quiet_with, chosen.quiet_seconds)
    report, failed = Report(), False
    machine(program, silence, report)
    for work in works:
        try:
            run(work, chosen, program, silence, report)
        except (RaceError, ValueError) as error:
            print(f"compare: {work}: {error}", file=sys.stderr)
            report.notes.append(f"{work} failed: {error}")
            failed = True
    write(chosen.raw, {"samples_ms": report.raw, "notes": report.notes})
    if chosen.json:
        write(chosen.json, report.document())
    print(report.text())
    return 1 if failed else 0


def run(work: str, chosen: argparse.Namespace, program: Program, silence: Silence, report: Report) -> None:
    """Adds one row of the table, at all of its sizes."""
    for entry in RACES:
        if entry.work == work:
            for size in [chosen.size] if chosen.size else entry.sizes:
                run_race(
                    entry, size, program, picture_file(entry.network, size), chosen.frames, silence, chosen.retry, report)
            return
    size = chosen.size or (MEDIUM if work == "disturbed" else LARGE)
    picture = picture_file(LDN121, size)
    if work == "tail-share":
        specials.tail_share(program, size, picture, chosen.frames, silence, report)
    elif work == "pipeline-overhead":
        specials.pipeline_overhead(program, size, picture, chosen.frames, silence, report)
    elif work == "memory":
        specials.memory(program, size, picture, silence, report)
    else:
        specials.disturbed(program, size, picture, chosen.frames, silence, report)


def prepare(works: list[str], size: Size | None) -> int:
    """Makes the files of all races."""
    for entry in RACES:
        if entry.work in works:
            for each in [size] if size else entry.sizes:
                artefacts.main([entry.network.name, str(each)])
    return 0


def machine(program: Program, silence: Silence, report: Report) -> None:
    """Notes on the processor and on what it could do at most."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    report.notes.append(f"machine: {model}, {platform.system()} {platform.release()}, {program.threads} threads")
    silence.acquire()
    try:
        parts = program.report(["kernels", "--quick", "--frames", "2", "--threads", str(program.threads)])["parts"]
    finally:
        silence.release()
    for part in parts:
        peaks = part["peaks"]
        rates = [
            f"{name} {peaks[name]['gmac_per_second']:.0f} GMAC/s ({peaks[name]['instructions']})"
            for name in ("fp32", "int8") if peaks.get(name)]
        report.notes.append(
            f"peaks of {part['isa']}: {', '.join(rates)}, memory {peaks['memory_read_gb_per_second']:.0f} GB/s, "
            f"hand-over {1e3 * peaks['hand_over_ms']:.1f} us a region")


def write(path: Path, content: dict) -> None:
    """Whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".part")
    aside.write_text(json.dumps(content, indent=1) + "\n")
    aside.rename(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
