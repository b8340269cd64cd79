"""The committed list of file digests and roles, and the checks that keep reported sets out of training.

    python -m tools.train.manifest --data DIR      # writes manifest.tsv anew
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .drives import DRIVES
from .negatives import cut_outs
from .photos import STREET_SETS, DataError

ROLES = ("train", "validation", "report")
DEFAULT_PATH = Path(__file__).with_name("manifest.tsv")
_REPORT_FOLDERS = ("camvid11/test", "roadanomaly_cc36", "RoadAnomaly21/images", "fs_static/images")
_PICTURES = (".jpg", ".jpeg", ".png", ".webp")


class ManifestError(Exception):
    """A file has no role or the wrong one; the message names it and says what to do."""


@dataclass(frozen=True)
class Entry:
    """One file: digest of its bytes, role, and its path below the data folder (for people)."""

    digest: str
    role: str
    path: str


def digest_of(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Manifest:
    """Digest -> role. Construction refuses a digest that stands under two roles."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries: dict[str, Entry] = {}
        for entry in entries:
            if entry.role not in ROLES:
                raise ManifestError(f"manifest: {entry.path}: role '{entry.role}' is none of {', '.join(ROLES)}")
            known = self._entries.setdefault(entry.digest, entry)
            if known.role != entry.role:
                raise ManifestError(
                    f"manifest: {entry.path} ({entry.role}) has the same bytes as {known.path} ({known.role}); "
                    "take one of them out of its set"
                )

    @staticmethod
    def read(path: Path = DEFAULT_PATH) -> "Manifest":
        """Reads the tab-separated file (digest, role, path)."""
        if not path.is_file():
            raise ManifestError(f"{path}: not found; write it with: python -m tools.train.manifest --data DIR")
        entries = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("#") or not line:
                continue
            fields = line.split("\t")
            if len(fields) != 3:
                raise ManifestError(f"{path}:{number}: expected digest, role, path separated by tabs")
            entries.append(Entry(*fields))
        return Manifest(entries)

    def check(self, paths: Iterable[Path], role: str) -> None:
        """Raises unless every file's bytes are listed under `role`."""
        for path in paths:
            entry = self._entries.get(digest_of(path))
            if entry is None:
                raise ManifestError(
                    f"{path}: its bytes are not in the manifest; if it is meant for {role}, list it: "
                    "python -m tools.train.manifest --data DIR"
                )
            if entry.role != role:
                raise ManifestError(f"{path}: is a {entry.role} file ({entry.path}) and must not be used for {role}")


def entries_below(root: Path) -> list[Entry]:
    """Everything this tool may read below `root`, with its role; labels need none, they follow their picture."""
    files: list[tuple[str, Path]] = []
    for street in STREET_SETS:
        files += [("train", photo.path) for photo in street.photos(root, "train")]
        files += [("validation", photo.path) for photo in street.photos(root, "val")]
    if (root / DRIVES.folder).is_dir():
        files += [("train", film) for film in DRIVES.films(root)]
    for split in ("train", "validation"):
        files += [(split, cut_out.path) for cut_out in cut_outs(root, split, animals=True)]
    for folder in _REPORT_FOLDERS:
        pictures = [path for path in sorted((root / folder).glob("*")) if path.suffix in _PICTURES]
        files += [("report", path) for path in pictures if not path.stem.endswith("_label")]
    return [Entry(digest_of(path), role, path.relative_to(root).as_posix()) for role, path in files]


def main() -> None:
    """Command line: writes the manifest after checking it."""
    parser = argparse.ArgumentParser(description="Write the manifest of data files.")
    parser.add_argument("--data", type=Path, required=True, help="folder with camvid11, idd_lite, negatives, ...")
    parser.add_argument("--output", type=Path, default=DEFAULT_PATH)
    options = parser.parse_args()
    try:
        entries = entries_below(options.data)
        Manifest(entries)
    except (DataError, ManifestError) as error:
        raise SystemExit(f"error: {error}") from None
    lines = ["# sha256\trole\tpath"] + ["\t".join((e.digest, e.role, e.path)) for e in entries]
    aside = options.output.with_suffix(".part")
    aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    aside.replace(options.output)
    counts = ", ".join(f"{sum(e.role == role for e in entries)} {role}" for role in ROLES)
    print(f"{options.output}: {counts}")


if __name__ == "__main__":
    main()
