"""From network outputs to the outlier scores (higher = more anomalous), and pictures to network inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from tools.networks.espnetv2 import KNOWN_CLASSES, MEAN, SIZE_MULTIPLE, STD, ESPNetv2DenseHybrid

SCORES = ("densehybrid", "generative", "discriminative")


def normalized(image: np.ndarray) -> Tensor:
    """HxWx3 uint8 RGB -> 3xHxW float32, normalised as the network wants it."""
    scaled = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).float() / 255
    return (scaled - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def network_size(width: int, height: int, network_width: int) -> tuple[int, int]:
    """(width, height) of the network input that keeps the aspect, height rounded to the network's multiple."""
    rounded = max(1, round(network_width * height / width / SIZE_MULTIPLE)) * SIZE_MULTIPLE
    return network_width, rounded


def resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Anti-aliased bilinear resize (PIL's, as the network's authors train) to `size` = (width, height)."""
    return np.array(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))


@dataclass(frozen=True)
class ScoredPicture:
    """Full-resolution results of one picture, HxW each."""

    log_sum_exp: np.ndarray
    log_outlier: np.ndarray
    classes: np.ndarray

    def score(self, name: str) -> np.ndarray:
        """The score map `name`: ln P(d_out|x) - ln sum exp s_k, or one of its two summands."""
        if name == "generative":
            return -self.log_sum_exp
        if name == "discriminative":
            return self.log_outlier
        if name == "densehybrid":
            return self.log_outlier - self.log_sum_exp
        raise ValueError(f"score '{name}' is unknown; choose one of {', '.join(SCORES)}")


@torch.no_grad()
def score_picture(model: ESPNetv2DenseHybrid, image: np.ndarray, size: tuple[int, int]) -> ScoredPicture:
    """Runs `model` on `image` resized to `size` (width, height), scores at the picture's own resolution.

    Logits go up in ONE bilinear step with align_corners=True before anything non-linear.
    """
    logits, outlier_logits = model(normalized(resized(image, size))[None])
    full = image.shape[:2]
    logits = F.interpolate(logits[:, :KNOWN_CLASSES], full, mode="bilinear", align_corners=True)
    outlier_logits = F.interpolate(outlier_logits, full, mode="bilinear", align_corners=True)
    # Log-softmax as softplus: log(softmax) would underflow to -inf in float32.
    log_outlier = -F.softplus(outlier_logits[:, 0] - outlier_logits[:, 1])
    return ScoredPicture(
        torch.logsumexp(logits, 1)[0].numpy(), log_outlier[0].numpy(), logits.argmax(1)[0].to(torch.uint8).numpy()
    )
