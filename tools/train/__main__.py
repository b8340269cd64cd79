"""Fine-tunes the pretrained ESPNetv2 with the DenseHybrid head.

    python -m tools.train --data DIR --weights espnetv2_s_2.0_city_1024x512.pth [--checkpoints DIR]

Safe to interrupt: started again with the same options it goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import asdict
from pathlib import Path

import torch

from tools.networks.espnetv2 import HEADS, SIZE_MULTIPLE, load_pretrained

from . import checkpoint
from .drives import DRIVES
from .losses import LOSSES, LossTerms
from .manifest import Manifest, ManifestError, digest_of
from .mixture import NETWORK_SIZE, validation_photos
from .negatives import cut_outs
from .pasting import TRAINING_RULE
from .photos import STREET_SETS, DataError
from .pseudo_labels import PseudoLabels
from .samples import CropRule, Sampler
from .trainer import Recipe, Trainer
from .validation import ValidationReport, validate


def parse(arguments: list[str]) -> argparse.Namespace:
    """Options; defaults are the recipe of the bundled model."""
    recipe, crop, cache = Recipe(), CropRule(), Path.home() / ".cache" / "densehybrid"
    parser = argparse.ArgumentParser(prog="python -m tools.train", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with camvid11, idd_lite, negatives")
    parser.add_argument("--weights", type=Path, required=True, help="the authors' Cityscapes weights")
    parser.add_argument("--scale", type=float, default=recipe.s, help="network scale s of the weights")
    parser.add_argument("--head", choices=HEADS, default=recipe.head)
    parser.add_argument("--loss", choices=LOSSES, default=recipe.loss)
    parser.add_argument("--beta", type=float, default=recipe.beta)
    parser.add_argument("--loss-stride", type=int, choices=(1, 2), default=recipe.loss_stride)
    parser.add_argument("--steps", type=int, default=recipe.steps)
    parser.add_argument("--hold", type=int, default=recipe.hold, help="steps at full rate before the cosine")
    parser.add_argument("--stop-at", type=int, help="end the run early at this step (the schedule stays)")
    parser.add_argument("--batch", type=int, default=recipe.batch)
    parser.add_argument("--crop", default="x".join(map(str, crop.size)), help="WIDTHxHEIGHT in network pixels")
    parser.add_argument("--network-rate", type=float, default=recipe.network_rate)
    parser.add_argument("--head-rate", type=float, default=recipe.head_rate)
    parser.add_argument("--animals", action="store_true", help="paste animals too (not for RoadAnomaly numbers)")
    parser.add_argument("--drives", action=argparse.BooleanOptionalAction, default=True, help="use unlabelled drives")
    parser.add_argument("--seed", type=int, default=recipe.seed)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--validate-every", type=int, default=80, help="steps between validations")
    parser.add_argument("--save-every", type=int, default=20, help="steps between checkpoints")
    parser.add_argument("--validate-stride", type=int, default=6, help="validate on each N-th picture")
    parser.add_argument("--validate-size", default="x".join(map(str, NETWORK_SIZE)), help="WIDTHxHEIGHT of the input")
    parser.add_argument("--checkpoints", type=Path, default=cache / "checkpoints")
    parser.add_argument("--label-cache", type=Path, default=cache / "pseudo-labels")
    return parser.parse_args(arguments)


def size_option(text: str) -> tuple[int, int]:
    """Parses WIDTHxHEIGHT; both sides must suit the network."""
    sides = text.split("x")
    if len(sides) != 2 or not all(side.isdigit() and int(side) and int(side) % SIZE_MULTIPLE == 0 for side in sides):
        raise ValueError(f"size '{text}': expected WIDTHxHEIGHT in multiples of {SIZE_MULTIPLE}")
    return int(sides[0]), int(sides[1])


def build(options: argparse.Namespace) -> tuple[Trainer, dict[str, object]]:
    """Checks every file against the manifest, then sets the trainer up."""
    sets = [*STREET_SETS, *([DRIVES] if options.drives else [])]
    groups = [street.photos(options.data, "train") for street in sets]
    negatives = cut_outs(options.data, "train", options.animals)
    manifest = Manifest.read()
    manifest.check(sorted({photo.listed for group in groups for photo in group}), "train")
    manifest.check([negative.path for negative in negatives], "train")
    manifest.check([photo.path for photo in validation_photos(options.data)], "validation")
    manifest.check([c.path for c in cut_outs(options.data, "validation", animals=False)], "validation")
    crop, paste = CropRule(size_option(options.crop)), TRAINING_RULE
    recipe = Recipe(
        options.scale, options.head, options.loss, options.beta, options.loss_stride, options.steps, options.hold,
        options.batch, options.network_rate, options.head_rate, options.seed,
    )  # fmt: skip
    network = load_pretrained(options.weights, options.scale)
    weights_digest = digest_of(options.weights)
    labels = PseudoLabels(network, weights_digest, options.label_cache)
    sampler = Sampler(groups, negatives, labels.label, crop, paste, recipe.seed)
    provenance: dict[str, object] = {
        "weights_sha256": weights_digest,
        "photos": {street.folder: len(group) for street, group in zip(sets, groups)},
        "negatives": len(negatives),
        "negative_classes": sorted({negative.kind for negative in negatives}),
        "animals": options.animals,
        "crop": asdict(crop),
        "paste": asdict(paste),
        "torch": str(torch.__version__),
    }
    return Trainer(network, sampler, recipe), provenance


def train(options: argparse.Namespace) -> None:
    """Runs to the end, validating and saving on the way."""
    trainer, provenance = build(options)
    last, log = options.checkpoints / "last.pt", options.checkpoints / "log.csv"
    if last.is_file():
        trainer.resume(last)
        print(f"resumed {last} at step {trainer.step}", flush=True)
    options.checkpoints.mkdir(parents=True, exist_ok=True)
    size = size_option(options.validate_size)
    goal = min(options.stop_at or trainer.recipe.steps, trainer.recipe.steps)

    def progress(step: int, terms: LossTerms, seconds: float) -> None:
        print(
            f"step {step}/{trainer.recipe.steps}  loss {terms.total.item():.4f}  seg {terms.segmentation.item():.4f}  "
            f"lse(neg) {terms.log_sum_exp.item():.3f}  head {terms.head.item():.4f}  {seconds:.1f} s",
            flush=True,
        )

    def measure() -> None:
        report = validate(trainer.model, options.data, trainer.recipe.seed, options.validate_stride, size)
        new = not log.is_file()
        with log.open("a", newline="", encoding="utf-8") as lines:
            writer = csv.writer(lines)
            if new:
                writer.writerow(["step", *ValidationReport.header()])
            writer.writerow([trainer.step, *report.row()])
        print("validation  " + "  ".join(map(" ".join, zip(report.header(), report.row()))), flush=True)

    if trainer.step == 0:
        measure()
    while trainer.step < goal:
        next_stop = min(step - trainer.step % step for step in (options.save_every, options.validate_every))
        trainer.run(min(goal, trainer.step + next_stop), progress)
        record = trainer.record(provenance)
        checkpoint.save(last, record)
        if trainer.step % options.validate_every == 0 or trainer.step == trainer.recipe.steps:
            checkpoint.save(options.checkpoints / f"step-{trainer.step:05d}.pt", record)
            measure()


def main() -> None:
    """Command line: one-line errors."""
    options = parse(sys.argv[1:])
    torch.set_num_threads(options.threads)
    try:
        train(options)
    except (DataError, ManifestError, FloatingPointError, ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit("interrupted; start again with the same options to go on") from None


if __name__ == "__main__":
    main()
