"""Two phases: the closed set alone to its plateau, then a short, gentle one with mixed content (the paper's order)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.nn import functional as F

from tools.networks.ladder_densenet import LadderDenseNet, LadderDenseNetConfiguration

from .. import checkpoint
from ..losses import LossTerms, loss_terms
from ..samples import Batch
from .frames import CLASSES
from .samples import TownSampler


@dataclass(frozen=True)
class TownRecipe:
    """Everything beside the data that decides the result; stands in every checkpoint.

    Rates are those of Adam at the start of a phase's cosine; the trunk learns as fast as the rest in the first phase,
    since it starts from nothing, and at a quarter of the rate in the second.
    """

    closed_steps: int = 800
    mixed_steps: int = 200
    batch: int = 4
    closed_rate: float = 1e-3
    mixed_rate: float = 1e-4
    loss: str = "code"
    beta: float = 0.03
    bfloat16: bool = True
    seed: int = 1
    warm_up: int = 20
    trunk_share: float = 0.25
    last_rate: float = 0.02

    @property
    def steps(self) -> int:
        """Of both phases."""
        return self.closed_steps + self.mixed_steps

    def mixed(self, step: int) -> bool:
        """Whether a step is of the second phase."""
        return step >= self.closed_steps

    def rate_factor(self, step: int) -> float:
        """Linear warm-up, then a cosine to `last_rate` of the rate, in each phase."""
        begin, length = (self.closed_steps, self.mixed_steps) if self.mixed(step) else (0, self.closed_steps)
        way = (step - begin) / max(1, length)
        cosine = self.last_rate + (1 - self.last_rate) * 0.5 * (1 + math.cos(math.pi * way))
        return min(1.0, (step - begin + 1) / self.warm_up) * cosine


CONFIGURATION = LadderDenseNetConfiguration(class_count=CLASSES)


def new_network() -> LadderDenseNet:
    """LDN-121 for the set's classes, with He weights and batch norms that follow short runs."""
    network = LadderDenseNet(CONFIGURATION)
    for part in network.modules():
        if isinstance(part, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(part.weight)
            if part.bias is not None:
                torch.nn.init.zeros_(part.bias)
        elif isinstance(part, torch.nn.BatchNorm2d):
            # The authors' 0.01 fits 10 000 steps and more; a run of some hundred would never forget its first values.
            part.momentum = 0.05
    return network


class TownTrainer:
    """Holds network, optimiser and step; `run` goes on from wherever it stands."""

    def __init__(self, sampler: TownSampler, recipe: TownRecipe) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self._sampler = recipe, sampler
        # Channels last: less time a step with bfloat16 on AVX-512.
        self.model = new_network().to(memory_format=torch.channels_last)
        self.start = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        self.step = 0
        self._optimizer = self._new_optimizer()

    def _new_optimizer(self) -> torch.optim.Adam:
        trunk = list(self.model.backbone.parameters())
        known = {id(parameter) for parameter in trunk}
        rest = [parameter for parameter in self.model.parameters() if id(parameter) not in known]
        return torch.optim.Adam([{"params": trunk}, {"params": rest}], lr=self.recipe.closed_rate, eps=1e-7)

    def run(self, until: int, report: Callable[[int, LossTerms, float], None]) -> None:
        """Trains up to (not including) step `until`, calling `report(step, terms, seconds)` after each."""
        self.model.train()
        while self.step < min(until, self.recipe.steps):
            began = time.monotonic()
            if self.step == self.recipe.closed_steps:
                self._optimizer = self._new_optimizer()
            mixed = self.recipe.mixed(self.step)
            terms = self._advance(self._sampler.batch(self.step, self.recipe.batch, mixed))
            self.step += 1
            report(self.step, terms, time.monotonic() - began)

    def _advance(self, batch: Batch) -> LossTerms:
        recipe, mixed = self.recipe, self.recipe.mixed(self.step)
        rate = (recipe.mixed_rate if mixed else recipe.closed_rate) * recipe.rate_factor(self.step)
        trunk, rest = self._optimizer.param_groups
        trunk["lr"], rest["lr"] = rate * (recipe.trunk_share if mixed else 1.0), rate
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bfloat16):
            outputs = self.model(batch.images.contiguous(memory_format=torch.channels_last))
        full = batch.labels.shape[1:]
        logits = F.interpolate(outputs.logits.float(), full, mode="bilinear", align_corners=False)
        outlier = F.interpolate(outputs.outlier_logits.float(), full, mode="bilinear", align_corners=False)
        beta = recipe.beta if mixed else 0.0
        terms = loss_terms(recipe.loss, logits, outlier, batch.labels, batch.pasted, beta=beta)
        if not torch.isfinite(terms.total):
            raise FloatingPointError(f"loss is not finite at step {self.step}; lower the learning rates")
        self._optimizer.zero_grad(set_to_none=True)
        terms.total.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self._optimizer.step()
        return terms

    def record(self, provenance: dict[str, object]) -> dict[str, object]:
        """What a checkpoint holds: tools.export reads `model`, `resume` all of it."""
        state = self.model.state_dict()
        return {
            "model": state,
            "recipe": asdict(self.recipe),
            "step": self.step,
            "optimizer": self._optimizer.state_dict(),
            "start": self.start,
            "provenance": provenance,
            "state_digest": checkpoint.state_digest(state),
            "start_digest": checkpoint.state_digest(self.start),
        }

    def resume(self, path: Path) -> None:
        """Continues from a checkpoint. The lengths of the phases may differ, nothing else."""
        record = torch.load(path, map_location="cpu", weights_only=True)
        free = ("closed_steps", "mixed_steps")
        ours, theirs = ({k: v for k, v in r.items() if k not in free} for r in (asdict(self.recipe), record["recipe"]))
        if ours != theirs:
            raise ValueError(f"{path}: was written with another recipe ({record['recipe']}); use another folder")
        self.model.load_state_dict(record["model"])
        self.step, self.start = int(record["step"]), record["start"]
        self._optimizer.load_state_dict(record["optimizer"])
