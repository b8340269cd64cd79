"""Generates the golden data of the engine's tests; what is there and current is left alone.

    python -m tools.export.goldens --out .fixtures/goldens
    python -m tools.export.goldens --out .fixtures/goldens --only tiny-ladder --only ldn121-375x1242
"""

import argparse
import sys
import time
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import torch

from ..atomic import write_file
from .cases import CASES, Case, Model
from .generate import build, is_current, source_hash, stored_weights, write_case, write_golden_model

ROOT = Path(__file__).parents[3]
# The first that exists: the bundled model, then the authors' weights beside the project.
ESPNETV2_WEIGHTS = (
    ROOT / "Calibration" / "espnetv2-densehybrid" / "model.onnx",
    ROOT.parent / "shared" / "weights" / "espnetv2_s_2.0_city_1024x512.pth",
)


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; `arguments` are the process's own by default."""
    arguments = _parser().parse_args(arguments)
    torch.set_num_threads(arguments.threads)
    cases = [case for case in CASES if _wanted(case, arguments.only)]
    if not cases:
        print(f"goldens: no case is called {' or '.join(arguments.only)}; there are: "
              + ", ".join(case.name for case in CASES), file=sys.stderr)
        return 2
    candidates = ESPNETV2_WEIGHTS if arguments.espnetv2_weights is None else (arguments.espnetv2_weights,)
    weights = next((path for path in candidates if path.exists()), None)
    for model, group in groupby(cases, key=lambda case: case.model):
        _generate(arguments.out, model, list(group), weights)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.export.goldens", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="a case, or a model with all its cases; repeatable")
    parser.add_argument(
        "--espnetv2-weights", type=Path, metavar="FILE",
        help="checkpoint or model.onnx (default: the bundled model, else the authors' weights beside the project); "
        "without the file that case has random weights")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of PyTorch (default 1)")
    return parser


def _wanted(case: Case, only: Iterable[str]) -> bool:
    return not only or case.name in only or case.model.name in only


def _generate(out: Path, model: Model, cases: list[Case], weights: Path | None) -> None:
    digest = source_hash(model, weights)
    missing = [case for case in cases if not is_current(out / case.name, digest)]
    for case in cases:
        if case not in missing:
            print(f"{case.name}: current", file=sys.stderr)
    if not missing:
        return
    started = time.monotonic()
    print(f"{model.name}: building, calibrating, exporting", file=sys.stderr, flush=True)
    recipe, network, origin = build(model, weights)
    for case in CASES:
        # The model is about to change under every case that shares it.
        if case.model is model and not is_current(out / case.name, digest):
            (out / case.name / "golden.json").unlink(missing_ok=True)
    model_folder = out / "models" / model.name
    write_golden_model(model_folder, model, recipe, network, origin)
    if model.half_weights:
        network = stored_weights(network)
    print(f"{model.name}: {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
    for case in missing:
        started = time.monotonic()
        record = write_case(out / case.name, model_folder, case, recipe, network, origin, digest)
        noise = record["float32_noise"]["max_difference_over_std"]["logits"]
        print(f"{case.name}: {time.monotonic() - started:.1f} s, float32 noise of the logits {noise:.1e} of their "
              "deviation", file=sys.stderr, flush=True)
        _list_ready(out)


def _list_ready(out: Path) -> None:
    ready = [case.name for case in CASES if (out / case.name / "golden.json").exists()]
    write_file(out / "READY.txt", ("\n".join(ready) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main())
