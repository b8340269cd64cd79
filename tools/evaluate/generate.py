"""Golden data for EvaluationTests from scikit-learn and SciPy, small enough to be committed.

    python -m tools.evaluate.generate        (from the repository's root)

curves       precision_recall_curve, roc_curve, average_precision_score: best F1, TPR at FPR 5, means over pictures, and
             FPR at the recall nearest to 95 % as Hendrycks' protocol for StreetHazards reads it
classes      confusion_matrix and jaccard_score: closed and open IoU
score maps   NumPy and h5py: the same map in the types and shapes that programs write, and files that are no maps
decisions    roc_curve: thresholds at a TPR and an FPR by both tie rules, lowered to "score > threshold"; scipy.stats:
             exact binomial limits; scipy.ndimage: the score at which a frame raises an alarm
distances    roc_curve and average_precision_score of the pixels in each of the paper's nine ranges of distance
components   scipy.ndimage.label and the definitions of sIoU and PPV written out over sets of pixels
intervals    all of them in bootstrap draws of pictures, and NumPy's percentiles
"""

import pathlib

import h5py
import numpy as np
from scipy import ndimage, stats
from sklearn import metrics

from tools.evaluate.intervals import intervals
from tools.openset_goldens.tensors import write

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/EvaluationTests/Fixtures"


def curves() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    arrays = {}
    for index, (pictures, pixels, digits) in enumerate([(4, 300, 1), (3, 500, 4), (5, 64, 0)]):
        labels = (rng.random((pictures, pixels)) < 0.2).astype(np.uint8)
        labels[0, :2] = 0, 1
        labels[1] = 0  # a picture without anomaly
        scores = np.round(rng.normal(size=labels.shape) + 1.2 * labels, digits).astype(np.float32)
        precision, recall, _ = metrics.precision_recall_curve(labels.ravel(), scores.ravel())
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
        fpr, tpr, _ = metrics.roc_curve(labels.ravel(), scores.ravel(), drop_intermediate=False)
        means, nearest = [], []
        for truth, values in zip(labels, scores):
            if truth.min() == truth.max():
                continue
            means.append((metrics.average_precision_score(truth, values), metrics.roc_auc_score(truth, values)))
            rates, recalls, _ = metrics.roc_curve(truth, values, drop_intermediate=False)
            last = np.argmax(recalls == 1)
            distance = np.abs(recalls[1 : last + 1] - 0.95)
            nearest.append(rates[1 : last + 1][distance == distance.min()].max())
        arrays[f"curves{index}.labels"] = labels
        arrays[f"curves{index}.scores"] = scores
        arrays[f"curves{index}.expected"] = np.array(
            [f1.max(), tpr[fpr <= 0.05].max(), *np.mean(means, axis=0), np.mean(nearest)], np.float64)
    return arrays


def classes() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(12)
    arrays = {}
    for index, k in enumerate([3, 12]):
        # k is the anomaly, k + 1 void; class 1 of the second case never occurs.
        truth = rng.integers(0, k + 2, 4000)
        if index == 1:
            truth[truth == 1] = 0
        predicted = np.where(rng.random(4000) < 0.6, np.minimum(truth, k), rng.integers(0, k + 1, 4000))
        if index == 1:
            predicted[predicted == 1] = 0
        known = truth <= k
        present = [c for c in range(k) if (truth[known] == c).any() or (predicted[known] == c).any()]
        open_iou = metrics.jaccard_score(truth[known], predicted[known], labels=present, average="macro")
        inlier = (truth < k) & (predicted < k)
        closed = metrics.jaccard_score(truth[inlier], predicted[inlier], labels=present, average="macro")
        arrays[f"classes{index}.truth"] = truth.astype(np.uint8)
        arrays[f"classes{index}.predicted"] = predicted.astype(np.uint8)
        arrays[f"classes{index}.expected"] = np.array([k, closed, open_iou], np.float64)
    return arrays


