"""AP and FPR at 95 % TPR of the scores on a labelled set, all pixels of the set pooled (scikit-learn).

    python -m tools.train.evaluate MODEL --data DIR --set roadanomaly_cc36 RoadAnomaly21 fs_static

MODEL is a checkpoint of this trainer, or the authors' weights (zero-shot: logit-only scores). The picture is resized to
`--width` (aspect kept, height rounded to a multiple of 16); logits return to the picture's own size in one bilinear
step and are scored there. Reported sets are for measuring only: this command writes nothing that training reads.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from tools.networks.espnetv2 import ESPNetv2DenseHybrid, load_densehybrid, load_pretrained

from .labels import VOID
from .metrics import average_precision, rate_and_threshold
from .photos import DataError
from .scores import SCORES, network_size, score_picture


@dataclass(frozen=True)
class ReportSet:
    """Where pictures and labels lie; a label file is named after its picture plus `label_suffix`."""

    images: str
    labels: str
    label_suffix: str

    def pairs(self, root: Path) -> list[tuple[Path, Path]]:
        """(picture, label) paths, sorted by name."""
        folder = root / self.images
        pictures = sorted(p for p in folder.glob("*") if p.suffix in (".jpg", ".png", ".webp"))
        pairs = [(p, root / self.labels / f"{p.stem}{self.label_suffix}.png") for p in pictures]
        found = [(p, label) for p, label in pairs if label.is_file() and label != p]
        if not found:
            raise DataError(f"{folder}: no labelled pictures; point --data at the folder that holds {self.images}")
        return found


REPORT_SETS = {
    "roadanomaly_cc36": ReportSet("roadanomaly_cc36", "roadanomaly_cc36", "_label"),
    "RoadAnomaly21": ReportSet("RoadAnomaly21/images", "RoadAnomaly21/labels_masks", ""),
    "fs_static": ReportSet("fs_static/images", "fs_static/labels_masks", ""),
}


def load_any(path: Path, scale: float) -> tuple[ESPNetv2DenseHybrid, bool]:
    """The model and whether its outlier head is trained."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    if "model" in content:
        return load_densehybrid(path)[0], True
    model = ESPNetv2DenseHybrid(scale)
    model.network.load_state_dict(load_pretrained(path, scale).state_dict())
    return model.eval(), False


def pictures(pairs: list[tuple[Path, Path]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(RGB, truth) with truth 0 inlier, 1 anomaly (any label from 1 to 254), 255 void."""
    for picture_path, label_path in pairs:
        with Image.open(picture_path) as picture, Image.open(label_path) as label:
            image, raw = np.array(picture.convert("RGB")), np.array(label)
        if raw.shape != image.shape[:2]:
            raise DataError(f"{label_path}: is {raw.shape}, its picture {image.shape[:2]}")
        yield image, np.where(raw == VOID, VOID, raw > 0).astype(np.uint8)


def evaluate(model: ESPNetv2DenseHybrid, has_head: bool, pairs: list[tuple[Path, Path]], width: int) -> list[str]:
    """Lines of the table: score, AP, FPR95."""
    names = SCORES if has_head else ("generative",)
    truths: list[np.ndarray] = []
    scores: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for image, truth in pictures(pairs):
        scored = score_picture(model, image, network_size(image.shape[1], image.shape[0], width))
        valid = truth != VOID
        truths.append(truth[valid] == 1)
        for name in names:
            scores[name].append(scored.score(name)[valid])
    truth = np.concatenate(truths)
    lines = []
    for name in names:
        score = np.concatenate(scores.pop(name))
        rate, _ = rate_and_threshold(truth, score)
        lines.append(f"{name:15s} AP {100 * average_precision(truth, score):6.2f}  FPR95 {100 * rate:6.2f}")
    lines.append(f"{len(pairs)} pictures, {int(truth.sum())} anomalous of {truth.size} labelled pixels")
    return lines


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Measure outlier scores on labelled sets.")
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", nargs="+", choices=sorted(REPORT_SETS), default=sorted(REPORT_SETS))
    parser.add_argument("--width", type=int, default=1024, help="width of the network input, multiple of 16")
    parser.add_argument("--scale", type=float, default=2.0, help="network scale s, for the authors' weights")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    try:
        model, has_head = load_any(options.model, options.scale)
        for name in options.set:
            print(f"{name} ({options.width} wide, {'trained head' if has_head else 'no head: zero-shot'})")
            for line in evaluate(model, has_head, REPORT_SETS[name].pairs(options.data), options.width):
                print("  " + line, flush=True)
    except (DataError, ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
