"""The set on disk: StreetHazards' folders, plus depth, objects and a record of what stands where.

    train/images/training/t1/0000.png      train/annotations/training/t1/0000.png
    train/images/validation/t9/...         train/annotations/validation/t9/...
    test/images/test/t5/...                test/annotations/test/t5/...
    train/depth/training/..., test/depth/test/...  16 bit, centimetres, 65535: that or farther, 0 where unknown (sky)
    test/objects/test/t5/...               8 bit: 0, or the number of the anomaly in anomalies.jsonl
    test/anomalies.jsonl, set.json
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import RenderError
from ..frames import RenderedFrame
from . import classes
from .plan import Shot
from .stretch import Placed


def half(shot: Shot) -> str:
    """The upper folder: `test` for test towns, `train` for all others."""
    return "test" if shot.town.split == "test" else "train"


def path(root: Path, shot: Shot, what: str) -> Path:
    """Where a shot's picture of a kind (images, annotations, depth, objects) lies."""
    return root / half(shot) / what / shot.town.split / shot.town.name / f"{shot.number:04d}.png"


def prepare(folder: Path) -> Path:
    """An empty folder beside `folder`, in which the set grows. Refuses folders that hold something else."""
    folder = folder.absolute()
    if folder.exists() and not (folder / "set.json").is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise RenderError(f"{folder}: exists and is no set of this tool; name another folder")
    aside = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
    except OSError as error:
        raise RenderError(f"{aside}: cannot make folder: {error.strerror}") from None
    return aside


def write(root: Path, shot: Shot, frame: RenderedFrame, placed: list[Placed]) -> dict:
    """Writes a frame's pictures; returns its record."""
    labels = classes.from_drive(frame.labels)
    centimetres = np.clip(np.rint(frame.depth * 100), 0, 65535).astype(np.uint16)
    pictures = {"images": frame.colour, "annotations": labels, "depth": centimetres}
    if shot.town.split == "test":
        pictures["objects"] = np.where(labels == classes.ANOMALY, frame.objects, 0).astype(np.uint8)
    for what, pixels in pictures.items():
        file = path(root, shot, what)
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file, compress_level=4)
    counts = np.bincount(labels.reshape(-1), minlength=classes.ANOMALY + 1)
    return {
        "image": f"{shot.town.name}/{shot.number:04d}",
        "split": shot.town.split,
        "stretch": shot.stretch,
        "pixels": {str(label): int(count) for label, count in enumerate(counts) if count},
        "anomalies": [
            {
                "object": one.object_id, "group": one.thing.group, "made_of": one.thing.made_of,
                "name": one.thing.name, "ahead_m": one.ahead, "left_m": one.left,
                "pixels": int(np.count_nonzero((labels == classes.ANOMALY) & (frame.objects == one.object_id))),
            }
            for one in placed
        ],
    }  # fmt: skip


def finish(aside: Path, folder: Path, settings: dict, records: list[dict]) -> None:
    """Writes the records and puts the set in place."""
    lines = [record for record in records if record["split"] == "test"]
    keys = ("image", "anomalies")
    text = "".join(json.dumps({key: record[key] for key in keys}) + "\n" for record in lines)
    (aside / "test" / "anomalies.jsonl").write_text(text)
    summary = {**settings, "classes": classes.NAMES, "splits": summarise(records)}
    (aside / "set.json").write_text(json.dumps(summary, indent=1) + "\n")
    folder = folder.absolute()
    replaced = folder.with_name(f".{folder.name}.replaced")
    shutil.rmtree(replaced, ignore_errors=True)
    if folder.exists():
        folder.rename(replaced)
    aside.rename(folder)
    shutil.rmtree(replaced, ignore_errors=True)


def summarise(records: list[dict]) -> dict:
    """Frames, and shares of pixels and of anomalies, by split."""
    made = {}
    for split in dict.fromkeys(record["split"] for record in records):
        ours = [record for record in records if record["split"] == split]
        total = sum(sum(record["pixels"].values()) for record in ours)
        counts = {name: sum(r["pixels"].get(str(label), 0) for r in ours) for label, name in classes.NAMES.items()}
        entry = {
            "frames": len(ours),
            "pixel_shares": {name: round(count / total, 5) for name, count in counts.items() if count},
        }
        if split == "test":
            seen = [one for record in ours for one in record["anomalies"] if one["pixels"]]
            entry["frames_with_anomaly"] = sum(any(one["pixels"] for one in record["anomalies"]) for record in ours)
            entry["visible_anomalies"] = len(seen)
            for key in ("group", "made_of"):
                values = sorted({one[key] for one in seen})
                entry[f"shares_by_{key}"] = {v: round(sum(o[key] == v for o in seen) / len(seen), 3) for v in values}
        made[split] = entry
    return made
