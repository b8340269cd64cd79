"""Writes the validation mixture: images/X.png and labels/X.png (0 inlier, 1 anomaly, 255 void).

    python -m tools.train.make_validation OUT --data DIR --seed 1
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

from .manifest import Manifest, ManifestError
from .mixture import mixtures, validation_photos
from .negatives import cut_outs
from .photos import DataError


def write_validation(root: Path, output: Path, seed: int, every: int = 1) -> int:
    """Writes the pictures below `output`; returns how many."""
    (output / "images").mkdir(parents=True, exist_ok=True)
    (output / "labels").mkdir(parents=True, exist_ok=True)
    count = 0
    for mixture in mixtures(root, seed, every):
        for folder, pixels in (("images", mixture.image), ("labels", mixture.anomaly)):
            path = output / folder / f"{mixture.name}.png"
            aside = path.with_suffix(".part")
            Image.fromarray(pixels).save(aside, format="PNG")
            aside.replace(path)
        count += 1
    return count


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the validation mixture.")
    parser.add_argument("output", type=Path, help="folder to fill (keep it outside the project: research licences)")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="take each N-th photo only")
    options = parser.parse_args()
    try:
        used = [photo.path for photo in validation_photos(options.data)]
        used += [cut_out.path for cut_out in cut_outs(options.data, "validation", animals=False)]
        Manifest.read().check(used, "validation")
        count = write_validation(options.data, options.output, options.seed, options.every)
    except (DataError, ManifestError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{options.output}: {count} pictures of seed {options.seed}")


if __name__ == "__main__":
    main()