def pixels(labels: np.ndarray, least: int) -> list[set[int]]:
    """Components of at least `least` pixels as sets of positions."""
    numbers, count = ndimage.label(labels, np.ones((3, 3)))
    found = [set(np.flatnonzero(numbers == number).tolist()) for number in range(1, count + 1)]
    return [component for component in found if len(component) >= least]


def component_values(labels, scores, threshold, least_predicted: int, least_truth: int):
    """sIoU of every true component and PPV of every predicted one."""
    truth = pixels(labels == 1, least_truth)
    small = set(np.flatnonzero(labels == 1).tolist()) - set().union(*truth)
    void = set(np.flatnonzero(labels == 255).tolist()) | small
    predicted = [p - void for p in pixels((scores > threshold) & (labels != 255), least_predicted)]
    predicted = [p for p in predicted if p]
    every_truth = set().union(*truth)
    adjusted = []
    for k in truth:
        touching = set().union(*(p for p in predicted if p & k))
        adjusted.append(len(touching & k) / len((touching | k) - (touching & (every_truth - k))))
    values = [len(p & every_truth) / len(p) for p in predicted]
    return np.array(adjusted, np.float64), np.array(values, np.float64)


def components() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(13)
    arrays = {}
    for index, (size, least_predicted, least_truth) in enumerate([((40, 61), 12, 8), ((33, 32), 1, 1), ((64, 80), 5, 20)]):
        smooth = [ndimage.gaussian_filter(rng.normal(size=size), 2.5) for _ in range(3)]
        labels = (smooth[0] > 0.08).astype(np.uint8)
        labels[smooth[1] > 0.15] = 255
        scores = (0.6 * smooth[0] + 0.6 * smooth[2]).astype(np.float32)
        threshold = np.float32(0.06)
        adjusted, values = component_values(labels, scores, threshold, least_predicted, least_truth)
        arrays[f"components{index}.labels"] = labels
        arrays[f"components{index}.scores"] = scores
        arrays[f"components{index}.settings"] = np.array([size[1], least_predicted, least_truth, threshold], np.float64)
        arrays[f"components{index}.adjusted"] = np.sort(adjusted)
        arrays[f"components{index}.values"] = np.sort(values)
    return arrays


def critical(scores: np.ndarray, area: int) -> float:
    """Greatest value at or above which some 8-connected region has `area` pixels; -inf where none ever has."""
    for value in np.unique(scores)[::-1]:
        numbers, _ = ndimage.label(scores >= value, np.ones((3, 3)))
        if np.bincount(numbers.ravel())[1:].max() >= area:
            return float(value)
    return -np.inf


def decisions() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(14)
    arrays = {}
    for index, (pixels, digits, target, allowed) in enumerate([(2000, 1, 0.95, 0.05), (700, 4, 0.8, 0.013), (20, 0, 0.5, 0.25)]):
        labels = (rng.random(pixels) < 0.2).astype(np.uint8)
        labels[:2] = 0, 1
        scores = np.round(rng.normal(size=pixels) + 1.2 * labels, digits).astype(np.float32)
        fpr, tpr, steps = metrics.roc_curve(labels, scores, drop_intermediate=False)
        reached, above = np.argmax(tpr >= target), np.argmax(tpr > target)
        kept, below = np.flatnonzero(fpr <= allowed)[-1], np.flatnonzero(fpr < allowed)[-1]
        lowered = np.nextafter(steps[[reached, above]].astype(np.float32), np.float32(-np.inf))
        # The next step's score is the greatest that must not count.
        values = [*lowered, steps[kept + 1], steps[below + 1], fpr[reached], tpr[kept]]
        arrays[f"decisions{index}.labels"] = labels
        arrays[f"decisions{index}.scores"] = scores
        arrays[f"decisions{index}.expected"] = np.array([target, allowed, *values], np.float64)
    rows = []
    for hits, trials in [(0, 10), (3, 10), (10, 10), (1, 300), (37, 1000), (500, 1000), (12, 100_000), (99_990, 100_000)]:
        for confidence in (0.9, 0.95, 0.999):
            exact = stats.binomtest(hits, trials)
            both = exact.proportion_ci(confidence, method="exact")
            one = stats.binomtest(hits, trials, alternative="less").proportion_ci(confidence, method="exact")
            rows.append([hits, trials, confidence, both.low, both.high, one.high])
    arrays["binomial"] = np.array(rows, np.float64)
    for index, (size, area, digits) in enumerate([((20, 31), 40, 1), ((9, 8), 1, 3), ((33, 17), 200, 0), ((5, 6), 31, 1)]):
        scores = ndimage.gaussian_filter(rng.normal(size=size), 1.5).astype(np.float32)
        scores = np.round(scores * 8, digits).astype(np.float32)
        arrays[f"alarm{index}.scores"] = scores
        arrays[f"alarm{index}.expected"] = np.array([size[1], area, critical(scores, area)], np.float64)
    return arrays


