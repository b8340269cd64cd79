"""Reads what `densehybrid export` writes with h5py and NumPy, and compares with the scores of `run --score-map`.

    python -m tools.evaluate.check_export .build/release/densehybrid PICTURES

Exits with 1 where a map is missing, of another type, or differs from the scores (for HDF5: rounded to float16).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np


def main() -> None:
    program, pictures = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        run = [program, "run", pictures, "--score-map", f"{out}/scores/", "--labels", f"{out}/labels/"]
        subprocess.run([*run, "--format", "npy", "--threshold", "0", "--quiet"], check=True)
        for options in (["smiyc", "--method", "m", "--set", "s"], ["fishyscapes"]):
            command = [program, "export", "--images", pictures, "--output", str(out / "maps"), "--format", *options]
            subprocess.run(command, check=True)
        names = sorted(path.stem for path in (out / "scores").glob("*.npy"))
        if not names:
            sys.exit("run wrote no score maps")
        for name in names:
            scores, labels = np.load(out / f"scores/{name}.npy"), np.load(out / f"labels/{name}.npy")
            with h5py.File(out / f"maps/anomaly_p/m/s/{name}.hdf5") as file:
                value, level = file["value"][:], file["value"].compression_opts
            assert value.dtype == np.float16 and level == 9, f"{name}: {value.dtype}, gzip {level}"
            assert np.array_equal(value, scores.astype(np.float16)), f"{name}: HDF5 differs"
            anomaly = np.load(out / f"maps/{name}_anomaly.npy")
            assert anomaly.dtype == np.float32 and np.array_equal(anomaly, scores), f"{name}: npy differs"
            segmentation = np.load(out / f"maps/{name}_segmentation.npy")
            assert segmentation.dtype == np.uint8 and np.array_equal(segmentation, labels), f"{name}: classes differ"
        print(f"{len(names)} pictures: HDF5 and npy equal the scores")


if __name__ == "__main__":
    main()
