"""Clips of --record-if, read by the public packages."""

import csv
import io
import json

import numpy as np
import pytest
from mcap.reader import make_reader
from mcap_protobuf.decoder import DecoderFactory as ProtobufDecoder
from mcap_ros2.decoder import DecoderFactory as Ros2Decoder
from PIL import Image

from .conftest import DRIVE, SMALL, densehybrid

INPUT, MAP, META = "/camera/image/compressed", "/densehybrid/openset", "/densehybrid/meta"
# The drive has ten frames a second. Frame 7 alone is triggered: by its best score, which no other has.
PRE, POST = 3, 2


@pytest.fixture(scope="module", params=["ros2", "foxglove"])
def clip(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    run = ["replay", DRIVE, *SMALL, "--frames", "16", "--openset", f"{folder}/maps/", "--format", "npy"]
    densehybrid(*run, "--meta", folder / "meta.jsonl")
    lines = [json.loads(line) for line in (folder / "meta.jsonl").read_text().splitlines()]
    scores = [line["anomaly_max_score"] for line in lines]
    low, high = scores[7] - 1e-5, scores[7] + 1e-5
    assert sum(low < score < high for score in scores) == 1
    densehybrid(
        *run, "--record-if", f"anomaly_max_score > {low:.9f} and anomaly_max_score < {high:.9f}",
        "--pre", f"{PRE * 100}ms", "--post", f"{POST * 100}ms", "--record-dir", folder / "clips", "--mcap-profile", request.param,
    )
    files = list((folder / "clips").iterdir())
    assert [file.name for file in files] == ["clip-20231114T221320.700Z-frame000007.mcap"]
    return folder, files[0], lines, request.param


def decoded(clip, topic):
    with clip[1].open("rb") as file:
        reader = make_reader(file, decoder_factories=[Ros2Decoder(), ProtobufDecoder()])
        return [(message, content) for _, _, message, content in reader.iter_decoded_messages(topics=[topic])]


def times_and_names():
    rows = [row for row in csv.reader((DRIVE / "data.csv").open()) if row[0][:1].isdigit()]
    return [(int(time), name) for time, name in rows][7 - PRE : 7 + POST + 1]


def test_input_is_as_it_came(clip):
    messages = decoded(clip, INPUT)
    assert len(messages) == PRE + POST + 1
    for (message, content), (time, name) in zip(messages, times_and_names(), strict=True):
        assert content.format == "jpeg"
        assert bytes(content.data) == (DRIVE / "images" / name).read_bytes()
        assert message.log_time == message.publish_time == time
        assert Image.open(io.BytesIO(bytes(content.data))).size[0] > 0


def test_maps(clip):
    messages = decoded(clip, MAP)
    files = sorted((clip[0] / "maps").iterdir())[7 - PRE : 7 + POST + 1]
    assert len(messages) == len(files) == PRE + POST + 1
    for (_, content), file in zip(messages, files, strict=True):
        pixels = np.load(file)
        assert content.encoding == "mono8" and (content.height, content.width) == pixels.shape
        assert np.array_equal(np.frombuffer(bytes(content.data), dtype="u1").reshape(pixels.shape), pixels)


def test_meta_and_regions(clip):
    if clip[3] == "ros2":
        texts = [content.data for _, content in decoded(clip, META)]
    else:
        with clip[1].open("rb") as file:
            texts = [message.data for _, _, message in make_reader(file).iter_messages(topics=[META])]
    found = [json.loads(text) for text in texts]
    expected = clip[2][7 - PRE : 7 + POST + 1]
    assert len(found) == len(expected)
    for own, line in zip(found, expected, strict=True):
        for key in ("frame_id", "capture_ns", "anomaly_fraction", "region_count", "regions"):
            assert own[key] == line[key]


def test_metadata(clip):
    with clip[1].open("rb") as file:
        records = {record.name: record.metadata for record in make_reader(file).iter_metadata()}
    fields = records["densehybrid"]
    assert fields["trigger_frame_id"] == "7" and fields["record_if"].startswith("anomaly_max_score")
    assert float(fields["pre_s"]) == PRE / 10 and float(fields["post_s"]) == POST / 10
    assert len(fields["model_digest"]) == 64
    assert records["densehybrid.result"] == {"frames": "6", "frames_lost": "0", "frames_without_input": "0"}


def test_info_finds_the_input_among_the_results(clip):
    report = densehybrid("info", clip[1]).stdout.decode()
    assert "several topics" not in report and "frames: 6" in report
