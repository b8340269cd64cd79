"""Golden data for the scores of features: statistics and scores by NumPy and PyTorch, small enough to be committed.

    python tools/openset_goldens/features.py        (from the repository's root)

Features are correlated and clustered by class; one class is rare and one is never predicted. Scores follow the papers'
formulas directly (inverse of the covariance, SVD of the centred features), not the program's way to them.
"""

import pathlib

import numpy as np
import torch

from tensors import write

ROOT = pathlib.Path(__file__).resolve().parents[2]
FEWEST = 1000  # ScoreStatistics.fewestPixels
RIDGE = 1e-4  # FeatureProjection.regularization
WEIGHT = 0.6


def case(channels: int, classes: int, planes: int, height: int, width: int, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    pixels = height * width
    shares = np.ones(classes)
    shares[1] = 0.002  # rare
    shares[2] = 0  # never predicted
    wanted = random.choice(classes, pixels, p=shares / shares.sum())
    centres = random.normal(0, 2, (classes, channels))
    mixing = random.normal(0, 1, (channels, channels)) / np.sqrt(channels) * np.linspace(1.5, 0.05, channels)
    features = (centres[wanted] + random.normal(0, 1, (pixels, channels)) @ mixing.T).astype(np.float32)
    logits = random.normal(0, 1, (planes, pixels)).astype(np.float32)
    logits[wanted, np.arange(pixels)] += 12
    logits[:classes][2] -= 30
    f, s = features.astype(np.float64), logits[:classes].astype(np.float64)
    labels = s.argmax(0)
    counts = np.bincount(labels, minlength=classes)
    means = np.stack([f[labels == k].mean(0) if counts[k] else np.zeros(channels) for k in range(classes)])
    centred = f - means[labels]
    covariance = centred.T @ centred / pixels

    regular = covariance + RIDGE * np.trace(covariance) / channels * np.eye(channels)
    inverse = np.linalg.inv(regular)
    trusted = [k for k in range(classes) if counts[k] >= FEWEST]
    distances = np.stack([np.einsum("pi,ij,pj->p", f - means[k], inverse, f - means[k]) for k in trusted]).min(0)

    components = channels // 2
    around = f - f.mean(0)
    directions = np.linalg.svd(around, full_matrices=False)[2][:components]
    ratio = np.linalg.norm(around @ directions.T, axis=1) / (np.linalg.norm(around, axis=1) + 1e-8)
    energy = -torch.logsumexp(torch.from_numpy(s), 0).numpy()
    neco = -WEIGHT * (ratio - ratio.mean()) / ratio.std() + (1 - WEIGHT) * (energy - energy.mean()) / energy.std()

    limit = np.percentile(f, 90)
    weights = random.normal(0, 1, (classes, channels)).astype(np.float32)
    bias = random.normal(0, 1, classes).astype(np.float32)
    cut = torch.nn.functional.conv2d(
        torch.from_numpy(np.minimum(f, limit).T.reshape(1, channels, height, width)),
        torch.from_numpy(weights.astype(np.float64)).reshape(classes, channels, 1, 1),
        torch.from_numpy(bias.astype(np.float64)),
    )
    return {
        "shape": np.array([channels, classes, planes, height, width, components], np.int32),
        "features": features.T.reshape(channels, pixels),
        "logits": logits,
        "counts": counts.astype(np.int32),
        "means": means,
        "covariance": covariance,
        "ratio": np.array([ratio.mean(), ratio.std()]),
        "energy": np.array([energy.mean(), energy.std()]),
        "limit": np.array([limit]),
        "recomputed": cut[0].float().numpy(),
        "mahalanobis": distances.astype(np.float32),
        "energy-neco": neco.astype(np.float32),
        "react": -torch.logsumexp(cut[0], 0).float().numpy().reshape(-1),
    }


def main() -> None:
    arrays = {}
    for index, arguments in enumerate([(10, 4, 5, 40, 60, 1), (24, 4, 4, 40, 60, 2)]):
        arrays |= {f"features{index}.{name}": array for name, array in case(*arguments).items()}
    write(ROOT / "Tests/OpenSetTests/Fixtures/features.safetensors", arrays)


if __name__ == "__main__":
    main()
