"""The public packages read every field of the recordings that the program writes."""

import io
import json

import numpy as np
import pytest
from foxglove_schemas_protobuf.CompressedImage_pb2 import CompressedImage
from foxglove_schemas_protobuf.RawImage_pb2 import RawImage
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from mcap.reader import make_reader
from mcap.records import Channel, DataEnd, Footer, Header, Schema
from mcap.stream_reader import StreamReader
from mcap_protobuf.decoder import DecoderFactory as ProtobufDecoder
from mcap_ros2.decoder import DecoderFactory as Ros2Decoder
from PIL import Image

TOPICS = [f"/densehybrid/{name}" for name in ("openset", "labels", "score", "overlay", "meta")]
IMAGES = TOPICS[:4]


def decoded(recording, topic):
    with recording.file.open("rb") as file:
        reader = make_reader(file, decoder_factories=[Ros2Decoder(), ProtobufDecoder()])
        return [(message, content) for _, _, message, content in reader.iter_decoded_messages(topics=[topic])]


def stamp_of(recording, content) -> int:
    if recording.profile == "ros2":
        assert content.header.frame_id == "camera"
        return content.header.stamp.sec * 10**9 + content.header.stamp.nanosec
    assert content.frame_id == "camera"
    return content.timestamp.ToNanoseconds()


def maps(recording, name):
    return [np.load(path) for path in sorted((recording.folder / name).iterdir())]


@pytest.mark.parametrize("name", ["openset", "labels", "score"])
def test_maps(recording, name):
    messages = decoded(recording, f"/densehybrid/{name}")
    expected = maps(recording, name)
    assert len(messages) == len(expected) == 5
    for index, ((message, content), pixels) in enumerate(zip(messages, expected, strict=True)):
        height, width = pixels.shape
        assert (content.width, content.height) == (width, height)
        assert content.encoding == ("32FC1" if name == "score" else "mono8")
        assert content.step == width * pixels.itemsize
        if recording.profile == "ros2":
            assert content.is_bigendian == 0
        stored = np.frombuffer(bytes(content.data), dtype="<f4" if name == "score" else "u1")
        assert np.array_equal(stored.reshape(height, width), pixels)
        assert stamp_of(recording, content) == recording.times()[index]
        assert message.log_time == message.publish_time == recording.times()[index]
        assert message.sequence == index


def test_overlay(recording):
    messages = decoded(recording, "/densehybrid/overlay")
    files = sorted((recording.folder / "overlay").iterdir())
    assert len(messages) == len(files) == 5
    for index, ((message, content), file) in enumerate(zip(messages, files, strict=True)):
        assert content.format == "jpeg"
        # The same encoder made the files of --overlay.
        assert bytes(content.data) == file.read_bytes()
        assert Image.open(io.BytesIO(bytes(content.data))).size == Image.open(file).size
        assert stamp_of(recording, content) == recording.times()[index]


def test_meta(recording):
    lines = [json.loads(line) for line in (recording.folder / "meta.jsonl").read_text().splitlines()]
    if recording.profile == "ros2":
        # rosbag2 takes neither channels without schema nor two encodings in one file.
        messages = [(message, content.data) for message, content in decoded(recording, "/densehybrid/meta")]
    else:
        with recording.file.open("rb") as file:
            found = list(make_reader(file).iter_messages(topics=["/densehybrid/meta"]))
        assert all(schema is None and channel.message_encoding == "json" for schema, channel, _ in found)
        messages = [(message, message.data) for _, _, message in found]
    assert [json.loads(text) for _, text in messages] == lines
    for message, text in messages:
        assert message.log_time == json.loads(text)["capture_ns"]


def test_header_channels_and_schemas(recording):
    with recording.file.open("rb") as file:
        reader = make_reader(file)
        header, summary = reader.get_header(), reader.get_summary()
    assert header.profile == ("ros2" if recording.profile == "ros2" else "")
    assert header.library.startswith("densehybrid")
    assert [channel.topic for channel in summary.channels.values()] == TOPICS
    ros2 = recording.profile == "ros2"
    if ros2:
        assert {channel.message_encoding for channel in summary.channels.values()} == {"cdr"}
        assert all(channel.schema_id in summary.schemas for channel in summary.channels.values())
    for channel in summary.channels.values():
        if channel.topic not in IMAGES:
            continue
        schema = summary.schemas[channel.schema_id]
        kind = "CompressedImage" if channel.topic.endswith("overlay") else "Image" if ros2 else "RawImage"
        assert schema.name == ("sensor_msgs/msg/" if ros2 else "foxglove.") + kind
        assert schema.encoding == ("ros2msg" if ros2 else "protobuf")
        assert channel.message_encoding == ("cdr" if ros2 else "protobuf")
        if not ros2:
            check_descriptors(schema)


def check_descriptors(schema):
    """Field by field as in Foxglove's own package."""
    own = FileDescriptorSet.FromString(schema.data)
    message = RawImage if schema.name == "foxglove.RawImage" else CompressedImage
    public = FileDescriptorProto()
    message.DESCRIPTOR.file.CopyToProto(public)
    found = next(file for file in own.file if file.name == public.name)
    assert found == public
    assert {file.name for file in own.file} == {public.name, "google/protobuf/timestamp.proto"}


def test_statistics_and_indexes(recording):
    with recording.file.open("rb") as file:
        summary = make_reader(file).get_summary()
    statistics = summary.statistics
    assert statistics.message_count == 25 and statistics.channel_count == 5
    assert statistics.schema_count == len(summary.schemas) == (3 if recording.profile == "ros2" else 2)
    assert set(statistics.channel_message_counts.values()) == {5}
    assert statistics.message_start_time == recording.times()[0]
    assert statistics.message_end_time == recording.times()[4]
    assert statistics.metadata_count == len(summary.metadata_indexes) == 2
    assert statistics.chunk_count == len(summary.chunk_indexes) >= 1
    whole = recording.file.read_bytes()
    for index in summary.chunk_indexes:
        assert index.compression == ("" if recording.compression == "none" else recording.compression)
        assert whole[index.chunk_start_offset] == 6
        for channel, offset in index.message_index_offsets.items():
            assert whole[offset] == 7 and int.from_bytes(whole[offset + 9 : offset + 11], "little") == channel


def test_metadata(recording):
    with recording.file.open("rb") as file:
        records = {record.name: record.metadata for record in make_reader(file).iter_metadata()}
    summary = json.loads((recording.folder / "summary.json").read_text())
    fields = records["densehybrid"]
    assert fields["model"] == summary["model"] and fields["model_digest"] == summary["model_digest"]
    assert float(fields["threshold"]) == summary["threshold"] and fields["score"] == summary["score"]
    assert float(fields["budget_ms"]) == 60000 and fields["queue"] == "block"
    assert records["densehybrid.result"] == {
        "frames_delivered": "5", "frames_lost": "0", "openset_digest": summary["digest"],
    }


def test_checksums_and_the_order_of_records(recording):
    with recording.file.open("rb") as file:
        records = list(StreamReader(file, validate_crcs=True, emit_chunks=True).records)
    assert isinstance(records[0], Header) and isinstance(records[-1], Footer)
    kinds = [type(record) for record in records]
    assert kinds.index(Schema) < kinds.index(Channel) and kinds.count(DataEnd) == 1
    data_end = next(record for record in records if isinstance(record, DataEnd))
    assert data_end.data_section_crc != 0 and records[-1].summary_crc != 0
    with recording.file.open("rb") as file:
        # Chunks' own checksums are checked only when they are taken apart.
        assert sum(1 for _ in StreamReader(file, validate_crcs=True).records) > 25
