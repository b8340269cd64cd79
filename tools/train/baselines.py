"""What the logits of a network are worth without an outlier head, on the validation mixture (never on a reported set).

    python -m tools.train.baselines MODEL --data DIR [--every 8]

MODEL is the authors' weights (zero-shot) or a checkpoint of this trainer. AP and FPR95 in %, per street set.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from tools.networks.espnetv2 import KNOWN_CLASSES, ESPNetv2DenseHybrid

from .evaluate import load_any
from .labels import VOID
from .metrics import average_precision, rate_and_threshold
from .mixture import NETWORK_SIZE, mixtures
from .photos import STREET_SETS, DataError
from .scores import normalized, resized


def _entropy(known: Tensor) -> Tensor:
    logarithm = known.log_softmax(1)
    return -(logarithm.exp() * logarithm).sum(1)


# From all 20 maps (known classes first) at full resolution to a score map; higher = more anomalous.
SCORES: dict[str, Callable[[Tensor], Tensor]] = {
    "msp": lambda logits: 1 - logits[:, :KNOWN_CLASSES].softmax(1).amax(1),
    "max-logit": lambda logits: -logits[:, :KNOWN_CLASSES].amax(1),
    "entropy": lambda logits: _entropy(logits[:, :KNOWN_CLASSES]),
    "energy T=0.5": lambda logits: -0.5 * torch.logsumexp(logits[:, :KNOWN_CLASSES] / 0.5, 1),
    "energy T=1": lambda logits: -torch.logsumexp(logits[:, :KNOWN_CLASSES], 1),
    "energy T=2": lambda logits: -2 * torch.logsumexp(logits[:, :KNOWN_CLASSES] / 2, 1),
    "energy T=5": lambda logits: -5 * torch.logsumexp(logits[:, :KNOWN_CLASSES] / 5, 1),
    "background": lambda logits: logits.log_softmax(1)[:, KNOWN_CLASSES],
}


@torch.no_grad()
def measure(model: ESPNetv2DenseHybrid, root: Path, seed: int, every: int) -> dict[tuple[str, str], tuple[float, float]]:
    """(score, street set) -> (AP, FPR95)."""
    truths: dict[str, list[np.ndarray]] = {street.folder: [] for street in STREET_SETS}
    values: dict[tuple[str, str], list[np.ndarray]] = {}
    for mixture in mixtures(root, seed, every):
        logits, _ = model(normalized(resized(mixture.image, NETWORK_SIZE))[None])
        logits = F.interpolate(logits, mixture.anomaly.shape, mode="bilinear", align_corners=True)
        valid, folder = mixture.anomaly != VOID, mixture.photo.street.folder
        truths[folder].append(mixture.anomaly[valid] == 1)
        for name, score in SCORES.items():
            values.setdefault((name, folder), []).append(score(logits)[0].numpy()[valid])
    results = {}
    for (name, folder), maps in values.items():
        truth, score = np.concatenate(truths[folder]), np.concatenate(maps)
        results[name, folder] = average_precision(truth, score), rate_and_threshold(truth, score)[0]
    return results


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Measure logit-only scores on the validation mixture.")
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=8, help="take each N-th photo only")
    parser.add_argument("--scale", type=float, default=2.0, help="network scale s, for the authors' weights")
    options = parser.parse_args()
    torch.set_num_threads(1)
    try:
        model, _ = load_any(options.model, options.scale)
        results = measure(model, options.data, options.seed, options.every)
    except (DataError, ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    for (name, folder), (precision, rate) in results.items():
        print(f"{name:14s} {folder:10s} AP {100 * precision:6.2f}  FPR95 {100 * rate:6.2f}")


if __name__ == "__main__":
    main()
