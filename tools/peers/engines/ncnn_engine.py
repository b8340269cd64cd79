"""ncnn on the CPU, fp32, with its default algorithms (Winograd and sgemm among them); the network alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ncnn
import numpy as np

from ..candidates import Candidate
from ..networks import Network, Size


def version() -> str:
    return f"ncnn {ncnn.__version__}"


def load(candidate: Candidate, network: Network, size: Size, path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Loads .param and .bin; the result runs one frame and returns the class logits."""
    net = ncnn.Net()
    net.opt.num_threads = candidate.threads
    for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, name, False)
    net.load_param(str(path))
    net.load_model(str(path.with_suffix(".bin")))

    def run(image: np.ndarray) -> np.ndarray:
        extractor = net.create_extractor()
        extractor.input("in0", ncnn.Mat(image[0]))
        extractor.extract("out1")
        return np.array(extractor.extract("out0")[1])

    return run
