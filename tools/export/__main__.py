"""Writes a network's weights as model.onnx + model.yaml.

    python -m tools.export espnetv2 --checkpoint FILE --out DIR
    python -m tools.export ldn121 --random-seed 1 --out DIR
"""

import argparse
import hashlib
import importlib.metadata
import sys
from pathlib import Path

import yaml
from torch import nn

from . import cityscapes, streethazards
from .checkpoint import CheckpointError, plain_entries, read_checkpoint
from .graph_builder import DEFAULT_OPSET, LOWEST_OPSET
from .model_folder import Card, write_model
from .recipes import RECIPES, Recipe, load_strictly


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; `arguments` are the process's own by default."""
    arguments = _parser().parse_args(arguments)
    recipe = RECIPES[arguments.network]()
    try:
        classes = _classes(arguments.classes)
        extra = 0 if arguments.outlier_output is None else 1
        network, provenance = _network(recipe, arguments, len(classes) + extra)
        card = _card(arguments, classes, provenance)
        digest = write_model(arguments.out, recipe, network, card, arguments.opset, arguments.half_weights)
    except (CheckpointError, ValueError, OSError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    size = (arguments.out / "model.onnx").stat().st_size
    print(f"{arguments.out / 'model.onnx'}: {size / 1e6:.1f} MB, sha256 {digest}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=sorted(RECIPES))
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE",
        help="state dict by the authors' key names, plain or wrapped ('module.', 'state_dict', 'model'), or a "
        "model.onnx that this command wrote")
    parser.add_argument(
        "--random-seed", type=int, metavar="N",
        help="weights from this seed; with --checkpoint only the outlier head, where the checkpoint has none")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the model folder")
    parser.add_argument(
        "--opset", type=int, default=DEFAULT_OPSET, metavar="N",
        help=f"ONNX opset, {LOWEST_OPSET} or later (default {DEFAULT_OPSET})")
    parser.add_argument(
        "--half-weights", action="store_true", help="store filters as float16, cast to float32: half the size")
    parser.add_argument(
        "--classes", metavar="NAME|FILE", default="cityscapes",
        help="cityscapes (19, the default), streethazards (12), or a YAML list of {name, color: [r, g, b]} in output "
        "order")
    parser.add_argument(
        "--outlier-output", type=int, metavar="N",
        help="the output that stands for an outlier (void) class, from 0; --classes names the others")
    parser.add_argument(
        "--card", type=Path, metavar="FILE", help="YAML with `provenance` and `licence` mappings for model.yaml")
    return parser


def _network(recipe: Recipe, arguments: argparse.Namespace, class_count: int) -> tuple[nn.Module, dict[str, object]]:
    """The network and what is known of its origin."""
    seed = arguments.random_seed
    provenance: dict[str, object] = {}
    if arguments.checkpoint is None:
        if seed is None:
            raise ValueError("give --checkpoint FILE or --random-seed N")
        provenance["weights"] = f"random, seed {seed}; batch norm calibrated on a procedural picture; for tests only"
        network = recipe.seeded(seed, class_count)
    else:
        state, record = read_checkpoint(arguments.checkpoint)
        network = recipe.from_state(state)
        digest = hashlib.sha256(arguments.checkpoint.read_bytes()).hexdigest()
        provenance["weights"] = f"{arguments.checkpoint.name}, sha256 {digest}"
        if training := plain_entries(record):
            provenance["training"] = training
        if seed is not None:
            if recipe.head(network) is not None:
                raise ValueError("the checkpoint has an outlier head already; leave out --random-seed")
            network = _with_random_head(recipe, network, seed, class_count)
            provenance["outlier_head"] = f"random, seed {seed}: NOT trained"
    provenance["exporter"] = f"tools.export, torch {_version('torch')}, onnx {_version('onnx')}"
    return network, provenance


def _with_random_head(recipe: Recipe, network: nn.Module, seed: int, class_count: int) -> nn.Module:
    whole = recipe.empty(class_count, outlier_head=True).eval()
    load_strictly(whole, {**whole.state_dict(), **network.state_dict()})
    recipe.seed(whole, recipe.head(whole), seed)
    return whole


def _version(package: str) -> str:
    return importlib.metadata.version(package)


KNOWN_CLASSES = {"cityscapes": cityscapes.CLASSES, "streethazards": streethazards.CLASSES}


def _classes(choice: str) -> list[tuple[str, tuple[int, int, int]]]:
    if choice in KNOWN_CLASSES:
        return list(KNOWN_CLASSES[choice])
    path = Path(choice)
    try:
        entries = yaml.safe_load(path.read_text())
        classes = [(str(entry["name"]), tuple(int(value) for value in entry["color"])) for entry in entries]
    except (yaml.YAMLError, TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{path}: not a list of {{name, color: [r, g, b]}}: {error}") from error
    for name, colour in classes:
        if len(colour) != 3 or not all(0 <= value <= 255 for value in colour):
            raise ValueError(f"{path}: the color of '{name}' is not three numbers from 0 to 255")
    return classes


def _card(
    arguments: argparse.Namespace, classes: list[tuple[str, tuple[int, int, int]]], provenance: dict[str, object]
) -> Card:
    extra: dict[str, dict[str, object]] = {}
    if arguments.card is not None:
        try:
            extra = yaml.safe_load(arguments.card.read_text()) or {}
        except yaml.YAMLError as error:
            raise ValueError(f"{arguments.card}: not YAML: {error}") from error
        if not isinstance(extra, dict) or set(extra) - {"provenance", "licence"}:
            raise ValueError(f"{arguments.card}: only the mappings `provenance` and `licence` belong here")
    return Card(
        classes=classes, outlier_output=arguments.outlier_output,
        provenance={**provenance, **extra.get("provenance", {})}, licence=extra.get("licence", {}))


if __name__ == "__main__":
    sys.exit(main())
