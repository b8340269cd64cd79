"""The two networks that are compared, and everything about them that the peers have to know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".peers"
LDN_SEED = 1


@dataclass(frozen=True)
class Size:
    """Width and height, written `2048x1024`."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @staticmethod
    def parse(text: str) -> Size:
        width, _, height = text.partition("x")
        if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
            raise ValueError(f"a size is WIDTHxHEIGHT, for instance 2048x1024, not '{text}'")
        return Size(int(width), int(height))


@dataclass(frozen=True)
class Network:
    """A model folder of this project, which both sides run."""

    name: str
    folder: Path
    # None: the threshold that was calibrated for the model.
    threshold: float | None
    # Percent of labels that int8 must keep; nodes that cost more stay in fp32. 0: all nodes in int8.
    agreement: float

    @cached_property
    def card(self) -> dict:
        """model.yaml."""
        return yaml.safe_load((self.folder / "model.yaml").read_text())

    @property
    def onnx(self) -> Path:
        return self.folder / self.card["model"]

    @property
    def label(self) -> str:
        """Name and weights: what is kept between runs belongs to both."""
        return f"{self.name}-{self.card['model_sha256'][:8]}"

    @property
    def mean(self) -> list[float]:
        return self.card["input"]["mean"]

    @property
    def std(self) -> list[float]:
        return self.card["input"]["std"]

    @property
    def align_corners(self) -> bool:
        return self.card["upsampling"]["align_corners"]

    @property
    def class_count(self) -> int:
        """Classes; logits beyond them are dropped."""
        return len(self.card["classes"])

    @property
    def decision_threshold(self) -> float:
        """What a pixel's score must exceed to be unknown."""
        if self.threshold is not None:
            return self.threshold
        entries = yaml.safe_load((self.folder / "thresholds.yaml").read_text())
        return next(e["value"] for e in entries if e["score"] == "densehybrid" and e["score_at"] == "full")


# Random weights, whose labels are chaotic: the search for nodes that cost agreement would give up nearly all, where a trained
# LDN-121 (Calibration/ldn121-densehybrid) needs none in fp32. NNCF quantises everything, too.
LDN121 = Network("ldn121", CACHE / "models" / "ldn121", threshold=-3.0, agreement=0)
ESPNETV2 = Network("espnetv2", ROOT / "Calibration" / "espnetv2-densehybrid", threshold=None, agreement=99.3)
NETWORKS = {network.name: network for network in (LDN121, ESPNETV2)}
