"""Closed-set mean IoU on CamVid test, mapped to CamVid's 11 classes: what fine-tuning cost the classifier.

    python -m tools.train.closed_set MODEL [MODEL ...] --data DIR [--width 640] [--every 1]

MODEL is a checkpoint of this trainer or the authors' weights. For measuring only: CamVid test is a reported set.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import torch

from tools.networks.espnetv2 import ESPNetv2DenseHybrid

from .evaluate import load_any
from .labels import coarse_ids
from .metrics import ConfusionMatrix
from .photos import CAMVID, DataError, Photo
from .scores import network_size, score_picture


def closed_iou(model: ESPNetv2DenseHybrid, photos: Iterable[Photo], width: int) -> float:
    """Mean IoU of CamVid's classes over `photos`, the network's input `width` wide (aspect kept)."""
    confusion = ConfusionMatrix(len(CAMVID.table))
    for photo in photos:
        image = photo.image()
        classes = score_picture(model, image, network_size(image.shape[1], image.shape[0], width)).classes
        confusion.add(photo.coarse_label(), coarse_ids(classes, CAMVID.table))
    return confusion.mean_iou()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Measure closed-set mean IoU on CamVid test.")
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--width", type=int, default=CAMVID.label_width, help="width of the network input")
    parser.add_argument("--every", type=int, default=1, help="take each N-th picture only")
    parser.add_argument("--scale", type=float, default=2.0, help="network scale s, for the authors' weights")
    options = parser.parse_args()
    torch.set_num_threads(1)
    try:
        photos = CAMVID.photos(options.data, "test")[:: options.every]
        for path in options.models:
            value = closed_iou(load_any(path, options.scale)[0], photos, options.width)
            print(f"{path.name}: mean IoU {100 * value:.2f} % ({len(photos)} pictures, {options.width} wide)", flush=True)
    except (DataError, ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
