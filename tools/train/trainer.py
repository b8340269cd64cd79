"""The fine-tuning loop: frozen batch-norm statistics, Adam with two learning rates, warm-up, a constant phase and
cosine, resumable."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tools.networks.espnetv2 import KNOWN_CLASSES, ESPNetv2, ESPNetv2DenseHybrid

from . import checkpoint
from .losses import LossTerms, loss_terms
from .samples import Batch, Sampler


@dataclass(frozen=True)
class Recipe:
    """Everything beside the data that decides the result; stands in every checkpoint."""

    s: float = 2.0
    head: str = "paper"
    loss: str = "code"
    beta: float = 0.03
    loss_stride: int = 2
    steps: int = 600
    hold: int = 0
    batch: int = 4
    network_rate: float = 5e-5
    head_rate: float = 1e-3
    seed: int = 1
    warm_up: int = 20
    calibration_batches: int = 8

    def rate_factor(self, step: int) -> float:
        """Linear warm-up (Adam's first steps are all of full size), constant up to step `hold`, then cosine to zero."""
        way = max(0, step - self.hold) / max(1, self.steps - self.hold)
        return min(1.0, (step + 1) / self.warm_up) * 0.5 * (1 + math.cos(math.pi * way))


def freeze_statistics(module: nn.Module) -> None:
    """Running means and variances stay; scale and shift keep learning."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()


@torch.no_grad()
def calibrate_head(model: ESPNetv2DenseHybrid, sampler: Sampler, recipe: Recipe) -> None:
    """Gives the new head's batch norms the statistics of clean crops (cumulative mean), before they are frozen."""
    norms = [part for part in model.outlier_head.modules() if isinstance(part, nn.BatchNorm2d)]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for index in range(recipe.calibration_batches):
        model(sampler.batch(-1 - index & 0x7FFFFFFF, recipe.batch, clean=True).images)
    for norm in norms:
        norm.momentum = 0.1
        norm.eval()


def _without_schedule(recipe: dict[str, object]) -> dict[str, object]:
    """`recipe` less what a resumed run may change: how long the constant phase and the whole run are."""
    return {name: value for name, value in recipe.items() if name not in ("steps", "hold")}


class Trainer:
    """Holds model, optimiser and step; `run` goes on from wherever it stands."""

    def __init__(self, network: ESPNetv2, sampler: Sampler, recipe: Recipe) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self._sampler = recipe, sampler
        self.model = ESPNetv2DenseHybrid(recipe.s, recipe.head)
        self.model.network.load_state_dict(network.state_dict())
        calibrate_head(self.model, sampler, recipe)
        self.start = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        groups = [
            {"params": list(self.model.network.parameters()), "lr": recipe.network_rate},
            {"params": list(self.model.outlier_head.parameters()), "lr": recipe.head_rate},
        ]
        self._rates = [recipe.network_rate, recipe.head_rate]
        self._optimizer = torch.optim.Adam(groups, eps=1e-7)
        self.step = 0

    def run(self, until: int, report: Callable[[int, LossTerms, float], None]) -> None:
        """Trains up to (not including) step `until`, calling `report(step, terms, seconds)` after each."""
        self.model.train()
        freeze_statistics(self.model)
        while self.step < min(until, self.recipe.steps):
            began = time.monotonic()
            terms = self._advance(self._sampler.batch(self.step, self.recipe.batch))
            self.step += 1
            report(self.step, terms, time.monotonic() - began)

    def _advance(self, batch: Batch) -> LossTerms:
        factor = self.recipe.rate_factor(self.step)
        for group, rate in zip(self._optimizer.param_groups, self._rates):
            group["lr"] = rate * factor
        logits, outlier_logits = self.model(batch.images)
        logits, stride = logits[:, :KNOWN_CLASSES], self.recipe.loss_stride
        if stride == 1:
            full = batch.images.shape[2:]
            logits = F.interpolate(logits, full, mode="bilinear", align_corners=True)
            outlier_logits = F.interpolate(outlier_logits, full, mode="bilinear", align_corners=True)
        # Stride 2 is the network's own: no upsampling.
        labels, pasted = batch.labels[:, ::stride, ::stride], batch.pasted[:, ::stride, ::stride]
        terms = loss_terms(self.recipe.loss, logits, outlier_logits, labels, pasted, beta=self.recipe.beta)
        if not torch.isfinite(terms.total):
            raise FloatingPointError(f"loss is not finite at step {self.step}; lower the learning rates")
        self._optimizer.zero_grad(set_to_none=True)
        terms.total.backward()
        self._optimizer.step()
        return terms

    def record(self, provenance: dict[str, object]) -> dict[str, object]:
        """What a checkpoint holds; loads with `load_densehybrid` and with `resume`."""
        state: dict[str, Tensor] = self.model.state_dict()
        return {
            "model": state,
            "s": self.recipe.s,
            "head": self.recipe.head,
            "recipe": asdict(self.recipe),
            "step": self.step,
            "optimizer": self._optimizer.state_dict(),
            "start": self.start,
            "provenance": provenance,
            "state_digest": checkpoint.state_digest(state),
            "start_digest": checkpoint.state_digest(self.start),
            "largest_change_network": checkpoint.largest_change(self.start, state, "network."),
            "largest_change_head": checkpoint.largest_change(self.start, state, "outlier_head."),
        }

    def resume(self, path: Path) -> None:
        """Continues from a checkpoint of the same recipe; `steps` and `hold` may differ, so that a run can end sooner."""
        record = torch.load(path, map_location="cpu", weights_only=True)
        if _without_schedule(record["recipe"]) != _without_schedule(asdict(self.recipe)):
            raise ValueError(f"{path}: was written with another recipe ({record['recipe']}); use another folder")
        self.model.load_state_dict(record["model"])
        self._optimizer.load_state_dict(record["optimizer"])
        self.start, self.step = record["start"], int(record["step"])
