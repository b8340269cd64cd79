"""Thresholds at 95 % TPR on the validation mixture, written beside the model. Entries for other models, scores, sizes or
precisions stay in the file.

    python -m tools.train.thresholds CHECKPOINT --data DIR --model MODEL_FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
import yaml

from tools.networks.espnetv2 import ESPNetv2DenseHybrid, load_densehybrid

from .labels import VOID
from .manifest import Manifest, ManifestError, digest_of
from .metrics import rate_and_threshold
from .mixture import NETWORK_SIZE, mixtures, validation_photos
from .photos import DataError
from .scores import SCORES, score_picture


def measure(model: ESPNetv2DenseHybrid, root: Path, seed: int, every: int) -> list[dict[str, object]]:
    """One entry per score: threshold, FPR there, pixel counts."""
    truths: list[np.ndarray] = []
    scores: dict[str, list[np.ndarray]] = {name: [] for name in SCORES}
    for mixture in mixtures(root, seed, every):
        scored = score_picture(model, mixture.image, NETWORK_SIZE)
        valid = mixture.anomaly != VOID
        truths.append(mixture.anomaly[valid] == 1)
        for name in SCORES:
            scores[name].append(scored.score(name)[valid])
    truth = np.concatenate(truths)
    entries: list[dict[str, object]] = []
    for name in SCORES:
        rate, value = rate_and_threshold(truth, np.concatenate(scores.pop(name)))
        # A pixel is unknown where its score is strictly above the threshold: one step down keeps TPR >= 95 %.
        value = float(np.nextafter(np.float32(value), np.float32(-np.inf)))
        counts = {"positives": int(truth.sum()), "negatives": int((~truth).sum())}
        entries.append({"score": name, "score_at": "full", "value": value, "rule": "TPR 95", "fpr": rate, **counts})
    return entries


# What tells two entries apart, as `densehybrid calibrate threshold` does (CalibratedThreshold.replaces).
IDENTITY = ("score", "score_at", "size", "precision", "model_sha256")


def merge(path: Path, new: list[dict[str, object]]) -> None:
    """Puts `new` entries into the file, each in the place of one for the same use; all others stay as they are."""
    old = yaml.safe_load(path.read_text()) if path.exists() else None
    if old is None:
        old = []
    if not isinstance(old, list) or not all(isinstance(entry, dict) for entry in old):
        raise ValueError(f"{path} is no list of thresholds: repair it, or move it away")
    replaced = {tuple(str(entry[key]).lower() for key in IDENTITY) for entry in new}
    kept = [entry for entry in old if tuple(str(entry.get(key)).lower() for key in IDENTITY) not in replaced]
    aside = path.with_suffix(".part")
    aside.write_text(yaml.safe_dump(kept + new, sort_keys=False, width=120, allow_unicode=True))
    aside.replace(path)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write thresholds.yaml.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="folder with the exported model.onnx")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    try:
        Manifest.read().check([photo.path for photo in validation_photos(options.data)], "validation")
        digest = digest_of(options.model / "model.onnx")
        model, _ = load_densehybrid(options.checkpoint)
        entries = measure(model, options.data, options.seed, options.every)
    except (DataError, ManifestError, ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    width, height = NETWORK_SIZE
    common = {
        "size": f"{width}x{height}",
        "precision": "fp32",
        "model_sha256": digest,
        "set": f"CamVid val and IDD-lite val with pasted held-out cut-outs, seed {options.seed}, every {options.every}",
        "command": f"python -m tools.train.thresholds CHECKPOINT --data DIR --model DIR --seed {options.seed} "
        f"--every {options.every}",
    }
    try:
        merge(options.model / "thresholds.yaml", [{**entry, **common} for entry in entries])
    except (ValueError, OSError, yaml.YAMLError) as error:
        raise SystemExit(f"error: {error}") from None
    for entry in entries:
        print(f"{entry['score']:15s} threshold {entry['value']:.6f}  FPR {100 * float(entry['fpr']):.2f} %")


if __name__ == "__main__":
    main()
