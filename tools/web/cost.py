"""What looking costs: frame time with somebody at the web view over frame time with nobody, in one run.

    python -m tools.web.cost [--pairs 14] [--seconds 2]

The program runs the bundled drive as fast as it can, so that all processors are busy and everything that looking takes is
taken from frames. In turn nobody looks for some seconds, then somebody asks for what the page asks for, as often: numbers
once a second, pictures four times. (The browser itself would be on another machine; the asker here gives way to the
program.) Every pair of stretches gives a ratio of mean times from frame to frame; said are their median and the range that
the median has when pairs are drawn anew. That is a rough measure on a machine that does other things; the time that the
server's two threads spend on a processor, which is said, too, is not.
"""

import argparse
import contextlib
import csv
import http.client
import os
import pathlib
import random
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse

from tools.web.watched import DRIVE, PROGRAM, ROOT


class Looker:
    """Asks as the page does while `looks` is set."""

    def __init__(self, url: str):
        self._place = urllib.parse.urlsplit(url)
        self.looks = threading.Event()
        self.asked = 0
        for ask, rest in ((self._numbers, 1.0), (self._picture, 0.25)):
            threading.Thread(target=self._run, args=(ask, rest), daemon=True).start()

    def _run(self, ask, rest: float) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        connection = http.client.HTTPConnection(self._place.hostname, self._place.port, timeout=10)
        while True:
            self.looks.wait()
            with contextlib.suppress(OSError, http.client.HTTPException):
                ask(connection)
                self.asked += 1
            time.sleep(rest)

    def _get(self, connection: http.client.HTTPConnection, path: str) -> dict[str, str]:
        connection.request("GET", path)
        reply = connection.getresponse()
        reply.read()
        return dict(reply.getheaders())

    def _numbers(self, connection: http.client.HTTPConnection) -> None:
        self._get(connection, "/api/snapshot")
        self._get(connection, f"/api/history?after={int(time.monotonic()) - 4}")
        if int(time.monotonic()) % 5 == 0:
            self._get(connection, "/api/worst")

    _last = 0

    def _picture(self, connection: http.client.HTTPConnection) -> None:
        headers = self._get(connection, f"/frame.jpg?after={self._last}")
        self._last = int(headers.get("Densehybrid-Picture", self._last))


def spent(process: int) -> float:
    """Seconds that the threads of the web view have spent on a processor."""
    total, names = 0, set()
    for task in pathlib.Path(f"/proc/{process}/task").iterdir():
        name = (task / "comm").read_text().strip()
        if name in ("web", "picture"):
            names.add(name)
            total += int((task / "schedstat").read_text().split()[0])
    assert names == {"web", "picture"}, f"the program's threads are not named as expected: {names}"
    return total / 1e9


def stretches(pairs: int, seconds: float, folder: pathlib.Path) -> tuple[list[tuple[int, int, bool]], pathlib.Path, int, float]:
    """Runs the program; (begin, end, whether somebody looked) in ns of Unix time, the frames' CSV, the number of questions,
    and the share of one processor that answering took."""
    times = folder / "times.csv"
    process = subprocess.Popen(
        [
            PROGRAM, "replay", str(DRIVE), "--loop", "0", "--model", str(ROOT / "Calibration/espnetv2-densehybrid"),
            "--metrics", "127.0.0.1:0", "--frame-times", str(times),
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    try:
        url = next(line.split()[-1] for line in process.stderr if line.startswith("web view:"))
        threading.Thread(target=process.stderr.read, daemon=True).start()
        looker = Looker(url)
        time.sleep(3)
        found = []
        shares = []
        for pair in range(pairs):
            for looks in (False, True) if pair % 2 == 0 else (True, False):
                (looker.looks.set if looks else looker.looks.clear)()
                time.sleep(0.2)  # what was asked for before is answered
                begin, before = time.time_ns(), spent(process.pid)
                time.sleep(seconds)
                found.append((begin, time.time_ns(), looks))
                if looks:
                    shares.append((spent(process.pid) - before) / seconds)
    finally:
        process.terminate()
        process.wait(timeout=60)
    return found, times, looker.asked, statistics.mean(shares)


def period(frames: list[int], begin: int, end: int) -> float:
    """Mean time from frame to frame in a stretch, in ms."""
    inside = [time for time in frames if begin <= time < end]
    return (inside[-1] - inside[0]) / (len(inside) - 1) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=14)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found, times, asked, share = stretches(options.pairs, options.seconds, pathlib.Path(folder))
        with times.open() as rows:
            ends = sorted(
                int(row["arrival_ns"]) + int(float(row["total_us"]) * 1000) for row in csv.DictReader(rows)
                if row["status"] == "delivered")
    periods = [(period(ends, begin, end), looks) for begin, end, looks in found]
    ratios = []
    for first, second in zip(periods[::2], periods[1::2]):
        (alone, _), (looked, _) = sorted((first, second), key=lambda one: one[1])
        ratios.append(looked / alone)
    source = random.Random(1)
    drawn = sorted(statistics.median(source.choices(ratios, k=len(ratios))) for _ in range(2000))
    alone = statistics.median(value for value, looks in periods if not looks)
    print(
        f"{len(ratios)} pairs of {options.seconds:g} s, {asked} questions: a frame every {alone:.2f} ms with nobody looking; "
        f"with somebody {statistics.median(ratios):.4f} times that (95 % of drawings {drawn[49]:.4f} to {drawn[1949]:.4f}). "
        f"Answering took {share * 1000:.1f} ms a second, {share / os.cpu_count():.2%} of {os.cpu_count()} processors.")


if __name__ == "__main__":
    main()
