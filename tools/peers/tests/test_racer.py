"""Turns between processes: a script that speaks the protocol stands for an engine."""

import sys

import pytest

from tools.peers.racer import Racer, RaceError, Silence, race, started

ENGINE = """
import json, sys, time
log, name = sys.argv[1:3]
print("a library says hello")
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    count = int(line.split()[1])
    for _ in range(count):
        with open(log, "a") as file:
            file.write(name)
    print(json.dumps({"samples_ms": [float(ord(name))] * count, "peak_rss_mb": 7.5}), flush=True)
"""


def _racers(tmp_path, names="AB"):
    script = tmp_path / "engine.py"
    script.write_text(ENGINE)
    return [Racer(name, [sys.executable, str(script), str(tmp_path / "log"), name]) for name in names]


def test_racers_take_turns(tmp_path):
    racers = _racers(tmp_path)
    with started(racers):
        race(racers, 4, Silence(), warm_up=1)
    # Warm-up, then rounds of one frame each whose order alternates.
    assert (tmp_path / "log").read_text() == "AB" + "AB" + "BA" + "AB" + "BA"
    assert [racer.samples for racer in racers] == [[65.0] * 4, [66.0] * 4]
    assert racers[0].peak_rss_mb == 7.5 and racers[0].ready == {"ready": True}
    assert all(racer.process is None for racer in racers)


def test_measurements_happen_in_silence(tmp_path):
    log = tmp_path / "log"
    wrapper = tmp_path / "wrapper.sh"
    wrapper.write_text(f"#!/bin/sh\nprintf '(' >>{log}\n\"$@\"\nprintf ')' >>{log}\n")
    wrapper.chmod(0o755)
    racers = _racers(tmp_path)
    with started(racers):
        race(racers, 2, Silence(str(wrapper), seconds=100), warm_up=1)
    assert log.read_text() == "(ABABBA)"


def test_silence_is_given_back_between_rounds(tmp_path):
    log = tmp_path / "log"
    wrapper = tmp_path / "wrapper.sh"
    wrapper.write_text(f"#!/bin/sh\nprintf '(' >>{log}\n\"$@\"\nprintf ')' >>{log}\n")
    wrapper.chmod(0o755)
    racers = _racers(tmp_path)
    with started(racers):
        race(racers, 2, Silence(str(wrapper), seconds=0), warm_up=1)
    assert log.read_text() == "(AB)(AB)(BA)"


def test_a_process_that_ends_is_an_error(tmp_path):
    racer = Racer("short", [sys.executable, "-c", "print('no JSON')"])
    with pytest.raises(RaceError, match="short has ended"), started([racer]):
        pass
    script = "import json; print(json.dumps({'ready': True}), flush=True); input(); raise SystemExit(3)"
    racer = Racer("quits", [sys.executable, "-c", script])
    with started([racer]):
        with pytest.raises(RaceError, match="quits has ended"):
            racer.run(1)


def test_a_wrong_number_of_samples_is_an_error(tmp_path):
    script = (
        "import json; print(json.dumps({'ready': True}), flush=True); input();"
        "print(json.dumps({'samples_ms': [1.0], 'peak_rss_mb': 1.0}), flush=True)")
    racer = Racer("lies", [sys.executable, "-c", script])
    with started([racer]), pytest.raises(RaceError, match="1 times instead of 2"):
        racer.run(2)


def test_a_command_that_runs_nothing_gives_no_silence():
    with pytest.raises(RaceError, match="does not run the command"):
        Silence("true").acquire()
