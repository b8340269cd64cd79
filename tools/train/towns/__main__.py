"""Trains LDN-121 with the DenseHybrid head from scratch on a rendered set.

    python -m tools.train.towns --set DIR --checkpoints DIR

Safe to interrupt: started again with the same options it goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import asdict
from pathlib import Path

import torch

from tools.render.hazard_set.objects import STAMPS

from .. import checkpoint
from ..losses import LOSSES, LossTerms
from ..negatives import CutOut
from ..photos import DataError
from .frames import check_towns, frames, negatives
from .samples import NEGATIVES, TownCrop, TownSampler
from .settle import settle
from .trainer import TownRecipe, TownTrainer
from .validation import TownReport, validate


def parse(arguments: list[str]) -> argparse.Namespace:
    recipe, crop = TownRecipe(), TownCrop()
    parser = argparse.ArgumentParser(prog="python -m tools.train.towns", description=__doc__.splitlines()[0])
    parser.add_argument("--set", type=Path, required=True, help="folder that tools.render.hazard_set wrote")
    parser.add_argument("--stamps", type=Path, default=STAMPS, help="folder of tuxpaint-stamps-default's pictures")
    parser.add_argument("--checkpoints", type=Path, required=True)
    parser.add_argument("--closed-steps", type=int, default=recipe.closed_steps, help="steps on the closed set alone")
    parser.add_argument("--mixed-steps", type=int, default=recipe.mixed_steps, help="steps with negatives after them")
    parser.add_argument("--stop-at", type=int, help="end the run early at this step (the schedule stays)")
    parser.add_argument("--batch", type=int, default=recipe.batch)
    parser.add_argument("--crop", type=int, default=crop.side, help="side in pixels, a multiple of 32")
    parser.add_argument("--closed-rate", type=float, default=recipe.closed_rate)
    parser.add_argument("--mixed-rate", type=float, default=recipe.mixed_rate)
    parser.add_argument("--loss", choices=LOSSES, default=recipe.loss)
    parser.add_argument("--beta", type=float, default=recipe.beta)
    parser.add_argument("--float32", action="store_true", help="no bfloat16 in convolutions")
    parser.add_argument("--seed", type=int, default=recipe.seed)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-every", type=int, default=25)
    parser.add_argument("--validate-every", type=int, default=100)
    parser.add_argument("--validate-on", type=int, default=20, help="frames of the validation town")
    return parser.parse_args(arguments)


def build(options: argparse.Namespace) -> tuple[TownTrainer, dict[str, object], list[CutOut]]:
    """Checks set and negatives, then sets the trainer up; the cut-outs are those that validation pastes."""
    if options.crop < 64 or options.crop % 32 or options.batch < 2:
        raise ValueError("--crop must be a multiple of 32 from 64, --batch at least 2 (batch norms learn from it)")
    towns, ours, cut_outs = check_towns(options.set), frames(options.set, "training"), negatives(options.stamps)
    crop = TownCrop(side=options.crop)
    recipe = TownRecipe(
        options.closed_steps, options.mixed_steps, options.batch, options.closed_rate, options.mixed_rate, options.loss,
        options.beta, not options.float32, options.seed,
    )  # fmt: skip
    provenance: dict[str, object] = {
        "towns": towns, "frames": len(ours), "negatives": len(cut_outs.training),
        "held_out_kinds": sorted({one.kind for one in cut_outs.validation}), "crop": asdict(crop),
        "paste": asdict(NEGATIVES), "torch": str(torch.__version__),
    }  # fmt: skip
    trainer = TownTrainer(TownSampler(ours, cut_outs.training, crop, recipe.seed), recipe)
    return trainer, provenance, cut_outs.validation


def train(options: argparse.Namespace) -> None:
    """Runs to the end, validating and saving on the way."""
    trainer, provenance, unseen = build(options)
    held = frames(options.set, "validation")
    held = held[:: max(1, len(held) // options.validate_on)]
    last, log = options.checkpoints / "last.pt", options.checkpoints / "log.csv"
    if last.is_file():
        trainer.resume(last)
        print(f"resumed {last} at step {trainer.step}", flush=True)
    recipe = trainer.recipe

    def progress(step: int, terms: LossTerms, seconds: float) -> None:
        print(
            f"step {step}/{recipe.steps}  loss {terms.total.item():.4f}  seg {terms.segmentation.item():.4f}  "
            f"lse(neg) {terms.log_sum_exp.item():.3f}  head {terms.head.item():.4f}  {seconds:.1f} s",
            flush=True,
        )

    def measure() -> None:
        report = validate(trainer.model, held, unseen)
        new = not log.is_file()
        with log.open("a", newline="", encoding="utf-8") as lines:
            writer = csv.writer(lines)
            if new:
                writer.writerow(["step", *TownReport.header()])
            writer.writerow([trainer.step, *report.row()])
        print("validation  " + "  ".join(map(" ".join, zip(report.header(), report.row()))), flush=True)

    goal = min(options.stop_at or recipe.steps, recipe.steps)
    while trainer.step < goal:
        next_stop = min(step - trainer.step % step for step in (options.save_every, options.validate_every))
        bound = goal if recipe.mixed(trainer.step) else min(goal, recipe.closed_steps)
        trainer.run(min(bound, trainer.step + next_stop), progress)
        checkpoint.save(last, trainer.record(provenance))
        if trainer.step % options.validate_every == 0 or trainer.step in (recipe.closed_steps, recipe.steps):
            checkpoint.save(options.checkpoints / f"step-{trainer.step:05d}.pt", trainer.record(provenance))
            measure()
    if trainer.step == recipe.steps:
        settle(trainer.model, frames(options.set, "training"))
        checkpoint.save(options.checkpoints / "final.pt", trainer.record({**provenance, "settled": True}))
        measure()


def main() -> None:
    """Command line: one-line errors."""
    options = parse(sys.argv[1:])
    torch.set_num_threads(options.threads)
    try:
        train(options)
    except (DataError, FloatingPointError, ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit("interrupted; start again with the same options to go on") from None


if __name__ == "__main__":
    main()
