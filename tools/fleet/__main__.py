"""Runs densehybrid over many recorded drives on Ray, one task for each drive, and merges what they leave.

Options behind -- go to `densehybrid replay`; output paths there are relative to each drive's folder. Whatever is killed,
drives whose manifest is there stay done: run the same command again to go on.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from .fleet import run, say
from .program import Job, Refused


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(
        prog="tools/fleet/run", description=__doc__,
        epilog="example: tools/fleet/run drives/ --out results -- --openset maps/ --meta meta.jsonl --precision int8")
    parser.add_argument("drives", nargs="+", metavar="DRIVE", help="drives, and folders of drives")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the results; all workers must see it")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="threads of each task (default 1)")
    parser.add_argument("--shards", type=int, metavar="N", help="parts to cut the list into (default: one a drive)")
    parser.add_argument("--retries", type=int, default=3, metavar="N", help="for a part whose worker dies (default 3)")
    parser.add_argument("--address", metavar="ADDRESS", help="a running Ray cluster (default: this machine alone)")
    chosen = parser.parse_args(arguments[:split])
    chosen.options = arguments[split + 1 :]
    if chosen.threads < 1 or chosen.retries < 0 or (chosen.shards or 1) < 1:
        parser.error("--threads and --shards take 1 or more, --retries 0 or more")
    return chosen


def main(arguments: list[str]) -> int:
    """Parses, runs, and returns the exit code."""
    chosen = parse(arguments)
    # Workers may have another working folder.
    job = Job(
        program=str(Path(os.environ.get("DENSEHYBRID", ".build/release/densehybrid")).resolve()),
        drives=tuple(str(Path(drive).resolve()) for drive in chosen.drives), out=str(Path(chosen.out).resolve()),
        threads=chosen.threads, options=tuple(chosen.options), cwd=os.getcwd())
    if not os.access(job.program, os.X_OK):
        say(f"error: {job.program} is missing: swift build -c release --product densehybrid")
        return 1
    from .on_ray import RayRunner  # not before the options are known to be good: Ray takes seconds to start

    try:
        return run(job, RayRunner(chosen.threads, chosen.address), chosen.shards, chosen.retries)
    except Refused as error:
        say(str(error))
        return 2
    except RuntimeError as error:
        say(f"error: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
