"""The built program, and recordings that it made of the bundled drive."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("DENSEHYBRID", str(ROOT / ".build/release/densehybrid"))
DRIVE = ROOT / "Pipelines/sample-drive"
SMALL = ["--size", "256x128", "--threshold", "-3", "--threads", "1", "--quiet"]


def densehybrid(*arguments: str | os.PathLike, code: int = 0) -> subprocess.CompletedProcess:
    assert os.access(PROGRAM, os.X_OK), f"{PROGRAM} is missing: swift build -c release, or name it with DENSEHYBRID"
    finished = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, timeout=300)
    assert finished.returncode == code, finished.stderr.decode()
    return finished


@pytest.fixture(scope="session", params=["ros2-lz4", "ros2-zstd", "ros2-none", "foxglove-lz4", "foxglove-zstd"])
def recording(request, tmp_path_factory) -> "Recording":
    profile, compression = request.param.split("-")
    folder = tmp_path_factory.mktemp(request.param)
    densehybrid(
        "replay", DRIVE, *SMALL, "--frames", "5", "--budget-ms", "60000", "--summary", folder / "summary.json",
        "--openset", f"{folder}/openset/", "--labels", f"{folder}/labels/", "--score-map", f"{folder}/score/",
        "--overlay", f"{folder}/overlay/", "--format", "npy", "--meta", folder / "meta.jsonl",
        "--mcap", folder / "results.mcap", "--mcap-profile", profile, "--mcap-compression", compression,
        "--mcap-content", "openset,labels,score,overlay,meta",
    )
    return Recording(folder, profile, compression)


class Recording:
    def __init__(self, folder: pathlib.Path, profile: str, compression: str):
        self.folder = folder
        self.profile = profile
        self.compression = compression
        self.file = folder / "results.mcap"

    def times(self) -> list[int]:
        """Capture times of the drive's first five frames."""
        lines = (DRIVE / "data.csv").read_text().splitlines()
        return [int(line.split(",")[0]) for line in lines if line[:1].isdigit()][:5]
