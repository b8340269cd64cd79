"""The mean of a run's checkpoints, and how far the network is drawn back to where it started.

    python -m tools.train.average RUN/step-00180.pt RUN/step-00200.pt --out mean.pt [--towards-start 0.25]

Averaging stands in for the end of a learning-rate schedule; drawing back gives up part of what was learned for what the
pretrained network knew. Both numbers are recorded. The head has no start worth going back to and is only averaged.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from . import checkpoint


def average(records: Sequence[dict[str, object]], towards_start: float) -> dict[str, object]:
    """A record like those of `Trainer.record`, without optimiser; refuses records of different runs."""
    last = records[-1]
    if len({str(record["start_digest"]) for record in records}) != 1:
        raise ValueError("the checkpoints started from different weights; average those of one run")
    if not 0 <= towards_start < 1:
        raise ValueError(f"--towards-start {towards_start}: expected 0 to less than 1")
    start: dict[str, Tensor] = last["start"]
    state: dict[str, Tensor] = {}
    for name, tensor in last["model"].items():
        if not tensor.is_floating_point():  # counters of batch norms
            state[name] = tensor
            continue
        mean = sum(record["model"][name].double() for record in records) / len(records)
        if name.startswith("network."):
            mean = mean + towards_start * (start[name].double() - mean)
        state[name] = mean.to(tensor.dtype)
    return {
        **{name: value for name, value in last.items() if name not in ("model", "optimizer")},
        "model": state,
        "averaged_steps": [record["step"] for record in records],
        "towards_start": towards_start,
        "state_digest": checkpoint.state_digest(state),
        "largest_change_network": checkpoint.largest_change(start, state, "network."),
        "largest_change_head": checkpoint.largest_change(start, state, "outlier_head."),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Average a run's checkpoints.")
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--towards-start", type=float, default=0.0, metavar="SHARE", help="0: the mean alone (default)")
    options = parser.parse_args()
    try:
        records = [torch.load(path, map_location="cpu", weights_only=True) for path in options.checkpoints]
        checkpoint.save(options.out, average(records, options.towards_start))
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
