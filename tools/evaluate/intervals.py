"""Bootstrap intervals of every number of an evaluation, by NumPy, scikit-learn and SciPy on the program's own draws.

Each draw concatenates the drawn pictures' pixels and computes all numbers anew; only the threshold of components is that of
the whole set. The draws follow Swift: `Int.random(in: 0..<n, using:)` (Lemire's method) on SplitMix64.
"""

import numpy as np
from sklearn import metrics

PICTURES, SIZE, DRAWS, SEED = 9, (14, 18), 60, 7
CLASS = {label: k for k, label in enumerate([1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13])}
ANOMALY, VOID, K = 14, 4, 12
FOLDS = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1])
LEVELS = 0.25 + 0.05 * np.arange(11)
MASK = (1 << 64) - 1


def drawn(pictures: int, draws: int, seed: int) -> list[np.ndarray]:
    state = seed

    def following() -> int:
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(bound: int) -> int:
        product = following() * bound
        if product & MASK < bound:
            least = (-bound & MASK) % bound
            while product & MASK < least:
                product = following() * bound
        return product >> 64

    return [np.array([below(pictures) for _ in range(pictures)]) for _ in range(draws)]


def steps(truth: np.ndarray, scores: np.ndarray):
    """Descending distinct scores, and the anomalies and inliers at or above each."""
    values = np.unique(scores)[::-1]
    found = np.array([(truth & (scores >= value)).sum() for value in values])
    mistakes = np.array([(~truth & (scores >= value)).sum() for value in values])
    return values, found, mistakes


def rates(truth: np.ndarray, scores: np.ndarray, above: bool) -> list[float]:
    if truth.all() or not truth.any():
        return [np.nan] * 5
    values, found, mistakes = steps(truth, scores)
    recall, wrong = found / truth.sum(), mistakes / (~truth).sum()
    allowed = recall[wrong <= 0.05]
    return [
        metrics.average_precision_score(truth, scores), metrics.roc_auc_score(truth, scores),
        wrong[np.argmax(recall > 0.95 if above else recall >= 0.95)], allowed.max() if allowed.size else 0,
        (2 * found / (found + mistakes + truth.sum())).max(),
    ]


def thresholds(truth: np.ndarray, scores: np.ndarray, above: bool) -> list[float]:
    """Least scores that count, at TPR 95 %, FPR 5 % and best F1."""
    if truth.all() or not truth.any():
        return [np.nan] * 3
    values, found, mistakes = steps(truth, scores)
    recall, wrong = found / truth.sum(), mistakes / (~truth).sum()
    kept = values[wrong <= 0.05]
    return [
        values[np.argmax(recall > 0.95 if above else recall >= 0.95)], kept[-1] if kept.size else np.inf,
        values[np.argmax(2 * found / (found + mistakes + truth.sum()))],
    ]


def mean_iou(truth: np.ndarray, predicted: np.ndarray) -> float:
    labels = [k for k in range(K) if (truth == k).any() or (predicted == k).any()]
    if not labels:
        return np.nan
    return metrics.jaccard_score(truth, predicted, labels=labels, average="macro", zero_division=0)


def mean_f1(adjusted: np.ndarray, values: np.ndarray) -> float:
    if adjusted.size + values.size == 0:
        return np.nan
    found = np.array([(adjusted >= level).sum() for level in LEVELS])
    mistakes = np.array([(values < level).sum() for level in LEVELS])
    return np.mean(2 * found / (2 * found + (adjusted.size - found) + mistakes))


def interval(values: list[float]) -> np.ndarray:
    known = [value for value in values if not np.isnan(value)]
    return np.percentile(known, [2.5, 97.5]) if known else np.array([-1.0, -1.0])


def intervals(components) -> dict[str, np.ndarray]:
    """`components(labels 0/1/255, scores, threshold)` gives the sIoUs and PPVs of one picture."""
    rng = np.random.default_rng(16)
    labels = rng.integers(1, 14, (PICTURES, *SIZE)).astype(np.uint8)
    for picture in range(PICTURES - 1):  # the last picture has no anomaly
        for _ in range(3):
            y, x = rng.integers(0, SIZE[0] - 3), rng.integers(0, SIZE[1] - 4)
            labels[picture, y : y + 3, x : x + 4] = ANOMALY
    spread = rng.uniform(0.5, 2, (PICTURES, 1, 1))
    scores = (np.round((rng.normal(size=labels.shape) + spread * (labels == ANOMALY)) * 16) / 16).astype(np.float32)
    right = np.vectorize(lambda label: CLASS.get(label, 0))(labels)
    classes = np.where(rng.random(labels.shape) < 0.6, right, rng.integers(0, K, labels.shape)).astype(np.uint8)
    metres = rng.uniform(0, 60, labels.shape).astype(np.float32)
    metres[(metres >= 45) & (metres < 50) & (labels == ANOMALY)] = 0  # a range without anomalies
    truth = np.vectorize(lambda label: CLASS.get(label, K if label == ANOMALY else K + 1))(labels)
    known = labels != VOID
    arrays = {"labels": labels, "scores": scores, "classes": classes, "metres": metres}
    arrays["settings"] = np.array([DRAWS, SEED], np.float64)

    marks = np.where(labels == VOID, 255, labels == ANOMALY).astype(np.uint8)
    threshold = thresholds(labels[known] == ANOMALY, scores[known], False)[2]
    parts = [components(marks[i], scores[i], np.nextafter(threshold, np.float32(-np.inf))) for i in range(PICTURES)]
    for name, above, per_image in [("pooled", False, False), ("means", True, True)]:
        own = [rates(labels[i][known[i]] == ANOMALY, scores[i][known[i]], above) for i in range(PICTURES)]
        rows = []
        for chosen in drawn(PICTURES, DRAWS, SEED):
            keep = known[chosen]
            anomalous, values = labels[chosen][keep] == ANOMALY, scores[chosen][keep]
            row = list(np.nanmean([own[i] for i in chosen], axis=0)) if per_image else rates(anomalous, values, above)
            inlier = truth[chosen] < K
            row.append(mean_iou(truth[chosen][inlier], classes[chosen][inlier]))
            lent = {}
            for fold in (0, 1):
                others = chosen[FOLDS[chosen] != fold]
                lent[fold] = thresholds(
                    labels[others][known[others]] == ANOMALY, scores[others][known[others]], above)
            for choice in range(3):
                weighted = 0.0
                for fold in (0, 1):
                    inside = chosen[FOLDS[chosen] == fold]
                    mask = known[inside]
                    flagged = scores[inside][mask] >= lent[fold][choice]
                    value = mean_iou(truth[inside][mask], np.where(flagged, K, classes[inside][mask]))
                    weighted += np.nan if np.isnan(lent[fold][choice]) else value * inside.size / PICTURES
                row.append(weighted)
            adjusted = np.concatenate([parts[i][0] for i in chosen])
            predicted = np.concatenate([parts[i][1] for i in chosen])
            row += [adjusted.mean() if adjusted.size else np.nan, predicted.mean() if predicted.size else np.nan]
            row.append(mean_f1(adjusted, predicted))
            for near in range(5, 50, 5):
                place = keep & (metres[chosen] >= near) & (metres[chosen] < near + 5)
                both = rates(labels[chosen][place] == ANOMALY, scores[chosen][place], above)
                row += [both[0], both[2]]
            rows.append(row)
        arrays[name] = np.array([interval(column) for column in np.array(rows).T], np.float64)
    return arrays
