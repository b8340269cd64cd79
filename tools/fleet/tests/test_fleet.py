"""Handing out parts: what is done stays done, what was killed is tried again, what fails is told. Without Ray, and with
a stand-in for the program that keeps to its contract (exit codes, --list, manifests)."""

import json
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tools.fleet.fleet import run
from tools.fleet.program import Job, Refused, WorkerKilled, segments, work

STAND_IN = f"""#!{sys.executable}
import json, os, pathlib, signal, sys
words = sys.argv[1:]
if words[0] == "merge":
    out = pathlib.Path(words[-1])
    found = sorted(path.parent.name for path in out.glob("*/manifest.json"))
    names = json.loads((out / "names.json").read_text())
    print(json.dumps(found) if "--json" in words else " ".join(found))
    sys.exit(0 if found == names else 3)
out = pathlib.Path(words[words.index("--out") + 1])
names = json.loads((out / "names.json").read_text())
if "--bad" in words:
    sys.exit("error: --bad is no option")
done = [(out / name / "manifest.json").exists() for name in names]
if "--list" in words:
    if "--nonsense" in words:
        print("error: what is this", file=sys.stderr)
        sys.exit(2)
    for name, is_done in zip(names, done):
        print(("done" if is_done else "open") + "\\t" + name)
    sys.exit(0)
index, count = map(int, words[words.index("--shard") + 1].split("/"))
for name in names[index::count]:
    kills = out / (name + ".kills")
    if kills.exists() and int(kills.read_text()) > 0:
        kills.write_text(str(int(kills.read_text()) - 1))
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("broken"):
        print("error: " + name + ": cannot be read", file=sys.stderr)
        sys.exit(1)
    (out / name).mkdir(exist_ok=True)
    (out / name / "cwd").write_text(os.getcwd())
    (out / name / "manifest.json").write_text(str(os.getpid()))
sys.exit(3 if any(name.startswith("lossy") for name in names[index::count]) else 0)
"""


class Inline:
    """Runs a part when its result is asked for."""

    def __init__(self):
        self.waiting, self.begun = [], []

    def submit(self, job, index, count):
        self.waiting.append((job, index, count))
        self.begun.append(index)

    def results(self):
        while self.waiting:
            job, index, count = self.waiting.pop(0)
            try:
                yield index, work(job, index, count)
            except (WorkerKilled, Refused) as error:
                yield index, error


@pytest.fixture
def make(tmp_path):
    """A job of these segments."""
    program = tmp_path / "program"
    program.write_text(STAND_IN)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    out = tmp_path / "out"
    out.mkdir()

    def make(*names: str, kills: dict[str, int] | None = None, options: tuple[str, ...] = ()) -> Job:
        (out / "names.json").write_text(json.dumps(sorted(names)))
        for name, count in (kills or {}).items():
            (out / f"{name}.kills").write_text(str(count))
        return Job(str(program), ("drives",), str(out), 1, options)

    return make


def test_every_segment_once(make, capsys):
    job, runner = make("a", "b", "c"), Inline()
    assert run(job, runner, None, 0) == 0
    assert runner.begun == [0, 1, 2]
    assert capsys.readouterr().out == "a b c\n"
    assert json.loads((Path(job.out) / "fleet.json").read_text()) == ["a", "b", "c"]


def test_what_is_done_is_not_begun(make):
    job = make("a", "b", "c", "d")
    (Path(job.out) / "c").mkdir()
    (Path(job.out) / "c/manifest.json").write_text("")
    runner = Inline()
    assert run(job, runner, None, 0) == 0
    assert runner.begun == [0, 1, 3]
    assert all(state == "done" for _, state in segments(job))
    nothing = Inline()
    assert run(job, nothing, None, 0) == 0 and nothing.begun == []


def test_paths_among_options_begin_where_the_job_does(make, tmp_path, monkeypatch):
    job = replace(make("a"), cwd=str(tmp_path))
    monkeypatch.chdir("/")  # as a worker elsewhere
    assert run(job, Inline(), None, 0) == 0
    assert Path(job.out, "a/cwd").read_text() == str(tmp_path)


def test_few_shards_take_many_segments(make):
    job, runner = make("a", "b", "c", "d", "e"), Inline()
    assert run(job, runner, 2, 0) == 0
    assert runner.begun == [0, 1]


def test_killed_parts_are_tried_again(make, capsys):
    job, runner = make("a", "b", "c", kills={"b": 2}), Inline()
    assert run(job, runner, None, 2) == 0
    assert runner.begun == [0, 1, 2, 1, 1]
    assert capsys.readouterr().err.count("again: b: part 1/3: ended by SIGKILL") == 2


def test_retries_end(make, capsys):
    job, runner = make("a", "b", kills={"b": 9}), Inline()
    assert run(job, runner, None, 2) == 1
    assert runner.begun == [0, 1, 1, 1]
    assert "not done: b" in capsys.readouterr().err


def test_failures_are_told_and_not_repeated(make, capsys):
    job, runner = make("a", "broken", "c"), Inline()
    assert run(job, runner, None, 5) == 1
    assert runner.begun == [0, 1, 2]
    errors = capsys.readouterr().err
    assert "error: broken: cannot be read" in errors and "not done: broken" in errors



def test_wrong_options_end_it(make):
    with pytest.raises(Refused, match="what is this"):
        run(make("a", options=("--nonsense",)), Inline(), None, 0)
