"""A run of the built program to look at."""

import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("DENSEHYBRID", str(ROOT / ".build/release/densehybrid"))
DRIVE = ROOT / "Pipelines/sample-drive"
SMALL = ["--size", "256x128", "--threshold", "-3", "--threads", "1", "--quiet"]


class Run:
    """An endless replay with a control socket and a metrics file."""

    def __init__(self, folder: pathlib.Path):
        assert os.access(PROGRAM, os.X_OK), f"{PROGRAM} is missing: swift build -c release, or name it with DENSEHYBRID"
        self.socket = folder / "s"
        self.metrics = folder / "m.prom"
        self.summary = folder / "summary.json"
        self.process = subprocess.Popen(
            [PROGRAM, "replay", DRIVE, *SMALL, "--loop", "0", "--pace", "realtime", "--budget-ms", "5000",
             "--control", self.socket, "--metrics-file", self.metrics, "--summary", self.summary,
             "--metrics", "127.0.0.1:0"],
            stderr=subprocess.PIPE, text=True,
        )
        self.messages: list[str] = []
        # Without its last slash; empty until the program has named it.
        self.address = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stderr:
            self.messages.append(line.rstrip())
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self.address = found[0]

    def wait(self, condition, seconds: float = 60):
        """The first true value of `condition`, or a failure."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := condition():
                return value
            assert self.process.poll() is None, "the run ended:\n" + "\n".join(self.messages)
            time.sleep(0.05)
        pytest.fail("nothing happened")

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


@pytest.fixture
def run(tmp_path_factory):
    # Paths of sockets are short; pytest's are not.
    import tempfile

    with tempfile.TemporaryDirectory(prefix="dhm") as folder:
        run = Run(pathlib.Path(folder))
        try:
            run.wait(lambda: run.address and run.socket.exists() and run.metrics.exists())
            yield run
        finally:
            if run.process.poll() is None:
                run.process.kill()
                run.process.wait(30)
