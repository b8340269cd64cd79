"""Checks that rooms import what Package.swift declares, and declare only what the direction of dependencies allows.

    swift package dump-package | python3 tools/checks/imports.py ROOT
"""

import json
import re
import sys
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parent / "direction.tsv"
TEST_SYSTEM = {"Foundation", "Glibc", "Musl", "Darwin", "Dispatch", "Synchronization", "Testing"}
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)"
)


class Row(NamedTuple):
    modules: set[str]
    system: set[str]


def read_table(path: Path) -> dict[str, Row]:
    table: dict[str, Row] = {}
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, modules, system = line.split("\t")
        allowed = set(modules.split())
        if "*" in allowed:
            allowed = (allowed - {"*"}) | set(table)
        table[name] = Row(allowed, set(system.split()))
    return table


def declared(target: dict) -> set[str]:
    names = set()
    for dependency in target["dependencies"]:
        for kind in ("byName", "target", "product"):
            if kind in dependency:
                names.add(dependency[kind][0])
    return names


def imports(folder: Path) -> dict[str, str]:
    """Module name to the first place that imports it."""
    found: dict[str, str] = {}
    for file in sorted(folder.rglob("*.swift")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if match := IMPORT.match(line):
                found.setdefault(match[1], f"{file}:{number}")
    return found


def violations(root: Path, package: dict, table: dict[str, Row]) -> list[str]:
    problems = []
    names = {target["name"] for target in package["targets"]}
    for target in package["targets"]:
        name, test = target["name"], target["type"] == "test" or target["name"] == "TestSupport"
        folder = root / (target.get("path") or f"{'Tests' if test else 'Sources'}/{name}")
        wanted, used = declared(target), imports(folder)
        if not test and name not in table:
            problems.append(f"{name}: not in {TABLE.name}; say there what it may depend on")
            continue
        system = TEST_SYSTEM if test else table[name].system
        for module, place in used.items():
            if module in wanted or module in system:
                continue
            if module in names or (test and module not in system):
                problems.append(f"{place}: imports {module}, which Package.swift does not declare for {name}")
            else:
                problems.append(f"{place}: {name} may not import {module} (see {TABLE.name})")
        if test:
            continue
        for module in sorted(wanted - table[name].modules):
            problems.append(f"Package.swift: {name} may not depend on {module} (see {TABLE.name})")
        swift = any(folder.rglob("*.swift"))
        for module in sorted(wanted - set(used)) if swift else []:
            problems.append(f"Package.swift: {name} declares {module} and never imports it; remove it")
    for folder in sorted((root / "Sources").iterdir()):
        if folder.is_dir() and folder.name not in names:
            problems.append(f"{folder}: a folder that is no target of Package.swift")
    return problems


def main() -> int:
    package = json.load(sys.stdin)
    problems = violations(Path(sys.argv[1]), package, read_table(TABLE))
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"imports: {len(package['targets'])} targets, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