def distances() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(15)
    labels = rng.choice(np.array([0, 1, 255], np.uint8), 4000, p=[0.8, 0.15, 0.05])
    scores = np.round(rng.normal(size=4000) + 1.5 * (labels == 1), 1).astype(np.float32)
    metres = np.round(rng.uniform(0, 60, 4000), 1).astype(np.float32)
    metres[rng.random(4000) < 0.05] = 0
    labels[(metres >= 45) & (metres < 50) & (labels == 1)] = 0
    expected = []
    for near in range(5, 50, 5):
        chosen = (metres >= near) & (metres < near + 5) & (labels != 255)
        truth, values = labels[chosen], scores[chosen]
        counts = [(truth == 0).sum(), (truth == 1).sum()]
        if counts[1] == 0:
            expected.append([*counts, -1, -1])
            continue
        fpr, tpr, _ = metrics.roc_curve(truth, values, drop_intermediate=False)
        expected.append([*counts, metrics.average_precision_score(truth, values), fpr[np.argmax(tpr >= 0.95)]])
    return {"labels": labels, "scores": scores, "metres": metres, "expected": np.array(expected, np.float64)}


def score_maps() -> None:
    values = np.arange(15, dtype=np.float64).reshape(3, 5) - 7.25
    np.save(FIXTURES / "half.npy", values.astype(np.float16))
    np.save(FIXTURES / "single.npy", values.astype(np.float32))
    np.save(FIXTURES / "double.npy", values)
    np.save(FIXTURES / "batch.npy", values.astype(np.float32)[None, ..., None])
    np.save(FIXTURES / "fortran.npy", np.asfortranarray(values))
    np.save(FIXTURES / "integers.npy", values.astype(np.int64))
    numbers = np.arange(15).reshape(3, 5)
    np.savez(FIXTURES / "issu.npz", anomaly_scores=values.astype(np.float32), pred_id_labels=numbers)
    np.savez_compressed(
        FIXTURES / "deflated.npz", pred_id_labels=numbers.astype(np.uint8), anomaly_scores=values.astype(np.float16))
    np.savez(FIXTURES / "other.npz", scores=values)
    np.save(FIXTURES / "cube.npy", np.zeros((2, 3, 4), np.float32))
    for name, dataset, kind in [("half", "value", np.float16), ("single", "value", np.float32), ("other", "x", np.float32)]:
        with h5py.File(FIXTURES / f"{name}.hdf5", "w") as file:
            file.create_dataset(dataset, data=values.astype(kind), compression=9)


def main() -> None:
    score_maps()
    write(FIXTURES / "curves.safetensors", curves())
    write(FIXTURES / "classes.safetensors", classes())
    write(FIXTURES / "components.safetensors", components())
    write(FIXTURES / "decisions.safetensors", decisions())
    write(FIXTURES / "distances.safetensors", distances())
    write(
        FIXTURES / "intervals.safetensors", intervals(lambda *picture: component_values(*picture, 3, 2)))


if __name__ == "__main__":
    main()
