"""Eight drives on Ray, with one program and one Ray worker killed by SIGKILL in the middle of their drives: the books are
complete and all maps equal those of a run that nobody disturbed.

    DENSEHYBRID=.build/release/densehybrid .fleet/bin/python -m pytest tools/fleet/with_ray
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("DENSEHYBRID", str(ROOT / ".build/release/densehybrid"))
PICTURES = ROOT / "Pipelines/sample-drive/images"
DRIVES, PASSES, FRAMES = 8, 20, 10
OPTIONS = [
    "--size", "256x128", "--threshold", "-3", "--loop", str(PASSES), "--openset", "maps/", "--meta", "meta.jsonl"]


@pytest.fixture(scope="module")
def drives(tmp_path_factory) -> Path:
    """Eight drives of ten pictures of the bundled one: folders, Y4M and Motion JPEG, in folders of days."""
    folder = tmp_path_factory.mktemp("fleet") / "drives"
    pictures = sorted(PICTURES.glob("*.jpg"))
    for index in range(DRIVES):
        part = pictures[index * FRAMES : (index + 1) * FRAMES]
        day = folder / f"day{index % 2}"
        day.mkdir(parents=True, exist_ok=True)
        if index % 3 == 0:
            (day / f"drive{index}").mkdir()
            for picture in part:
                (day / f"drive{index}" / picture.name).write_bytes(picture.read_bytes())
        elif index % 3 == 1:
            (day / f"drive{index}.mjpeg").write_bytes(b"".join(picture.read_bytes() for picture in part))
        else:
            subprocess.run(
                ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "mjpeg", "-i", "-", "-vf", "scale=320:180",
                 "-f", "yuv4mpegpipe", "-strict", "-1", str(day / f"drive{index}.y4m")],
                input=b"".join(picture.read_bytes() for picture in part), check=True)
    return folder


def fleet(drives: Path, out: Path) -> subprocess.Popen:
    assert os.access(PROGRAM, os.X_OK), f"{PROGRAM} is missing: swift build -c release, or name it with DENSEHYBRID"
    return subprocess.Popen(
        [sys.executable, "-m", "tools.fleet", str(drives), "--out", str(out), "--", *OPTIONS], cwd=ROOT,
        env=os.environ | {"DENSEHYBRID": PROGRAM, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)


def program_of(index: int) -> int | None:
    """The process that works on a part: its command line has the part's number, and the program's name."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"{index}/{DRIVES}".encode() in words and words[0].endswith(b"densehybrid"):
            return int(entry.name)
    return None


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def kill_in_the_middle(out: Path, name: str, index: int, victim: str, seconds: float = 90) -> None:
    """Waits until some maps of a drive are written, then kills who writes them, or the Ray worker that started it."""
    partial = (out / name).parent / f".{Path(name).name}.partial" / "maps"
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        process = program_of(index)
        if process and partial.is_dir() and len(list(partial.iterdir())) >= 3:
            os.kill(process if victim == "program" else parent(process), signal.SIGKILL)
            return
        time.sleep(0.01)
    pytest.fail(f"{name} was not seen in the middle of its work in {seconds} s")


def digests(out: Path) -> dict[str, str]:
    return json.loads((out / "fleet.json").read_text())["digests"]


def test_killed_workers_lose_nothing(drives, tmp_path):
    calm = fleet(drives, tmp_path / "calm")
    _, errors = calm.communicate(timeout=240)
    assert calm.returncode == 0, errors
    names = json.loads((tmp_path / "calm/batch.json").read_text())["segments"]
    assert len(names) == DRIVES

    out = tmp_path / "disturbed"
    disturbed = fleet(drives, out)
    kill_in_the_middle(out, names[1], 1, "program")
    kill_in_the_middle(out, names[5], 5, "ray worker")
    _, errors = disturbed.communicate(timeout=240)
    assert disturbed.returncode == 0, errors
    assert f"again: {names[1]}: part 1/8: ended by SIGKILL" in errors and f"again: {names[5]}:" in errors

    report = json.loads((out / "fleet.json").read_text())
    assert report["frames"]["in"] == report["frames"]["delivered"] == DRIVES * FRAMES * PASSES
    assert report["segments"]["missing"] == [] and report["segments"]["expected"] == DRIVES
    assert sorted(digests(out)) == sorted(names)
    assert digests(out) == digests(tmp_path / "calm")
    for name in names:
        assert len((out / name / "meta.jsonl").read_text().splitlines()) == FRAMES * PASSES
    assert [path for path in out.rglob(".*")] == [], "a killed worker's folder is left"
