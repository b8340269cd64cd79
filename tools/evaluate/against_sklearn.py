"""Recomputes `densehybrid eval` with scikit-learn from the program's own score maps, and compares.

    python -m tools.evaluate.against_sklearn .build/release/densehybrid DATASET [--score NAME] [--model DIR]

Exits with 1 when a number differs by more than 1e-6.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

TOLERANCE = 1e-6


def labelled_pictures(dataset: Path) -> list[tuple[Path, Path, bool]]:
    """(picture, labels, whether every value above 0 is an anomaly) in the layouts that `eval` knows."""
    if (dataset / "labels_masks").is_dir():
        labels = {path.stem: path for path in (dataset / "labels_masks").glob("*.png")}
        pictures = [path for path in (dataset / "images").iterdir() if path.stem in labels]
        return [(path, labels[path.stem], False) for path in sorted(pictures)]
    labels = {path.name.removesuffix("_label.png"): path for path in dataset.glob("*_label.png")}
    pictures = [path for path in dataset.glob("*.jpg") if path.stem in labels]
    return [(path, labels[path.stem], True) for path in sorted(pictures)]


def pooled(program: str, dataset: Path, options: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Labels (0, 1) and scores of all pixels that are not void."""
    pictures = labelled_pictures(dataset)
    if not pictures:
        raise SystemExit(f"{dataset}: no labelled pictures in a known layout")
    truth, scores = [], []
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "pictures.txt"
        listing.write_text("".join(f"{picture.resolve()}\n" for picture, _, _ in pictures))
        command = [program, "run", str(listing), "--score-map", f"{folder}/scores/", "--threshold", "0", "--quiet"]
        subprocess.run([*command, *options], check=True)
        for picture, labels, any_above_zero in pictures:
            score = np.load(Path(folder) / "scores" / f"{picture.stem}.npy")
            label = np.asarray(Image.open(labels))
            known = label != 255
            truth.append(((label > 0) if any_above_zero else (label == 1))[known])
            scores.append(score[known])
    return np.concatenate(truth), np.concatenate(scores)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--score", default="densehybrid")
    parser.add_argument("--model")
    arguments = parser.parse_args()
    options = ["--score", arguments.score] + (["--model", arguments.model] if arguments.model else [])
    command = [arguments.program, "eval", str(arguments.dataset), "--json", "--quiet", *options]
    ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    truth, scores = pooled(arguments.program, arguments.dataset, options)
    fpr, tpr, _ = roc_curve(truth, scores, drop_intermediate=False)
    theirs = {
        "ap": average_precision_score(truth, scores),
        "auroc": roc_auc_score(truth, scores),
        "fpr95": fpr[np.searchsorted(tpr, 0.95)],
    }
    worst = 0.0
    for name, value in theirs.items():
        worst = max(worst, abs(ours[name] - value))
        print(f"{arguments.dataset.name} {arguments.score} {name}: densehybrid {ours[name]:.9f} scikit-learn {value:.9f}")
    if not worst <= TOLERANCE:
        sys.exit(f"differs by {worst}")
    print(f"largest difference {worst:.2e}")


if __name__ == "__main__":
    main()
