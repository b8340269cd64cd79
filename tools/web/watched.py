"""A running program with a web view, fed by hand: as many frames a second as a test wants."""

import os
import pathlib
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("DENSEHYBRID", str(ROOT / ".build/release/densehybrid"))
DRIVE = ROOT / "Pipelines/sample-drive"
# A small network: what is tested is what is shown, not how fast it is reckoned.
MODEL = ["--model", str(ROOT / "Calibration/espnetv2-densehybrid"), "--size", "256x128", "--threads", "1"]


class Watched:
    """`run -` on pictures of the bundled drive, which are sent again and again at `rate` frames a second."""

    def __init__(self, *options: str, token: str | None = None):
        assert os.access(PROGRAM, os.X_OK), f"{PROGRAM} is missing: swift build -c release, or name it with DENSEHYBRID"
        self.rate = 1.0
        self.sent = 0
        environment = {name: value for name, value in os.environ.items() if name != "DENSEHYBRID_METRICS_TOKEN"}
        if token:
            environment["DENSEHYBRID_METRICS_TOKEN"] = token
        self._process = subprocess.Popen(
            [PROGRAM, "run", "-", *MODEL, "--metrics", "127.0.0.1:0", *options],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment,
        )
        self._pictures = [path.read_bytes() for path in sorted(DRIVE.rglob("*.jpg"))]
        assert self._pictures, f"no pictures below {DRIVE}"
        self._lines: list[str] = []
        self._found = threading.Event()
        self.url = ""
        self._over = False
        threading.Thread(target=self._read, daemon=True).start()
        # The program opens its input first, and the input's format is that of its first bytes.
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self._feeder.start()
        assert self._found.wait(120) and self.url, f"the program names no address: {self.messages}"

    def _read(self) -> None:
        for line in self._process.stderr:
            self._lines.append(line.decode(errors="replace").rstrip())
            if found := re.search(r"http://127\.0\.0\.1:\d+/", self._lines[-1]):
                self.url = found[0]
                self._found.set()
        self._found.set()

    def _feed(self) -> None:
        due = time.monotonic()
        while not self._over:
            rate = self.rate
            if rate <= 0:
                time.sleep(0.02)
                due = time.monotonic()
                continue
            try:
                self._process.stdin.write(self._pictures[self.sent % len(self._pictures)])
                self._process.stdin.flush()
            except OSError:
                return
            self.sent += 1
            due = max(due + 1 / rate, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))

    @property
    def messages(self) -> str:
        return "\n".join(self._lines)

    @property
    def pid(self) -> int:
        return self._process.pid

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by name in small letters, and body."""
        request = urllib.request.Request(self.url.rstrip("/") + path, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()

    def metrics(self) -> tuple[str, dict[str, float]]:
        """The snapshot's number, and the samples of /metrics by name with labels, as they are written."""
        status, headers, body = self.get("/metrics")
        assert status == 200, body
        return headers["densehybrid-snapshot"], samples(body.decode())

    def kill(self) -> None:
        self._over = True
        self._process.kill()
        self._process.wait()

    def end(self) -> int:
        """Ends the stream; returns the exit code."""
        self._over = True
        self.rate = 0.0
        self._feeder.join(30)
        try:
            self._process.stdin.close()
            return self._process.wait(timeout=120)
        except (OSError, subprocess.TimeoutExpired):
            self.kill()
            return -1


def samples(text: str) -> dict[str, float]:
    """Samples of Prometheus' text format by name with labels."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert name not in found, f"{name} is there twice"
            found[name] = float(value)
    return found
