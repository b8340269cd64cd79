"""What the built program says of itself: its manual page renders, its completions load and complete, and verbs without
what they need explain themselves.

    DENSEHYBRID=.build/release/densehybrid .venv/bin/python -m pytest tools/manual/with_program
"""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.manual.page import verbs

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("DENSEHYBRID", str(ROOT / ".build/release/densehybrid"))


def output(*words: str, **options) -> str:
    finished = subprocess.run(words, capture_output=True, text=True, timeout=60, **options)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def dump() -> dict:
    assert os.access(PROGRAM, os.X_OK), f"{PROGRAM} is missing: swift build -c release, or name it with DENSEHYBRID"
    return json.loads(output(PROGRAM, "--experimental-dump-help"))["command"]


def test_manual_page_renders(dump, tmp_path):
    page = tmp_path / "densehybrid.1"
    page.write_text(output(sys.executable, "-m", "tools.manual", PROGRAM, cwd=ROOT))
    checked = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-cbou", str(page)], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0 and checked.stderr == "", checked.stderr
    text = checked.stdout
    for verb, full in verbs(dump):
        assert f"\n   {full}\n" in text, f"{full} is missing"
        for argument in verb["arguments"]:
            for name in argument.get("names", []):
                if name["kind"] == "long" and argument["valueName"] not in ("help", "version"):
                    assert f"--{name['name']}" in text
    if shutil.which("man"):
        shown = output("man", "-l", str(page), env=os.environ | {"MANPAGER": "cat", "MANWIDTH": "100"})
        assert "NAME" in shown and "replay" in shown


def script(shell: str, folder: Path) -> Path:
    file = folder / f"completion.{shell}"
    file.write_text(output(PROGRAM, "--generate-completion-script", shell))
    return file


def test_bash_completes(tmp_path):
    file = script("bash", tmp_path)
    shown = output(
        "bash", "--norc", "-ec",
        f"source {file}; COMP_WORDS=(densehybrid re); COMP_CWORD=1; COMP_LINE='densehybrid re'; COMP_POINT=14; "
        "$(complete -p densehybrid | sed 's/.*-F \\([^ ]*\\).*/\\1/') densehybrid re densehybrid; "
        'printf "%s\\n" "${COMPREPLY[@]}"')
    assert "replay" in shown.split()


def test_zsh_loads(tmp_path):
    if not shutil.which("zsh"):
        pytest.fail("zsh is not installed: apt-get install zsh")
    script("zsh", tmp_path).rename(tmp_path / "_densehybrid")
    shown = output(
        "zsh", "-fc",
        f"fpath=({tmp_path} $fpath); autoload -U compinit; compinit -u -d {tmp_path}/dump; "
        "autoload +X _densehybrid; print -r -- $_comps[densehybrid]; whence -w _densehybrid")
    assert shown.split() == ["_densehybrid", "_densehybrid:", "function"]


def test_fish_completes(tmp_path):
    if not shutil.which("fish"):
        pytest.fail("fish is not installed: apt-get install fish")
    file = script("fish", tmp_path)
    home = os.environ | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    shown = output("fish", "--no-config", "-c", f"source {file}; complete -C 'densehybrid re'", env=home)
    assert "replay" in [line.split("\t")[0] for line in shown.splitlines()]
    shown = output("fish", "--no-config", "-c", f"source {file}; complete -C 'densehybrid replay --sha'", env=home)
    assert "--shard" in [line.split("\t")[0] for line in shown.splitlines()]


def on_a_terminal(*words: str) -> tuple[int, str]:
    """Runs with a terminal as standard input, and nothing typed; exit code and standard error."""
    ours, theirs = pty.openpty()
    try:
        finished = subprocess.run(words, stdin=theirs, capture_output=True, text=True, timeout=60)
    finally:
        os.close(theirs)
        os.close(ours)
    assert finished.stdout == ""
    return finished.returncode, finished.stderr


def test_run_without_input_explains_itself():
    code, errors = on_a_terminal(PROGRAM, "run")
    assert code == 2 and "USAGE: densehybrid run" in errors and "EXAMPLES" in errors
    code, errors = on_a_terminal(PROGRAM, "run", "-")
    assert code == 2 and errors.startswith("error: standard input is a terminal") and errors.count("\n") == 1


def test_no_escapes_where_nobody_looks():
    """Standard error that is no terminal gets no colours and no progress line."""
    drive = str(ROOT / "Pipelines/sample-drive")
    finished = subprocess.run(
        [PROGRAM, "replay", drive, "--size", "256x128", "--frames", "3", "--threshold", "0"], capture_output=True,
        timeout=60)
    assert finished.returncode == 0 and finished.stdout == b"" and b"\x1b" not in finished.stderr
