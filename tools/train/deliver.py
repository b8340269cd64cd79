"""Strips a training checkpoint down to what is published, and writes the card that the exporter puts into model.yaml.

    python -m tools.train.deliver CHECKPOINTS/last.pt espnetv2-densehybrid.pt --card card.yaml
    python -m tools.export espnetv2 --checkpoint espnetv2-densehybrid.pt --card card.yaml --out DIR
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch
import yaml
from torch import Tensor

from . import checkpoint

_DROPPED = ("optimizer", "start")
# Digests of these tensors as they were before training stand in model.yaml; the last one must never have moved.
WITNESSES = (
    "network.base_net.level1.conv.weight",
    "network.bu_dec_l4.merge_layer.3.weight",
    "outlier_head.{last}.weight",
)
FROZEN_WITNESS = "network.base_net.level1.bn.running_mean"
LICENCE = {
    "weights": "pretrained part: MIT, (c) 2021 Sachin Mehta (EdgeNets); fine-tuned: see data",
    "data": "Cityscapes (non-commercial), CamVid (CC BY-NC 4.0), IDD (research), Udacity drives (MIT), cut-outs of "
    "COCO photos (per-photo Creative Commons, most NonCommercial): the weights are for research and other "
    "non-commercial use",
}


def tensor_digest(tensor: Tensor) -> str:
    """SHA-256 of the float32 bytes in C order, as an ONNX initialiser holds them."""
    return hashlib.sha256(tensor.detach().to(torch.float32).contiguous().numpy().tobytes()).hexdigest()


def witness_names(state: dict[str, Tensor]) -> list[str]:
    """`WITNESSES` with the head's last convolution filled in, then `FROZEN_WITNESS`."""
    last = max(int(name.split(".")[1]) for name in state if name.startswith("outlier_head."))
    return [name.format(last=last) for name in WITNESSES] + [FROZEN_WITNESS]


def deliver(source: Path, output: Path) -> dict[str, object]:
    """Writes `output`; refuses weights that never moved. Returns the record without the weights."""
    record: dict[str, object] = torch.load(source, map_location="cpu", weights_only=True)
    for part in ("network", "head"):
        if not float(record[f"largest_change_{part}"]) > 0:
            raise ValueError(f"{source}: the {part} is where it started; train before delivering")
    if checkpoint.state_digest(record["model"]) != record["state_digest"]:
        raise ValueError(f"{source}: weights do not match their recorded digest; the file is damaged")
    start = record["start"]
    kept = {name: value for name, value in record.items() if name not in _DROPPED}
    kept["start_tensors"] = {name: tensor_digest(start[name]) for name in witness_names(start)}
    checkpoint.save(output, kept)
    return {name: value for name, value in kept.items() if name != "model"}


def card(record: dict[str, object]) -> dict[str, object]:
    """The mappings `provenance` and `licence` of model.yaml."""
    data = record["provenance"]
    provenance = {
        "pretrained_sha256": data["weights_sha256"],
        "recipe": record["recipe"],
        "step": record["step"],
        **{name: record[name] for name in ("averaged_steps", "towards_start") if name in record},
        "photos": data["photos"],
        "negatives": data["negatives"],
        "negative_classes": data["negative_classes"],
        "animals": data["animals"],
        "state_digest": record["state_digest"],
        "start_digest": record["start_digest"],
        "largest_change": {part: record[f"largest_change_{part}"] for part in ("network", "head")},
        "start_tensors": record["start_tensors"],
        "trainer": f"tools.train, torch {data['torch']}",
    }
    return {"provenance": provenance, "licence": LICENCE}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the publishable part of a checkpoint.")
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--card", type=Path, help="also write the card for tools.export here")
    options = parser.parse_args()
    try:
        record = deliver(options.source, options.output)
        if options.card is not None:
            options.card.write_text(yaml.safe_dump(card(record), sort_keys=False, width=120))
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    for name, value in record.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
