"""Of a recording that is cut at any byte the streaming reader of `mcap` gets all messages of all whole chunks, and
`info` counts the same and tells where the file ends."""

import io
import json
import random
import subprocess
import time

import pytest
from mcap.records import Chunk, Message
from mcap.stream_reader import StreamReader

from .conftest import DRIVE, PROGRAM, SMALL, densehybrid


@pytest.fixture(scope="module", params=["lz4", "zstd", "none"])
def recording(request, tmp_path_factory):
    """Several chunks: frames come more than a second apart, and a chunk is closed each second."""
    file = tmp_path_factory.mktemp("cut") / "results.mcap"
    densehybrid(
        "replay", DRIVE, *SMALL, "--frames", "6", "--rate", "0.08", "--queue", "block",
        "--mcap", file, "--mcap-compression", request.param, "--mcap-content", "openset,meta",
    )
    return file


def ends_of_chunks(whole: bytes) -> list[tuple[int, int]]:
    """Where each chunk record ends, and how many messages lie in it; by the records' lengths alone."""
    ends, offset = [], 8
    for record in StreamReader(io.BytesIO(whole), emit_chunks=True).records:
        length = int.from_bytes(whole[offset + 1 : offset + 9], "little")
        if isinstance(record, Chunk):
            ends.append((offset + 9 + length, count_messages(whole[offset : offset + 9 + length])))
        offset += 9 + length
    return ends


def count_messages(chunk: bytes) -> int:
    reader = StreamReader(io.BytesIO(chunk), skip_magic=True)
    count = 0
    try:
        for record in reader.records:
            count += isinstance(record, Message)
    except Exception:  # the end of the bytes
        pass
    return count


def read(cut: bytes) -> list[Message]:
    messages = []
    try:
        for record in StreamReader(io.BytesIO(cut), validate_crcs=True).records:
            if isinstance(record, Message):
                messages.append(record)
    except Exception:  # how it says that the file ends
        pass
    return messages


def test_cuts(recording):
    whole = recording.read_bytes()
    ends = ends_of_chunks(whole)
    messages = read(whole)
    assert len(ends) >= 3 and sum(count for _, count in ends) == len(messages) == 12
    # Every byte of the first and the last thousand and around the ends of chunks, and many in between.
    cuts = set(range(8, 1000)) | set(range(len(whole) - 1000, len(whole)))
    for end, _ in ends:
        cuts |= set(range(end - 60, min(len(whole), end + 100)))
    cuts |= set(random.Random(1).sample(range(len(whole)), 300))
    for cut in sorted(cuts):
        expected = sum(count for end, count in ends if end <= cut)
        found = read(whole[:cut])
        assert len(found) == expected, cut
        assert [message.data for message in found] == [message.data for message in messages[:expected]]


def test_every_cut_of_a_small_recording(tmp_path):
    file = tmp_path / "results.mcap"
    densehybrid(
        "replay", DRIVE, *SMALL, "--frames", "4", "--rate", "0.08", "--queue", "block", "--mcap", file,
        "--mcap-content", "meta",
    )
    whole = file.read_bytes()
    ends = ends_of_chunks(whole)
    assert len(ends) >= 2
    for cut in range(8, len(whole)):
        assert len(read(whole[:cut])) == sum(count for end, count in ends if end <= cut), cut


def test_info_tells_the_rest(recording, tmp_path):
    whole = recording.read_bytes()
    ends = ends_of_chunks(whole)
    data_end = whole.rfind(bytes([0x0F, 4, 0, 0, 0, 0, 0, 0, 0]))
    cuts = random.Random(2).sample(range(600, len(whole)), 25)
    cuts += [end + step for end, _ in ends for step in (-1, 0, 1)] + [data_end, data_end + 13, len(whole) - 1]
    for cut in cuts:
        file = tmp_path / "cut.mcap"
        file.write_bytes(whole[:cut])
        info = json.loads(densehybrid("info", file, "--json", code=3).stdout)
        mcap = info["mcap"]
        assert mcap["messages"] == sum(count for end, count in ends if end <= cut), cut
        assert sum(mcap["chunks"].values()) == sum(end <= cut for end, _ in ends)
        assert info["truncated"] == (cut < data_end + 13) and mcap["all_data"] == (cut >= data_end + 13)
        if mcap["end"] == "cut":
            assert mcap["cut_position"] + mcap["cut_bytes"] == cut
        else:
            assert mcap["end"] == "unfinished"
    assert json.loads(densehybrid("info", recording, "--json").stdout)["mcap"]["end"] == "closed"


def test_killed_in_mid_run(tmp_path):
    """kill -9: what was written until then is there."""
    file = tmp_path / "results.mcap"
    process = subprocess.Popen(
        [PROGRAM, "replay", DRIVE, *SMALL, "--loop", "0", "--mcap", file, "--mcap-content", "openset,score,meta"],
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while (not file.exists() or file.stat().st_size < 300_000) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    messages = read(file.read_bytes())
    info = json.loads(densehybrid("info", file, "--json", code=3).stdout)["mcap"]
    assert len(messages) == info["messages"] > 0
    assert info["end"] in ("unfinished", "cut") and not info["indexed"]
    assert info["metadata"][0]["name"] == "densehybrid"
