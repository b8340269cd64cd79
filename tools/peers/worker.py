"""A peer's process: loads one candidate, then measures on demand. The protocol is that of `densehybrid bench --interactive`.

    python -m tools.peers.worker CANDIDATE_JSON PICTURE.jpg

One line of JSON says that it is ready; each line `run N` is answered by the times of N frames; `map FILE` writes the
last frame's open-set map; the end of standard input ends the process.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .candidates import MAP, Candidate
from .networks import NETWORKS, Size


def memory() -> dict[str, float]:
    """Resident size of the process in 10^6 bytes: the most so far, and now."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())

    def megabytes(key: str) -> float:
        return int(fields[key].split()[0]) * 1024 / 1e6

    return {"peak_rss_mb": megabytes("VmHWM"), "rss_mb": megabytes("VmRSS")}


def decoders() -> dict[str, Callable[[bytes], np.ndarray]]:
    """JPEG to RGB [H, W, 3]: the libraries that Python users have for speed, all on libjpeg-turbo."""
    found: dict[str, Callable[[bytes], np.ndarray]] = {}
    try:
        import cv2

        found["opencv"] = lambda data: cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    except ImportError:
        pass
    try:
        import simplejpeg

        found["simplejpeg"] = lambda data: simplejpeg.decode_jpeg(data, colorspace="RGB")
    except ImportError:
        pass
    return found


def fastest_decoder(data: bytes) -> tuple[str, Callable[[bytes], np.ndarray]]:
    """The decoder with the least time for this picture."""
    def seconds(decode: Callable[[bytes], np.ndarray]) -> float:
        times = []
        for _ in range(7):
            start = time.perf_counter()
            decode(data)
            times.append(time.perf_counter() - start)
        return min(times)

    return min(decoders().items(), key=lambda entry: seconds(entry[1]))


def main(arguments: list[str]) -> int:
    """Serves one candidate."""
    candidate = Candidate.from_json(arguments[0])
    network, size = NETWORKS[candidate.network], Size.parse(candidate.size)
    data = Path(arguments[1]).read_bytes()
    engine = importlib.import_module(f".engines.{candidate.engine}_engine", __package__)
    bare = memory()["rss_mb"]
    run = engine.load(candidate, network, size, candidate.artefact(network))
    decoder = ""
    if candidate.job == MAP:
        decoder, decode = fastest_decoder(data)

        def frame() -> np.ndarray:
            return run(decode(data))
    else:
        image = np.random.default_rng(1).uniform(-2, 2, (1, 3, size.height, size.width)).astype(np.float32)

        def frame() -> np.ndarray:
            return run(image)

    answer({"ready": True, "version": engine.version(), "decoder": decoder, "bare_rss_mb": bare, "pid": os.getpid()})
    last = None
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command == "map":
            Path(argument).write_bytes(np.ascontiguousarray(frame() if last is None else last).tobytes())
            answer({"map": argument})
            continue
        samples = []
        for _ in range(int(argument)):
            start = time.perf_counter()
            last = frame()
            samples.append((time.perf_counter() - start) * 1e3)
        answer({"samples_ms": samples, **memory()})
    return 0


def answer(content: dict) -> None:
    """Says one line."""
    print(json.dumps(content), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
