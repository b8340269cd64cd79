"""The committed list of objects: which are negatives of training, which are anomalies of the test towns.

`objects.tsv` has a row for each: role, group, made_of, name, sha256. A cut-out is a picture with alpha of Debian's
`tuxpaint-stamps-default` (GPL-2), named by its path below the package's folder of stamps. A mesh is a builder of
`hazards.py` or of `shapes.py`. Nothing may be on both sides, neither by name nor by content, and the novel cut-outs are
of kinds (folders of the package) that training never shows.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

from ..errors import RenderError

LIST = Path(__file__).with_name("objects.tsv")
STAMPS = Path("/usr/share/tuxpaint/stamps")
PACKAGE = "tuxpaint-stamps-default"
TRAIN, TEST = "train-negative", "test-anomaly"
GROUPS = ("near", "novel", "camouflaged")
FIELDS = ["role", "group", "made_of", "name", "sha256"]


@dataclass(frozen=True)
class Thing:
    """A row of the list; `sha256` is "-" for a mesh, `group` is "-" for a negative of training."""

    role: str
    group: str
    made_of: str
    name: str
    sha256: str

    @property
    def kind(self) -> str:
        """The folder of a cut-out, the name of a mesh."""
        return self.name.rsplit("/", 1)[0] if self.made_of == "cutout" else self.name


def read(path: Path = LIST) -> list[Thing]:
    """All objects of the list, checked. Raises RenderError where the list is broken or its sides overlap."""
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            reader = csv.DictReader(lines, delimiter="\t")
            if reader.fieldnames != FIELDS:
                raise RenderError(f"{path}: expected the columns {', '.join(FIELDS)}")
            things = [Thing(**row) for row in reader]
    except OSError as error:
        raise RenderError(f"{path}: {error.strerror}") from None
    check(things)
    return things


def check(things: list[Thing]) -> None:
    """Refuses objects that are both negatives of training and anomalies of the test, and rows that are neither."""
    for thing in things:
        if thing.role not in (TRAIN, TEST) or thing.made_of not in ("mesh", "cutout"):
            raise RenderError(f"object {thing.name}: role '{thing.role}' made of '{thing.made_of}' is unknown")
        if thing.role == TEST and thing.group not in GROUPS:
            raise RenderError(f"object {thing.name}: group '{thing.group}' is none of {', '.join(GROUPS)}")
    train = [thing for thing in things if thing.role == TRAIN]
    names, digests = {thing.name for thing in train}, {thing.sha256 for thing in train} - {"-"}
    kinds = {thing.kind for thing in train}
    for thing in things:
        if thing.role != TEST:
            continue
        if thing.name in names or thing.sha256 in digests:
            raise RenderError(f"object {thing.name} is a test anomaly and a negative of training; keep it on one side")
        if thing.group == "novel" and thing.kind in kinds:
            raise RenderError(f"object {thing.name} counts as novel but training shows others of {thing.kind}")


def stamp(folder: Path, thing: Thing) -> Path:
    """The file of a cut-out, whose content must be what the list says."""
    path = folder / thing.name
    if not path.is_file():
        raise RenderError(f"{path} is missing; apt-get install {PACKAGE}, or name its folder with --stamps")
    if hashlib.sha256(path.read_bytes()).hexdigest() != thing.sha256:
        raise RenderError(f"{path} is not the picture that objects.tsv lists; the list is of {PACKAGE} 2022.06.04-1")
    return path
