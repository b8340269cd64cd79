"""Strips a training checkpoint down to what is published: weights, recipe, provenance and how far the weights moved.

    python -m tools.train.deliver CHECKPOINTS/step-00300.pt espnetv2-densehybrid.pt
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from . import checkpoint

_DROPPED = ("optimizer", "start")


def deliver(source: Path, output: Path) -> dict[str, object]:
    """Writes `output`; refuses weights that never moved. Returns the record without the weights."""
    record: dict[str, object] = torch.load(source, map_location="cpu", weights_only=True)
    for part in ("network", "head"):
        if not float(record[f"largest_change_{part}"]) > 0:
            raise ValueError(f"{source}: the {part} is where it started; train before delivering")
    if checkpoint.state_digest(record["model"]) != record["state_digest"]:
        raise ValueError(f"{source}: weights do not match their recorded digest; the file is damaged")
    kept = {name: value for name, value in record.items() if name not in _DROPPED}
    checkpoint.save(output, kept)
    return {name: value for name, value in kept.items() if name != "model"}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the publishable part of a checkpoint.")
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    try:
        record = deliver(options.source, options.output)
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    for name, value in record.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
