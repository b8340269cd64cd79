"""Plants violations in a small package and expects each to be found."""

from pathlib import Path

import pytest

from tools.checks.imports import Row, read_table, violations, TABLE

ROWS = {
    "Low": Row(set(), {"Glibc"}),
    "Side": Row(set(), set()),
    "High": Row({"Low"}, {"Glibc", "Foundation"}),
}


def target(name: str, *dependencies: str, kind: str = "regular") -> dict:
    return {"name": name, "type": kind, "dependencies": [{"byName": [each, None]} for each in dependencies]}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (("Low", "import Glibc\n"), ("Side", ""), ("High", "public import Low\nimport Foundation\n")):
        folder = tmp_path / "Sources" / name
        folder.mkdir(parents=True)
        (folder / "File.swift").write_text(text)
    folder = tmp_path / "Tests" / "HighTests"
    folder.mkdir(parents=True)
    (folder / "File.swift").write_text("import Testing\n@testable import High\n")
    return tmp_path


def package(**changes: dict) -> dict:
    targets = {
        "Low": target("Low"), "Side": target("Side"), "High": target("High", "Low"),
        "HighTests": target("HighTests", "High", kind="test"),
    }  # fmt: skip
    return {"targets": list((targets | changes).values())}


def plant(root: Path, room: str, line: str) -> None:
    file = root / room / "Planted.swift"
    file.write_text(f"/// Planted.\n{line}\n")


def test_a_clean_package_passes(root: Path) -> None:
    assert violations(root, package(), ROWS) == []


@pytest.mark.parametrize(
    "line", ["import Side", "  public import Side", "@testable import Side", "private import struct Side.Thing"]
)
def test_undeclared_import(root: Path, line: str) -> None:
    plant(root, "Sources/High", line)
    (problem,) = violations(root, package(), ROWS)
    assert "Planted.swift:2: imports Side, which Package.swift does not declare for High" in problem


def test_foundation_where_it_is_not_allowed(root: Path) -> None:
    plant(root, "Sources/Low", "import Foundation")
    (problem,) = violations(root, package(), ROWS)
    assert "Low may not import Foundation" in problem


def test_wrong_direction(root: Path) -> None:
    plant(root, "Sources/Low", "import High")
    (problem,) = violations(root, package(Low=target("Low", "High")), ROWS)
    assert problem.startswith("Package.swift: Low may not depend on High")


def test_declared_and_not_used(root: Path) -> None:
    problems = violations(root, package(High=target("High", "Low", "Side")), ROWS | {"High": Row({"Low", "Side"}, {"Foundation"})})
    assert problems == ["Package.swift: High declares Side and never imports it; remove it"]


def test_undeclared_import_in_tests(root: Path) -> None:
    plant(root, "Tests/HighTests", "import Low")
    (problem,) = violations(root, package(), ROWS)
    assert "imports Low, which Package.swift does not declare for HighTests" in problem


def test_room_without_a_row_and_folder_without_a_target(root: Path) -> None:
    (root / "Sources" / "Lost").mkdir()
    problems = violations(root, package(), {name: row for name, row in ROWS.items() if name != "Side"})
    assert len(problems) == 2 and "Side: not in direction.tsv" in problems[0] and "no target" in problems[1]


def test_the_table_keeps_foundation_off_the_frame_path() -> None:
    table = read_table(TABLE)
    for room in ("Streaming", "Kernels", "ModelGraph", "Inference", "OpenSet", "FrameIO"):
        assert "Foundation" not in table[room].system
    assert {"Streaming", "OnnxImport", "Yams"} <= table["Perception"].modules
