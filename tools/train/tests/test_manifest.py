"""The manifest refuses overlaps, unknown files and files used in the wrong role."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools.train.manifest import DEFAULT_PATH, Entry, Manifest, ManifestError, entries_below


def test_every_role_is_found_and_passes_its_own_check(data: Path) -> None:
    entries = entries_below(data)
    manifest = Manifest(entries)
    for role, count in (("train", 7), ("validation", 5), ("report", 1)):
        paths = [data / entry.path for entry in entries if entry.role == role]
        assert len(paths) == count
        manifest.check(paths, role)


def test_a_reported_picture_among_training_photos_is_refused(data: Path) -> None:
    manifest = Manifest(entries_below(data))
    smuggled = data / "camvid11" / "train" / "harmless.jpg"
    shutil.copy(data / "roadanomaly_cc36" / "r0.jpg", smuggled)
    with pytest.raises(ManifestError, match="is a report file .* must not be used for train"):
        manifest.check([smuggled], "train")
    with pytest.raises(ManifestError, match="same bytes"):
        Manifest(entries_below(data))


def test_validation_cut_outs_are_refused_for_training(data: Path) -> None:
    manifest = Manifest(entries_below(data))
    with pytest.raises(ManifestError, match="validation"):
        manifest.check([data / "negatives" / "coco" / "chair.png"], "train")


def test_unlisted_and_changed_files_are_refused(data: Path) -> None:
    manifest = Manifest(entries_below(data))
    photo = data / "camvid11" / "train" / "c0.jpg"
    photo.write_bytes(photo.read_bytes() + b"\0")
    with pytest.raises(ManifestError, match="not in the manifest"):
        manifest.check([photo], "train")


def test_one_digest_under_two_roles_is_refused() -> None:
    with pytest.raises(ManifestError, match="same bytes"):
        Manifest([Entry("00", "train", "a"), Entry("00", "report", "b")])


def test_bad_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "manifest.tsv"
    path.write_text("# sha256\trole\tpath\nabc train x\n")
    with pytest.raises(ManifestError, match="manifest.tsv:2"):
        Manifest.read(path)
    path.write_text("abc\ttest\tx\n")
    with pytest.raises(ManifestError, match="'test' is none of"):
        Manifest.read(path)


def test_the_committed_manifest_is_consistent() -> None:
    Manifest.read(DEFAULT_PATH)
    roles = [line.split("\t")[1] for line in DEFAULT_PATH.read_text().splitlines() if not line.startswith("#")]
    assert min(roles.count("train"), roles.count("validation"), roles.count("report")) > 100
