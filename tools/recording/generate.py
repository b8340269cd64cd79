#!/usr/bin/env python3
"""Writes MCAP recordings by the public Python packages, with what must be read from them.

    python -m tools.recording.generate --out .fixtures/recordings

Layout: OUT/<name>.mcap, OUT/<name>.bin (the frames' packed bytes, one after the other) and OUT/expected.json:
    [{"name", "topic", "error", "gaps", "frames": [{"capture_ns", "payload", "width", "height", "bytes"}]}]
A name is <schema>-<encoding>-<compression>[-<what is special>]. `error` stands where reading must fail: words of the
message. The pictures come from a fixed seed.
"""

import argparse
import base64
import json
import pathlib
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
from foxglove_schemas_protobuf.CompressedImage_pb2 import CompressedImage
from foxglove_schemas_protobuf.RawImage_pb2 import RawImage
from mcap.writer import CompressionType, IndexType
from mcap.writer import Writer as McapWriter
from mcap_protobuf.writer import Writer as ProtobufWriter
from mcap_ros2.writer import Writer as Ros2Writer

from . import ros2
from .pictures import encoded, stored

START = 1_700_000_000_000_000_123
STEP = 100_000_000
PIXELS = ("rgb8", "bgr8", "mono8", "8UC1", "rgba8", "bgra8", "yuyv", "yuv422_yuy2", "uyvy", "yuv422", "nv12", "nv21", "nv24")
COMPRESSIONS = {"none": CompressionType.NONE, "lz4": CompressionType.LZ4, "zstd": CompressionType.ZSTD}


class Picture(NamedTuple):
    stamp: int
    width: int
    height: int
    format: str
    step: int
    data: bytes
    payload: str
    expected: bytes


class Recordings:
    """The folder that is written, and its list."""

    def __init__(self, out: pathlib.Path):
        self.out = out
        self.list = []
        self.random = np.random.default_rng(1)

    def file(self, name: str) -> str:
        return str(self.out / f"{name}.mcap")

    def expect(self, name, pictures, topic=None, error=None, gaps=0, captures=None):
        frames = [
            {
                "capture_ns": captures[index] if captures else picture.stamp,
                "payload": picture.payload,
                "width": picture.width,
                "height": picture.height,
                "bytes": len(picture.expected),
            }
            for index, picture in enumerate(pictures)
        ]
        (self.out / f"{name}.bin").write_bytes(b"".join(picture.expected for picture in pictures))
        self.list.append({"name": name, "topic": topic, "error": error, "gaps": gaps, "frames": frames})

    def pictures(self, format: str, count=3, padding=0, width=21, height=13) -> list[Picture]:
        pictures = []
        for index in range(count):
            stamp = START + index * STEP
            if format in ("jpeg", "png"):
                data = encoded(format, width, height, self.random)
                pictures.append(Picture(stamp, width, height, format, 0, data, format, data))
            else:
                raw = stored(format, width, height, padding, self.random)
                pictures.append(Picture(stamp, width, height, format, raw.step, raw.data, raw.payload, raw.expected))
        return pictures

    # ROS 2, written by mcap-ros2-support.

    def ros2(self, name, schema, pictures, compression, topic="/camera"):
        writer = Ros2Writer(self.file(name), compression=COMPRESSIONS[compression], chunk_size=4000)
        definition = writer.register_msgdef(schema, ros2.DEFINITIONS[schema])
        for index, picture in enumerate(pictures):
            stamp = SimpleNamespace(sec=picture.stamp // 10**9, nanosec=picture.stamp % 10**9)
            message = SimpleNamespace(
                header=SimpleNamespace(stamp=stamp, frame_id="camera"), data=picture.data, format=picture.format,
                height=picture.height, width=picture.width, encoding=picture.format, is_bigendian=0, step=picture.step,
            )
            # The recorder is later than the camera.
            writer.write_message(
                topic, definition, message, picture.stamp + 5_000_000, picture.stamp + 3_000_000, sequence=index + 1
            )
        writer.finish()
        self.expect(name, pictures)

    def by_ros2(self):
        for encoding in PIXELS:
            for width, height, padding in ((21, 13, 0), (16, 8, 7)):
                pictures = self.pictures(encoding, padding=padding, width=width, height=height)
                self.ros2(f"Image-{encoding}-zstd-{width}", "sensor_msgs/msg/Image", pictures, "zstd")
        for format, compression in (("jpeg", "lz4"), ("png", "zstd"), ("jpeg", "none")):
            self.ros2(
                f"CompressedImage-{format}-{compression}", "sensor_msgs/msg/CompressedImage", self.pictures(format),
                compression,
            )

    # CDR packed by hand, in both byte orders, in files of every shape.

    def plain(self, name, messages, schema="sensor_msgs/msg/Image", encoding="cdr", topics=None, start=True, **options):
        writer = McapWriter(self.file(name), **options)
        writer.start("ros2", "tools/recording")
        schema_id = writer.register_schema(schema, "ros2msg", ros2.DEFINITIONS.get(schema, "").encode())
        channels = {}
        for index, (message, stamp) in enumerate(messages):
            topic = topics[index] if topics else "/camera"
            if topic not in channels:
                channels[topic] = writer.register_channel(topic.split("#")[0], encoding, schema_id)
            writer.add_message(channels[topic], stamp, message, stamp, sequence=index)
        writer.finish()

    def by_hand(self):
        for big in (False, True):
            order = "big" if big else "little"
            for frame_id in ("", "c", "camera_front"):
                pictures = self.pictures("bgr8")
                messages = [
                    (ros2.image(p.stamp, p.width, p.height, p.format, p.step, p.data, big, frame_id), p.stamp)
                    for p in pictures
                ]
                name = f"Image-bgr8-none-{order}-{len(frame_id)}"
                self.plain(name, messages, compression=CompressionType.NONE)
                self.expect(name, pictures)
            pictures = self.pictures("jpeg")
            name = f"CompressedImage-jpeg-lz4-{order}"
            messages = [
                (ros2.compressed_image(p.stamp, "bgr8; jpeg compressed bgr8", p.data, big), p.stamp) for p in pictures
            ]
            self.plain(name, messages, "sensor_msgs/msg/CompressedImage", compression=CompressionType.LZ4)
            self.expect(name, pictures)

        pictures = self.pictures("rgb8", count=6)
        messages = [
            (ros2.image(p.stamp, p.width, p.height, p.format, p.step, p.data, False), p.stamp) for p in pictures
        ]
        shapes = {
            "unchunked": {"use_chunking": False},
            "unindexed": {"index_types": IndexType.NONE},
            "no-summary": {
                "index_types": IndexType.NONE, "repeat_channels": False, "repeat_schemas": False,
                "use_statistics": False, "use_summary_offsets": False,
            },
            "unchunked-no-summary": {
                "use_chunking": False, "index_types": IndexType.NONE, "repeat_channels": False,
                "repeat_schemas": False, "use_statistics": False, "use_summary_offsets": False,
            },
            "no-checksums": {"enable_crcs": False},
            "data-checksum": {"enable_data_crcs": True},
            "small-chunks": {"chunk_size": 1},
        }
        for shape, options in shapes.items():
            for compression in ("lz4", "zstd"):
                name = f"Image-rgb8-{compression}-{shape}"
                self.plain(name, messages, compression=COMPRESSIONS[compression], **options)
                self.expect(name, pictures)

    def special(self):
        pictures = self.pictures("mono8", count=6)

        def message(picture, stamp):
            return ros2.image(stamp, picture.width, picture.height, picture.format, picture.step, picture.data, False)

        # No stamps: the publish time is the capture time.
        self.plain("Image-mono8-zstd-no-stamps", [(message(p, 0), p.stamp + 7) for p in pictures])
        self.expect("Image-mono8-zstd-no-stamps", pictures, captures=[p.stamp + 7 for p in pictures])

        # Two publishers of one topic, and of two topics.
        messages = [(message(p, p.stamp), p.stamp) for p in pictures]
        self.plain("Image-mono8-zstd-two-publishers", messages, topics=["/camera", "/camera#2"] * 3)
        self.expect("Image-mono8-zstd-two-publishers", pictures, topic="/camera", gaps=4)
        self.plain("Image-mono8-zstd-two-topics", messages, topics=["/left", "/right"] * 3)
        self.expect("Image-mono8-zstd-two-topics", pictures[1::2], topic="/right", gaps=2)
        for error in ("--topic", "/left (sensor_msgs/msg/Image, cdr)", "/right (sensor_msgs/msg/Image, cdr)"):
            self.list.append({"name": "Image-mono8-zstd-two-topics", "topic": None, "error": error, "gaps": 0, "frames": []})
        self.list.append(
            {"name": "Image-mono8-zstd-two-topics", "topic": "/rear", "error": "no topic /rear", "gaps": 0, "frames": []}
        )

        # Frames that the recorder did not get: every second number, and a counter that starts again.
        writer = McapWriter(self.file("Image-mono8-zstd-gaps"))
        writer.start("ros2", "tools/recording")
        schema = writer.register_schema("sensor_msgs/msg/Image", "ros2msg", b"")
        channel = writer.register_channel("/camera", "cdr", schema)
        for sequence, picture in zip((1, 2, 5, 6, 0, 3), pictures, strict=True):
            writer.add_message(channel, picture.stamp, message(picture, picture.stamp), picture.stamp, sequence)
        writer.finish()
        self.expect("Image-mono8-zstd-gaps", pictures, gaps=4)

        # Other topics, attachments, metadata, and records of a kind of its own between the messages.
        with open(self.file("Image-mono8-zstd-company"), "wb") as file:
            writer = McapWriter(file, chunk_size=600)
            writer.start("ros2", "tools/recording")
            schema = writer.register_schema("sensor_msgs/msg/Image", "ros2msg", b"")
            text = writer.register_schema("std_msgs/msg/String", "ros2msg", b"string data\n")
            camera = writer.register_channel("/camera", "cdr", schema, {"offered_qos_profiles": "- history: 1"})
            chatter = writer.register_channel("/chatter", "cdr", text)
            bare = writer.register_channel("/bare", "json", 0)
            for picture in pictures:
                writer.add_message(chatter, picture.stamp, b"\0\1\0\0\2\0\0\0a\0", picture.stamp)
                writer.add_message(camera, picture.stamp, message(picture, picture.stamp), picture.stamp)
                writer.add_message(bare, picture.stamp, b'{"a": 1}', picture.stamp)
                writer.add_attachment(picture.stamp, picture.stamp, "notes.txt", "text/plain", b"x" * 100)
                writer.add_metadata("drive", {"weather": "rain", "town": "Zagreb"})
                file.write(bytes([0x90]) + (5).to_bytes(8, "little") + b"hello")
            writer.finish()
        self.expect("Image-mono8-zstd-company", pictures)

    def refused(self):
        for encoding, words in (("32FC1", "32FC1"), ("mono16", "mono16"), ("bayer_rggb8", "bayer_rggb8")):
            name = f"Image-{encoding}-zstd"
            self.plain(name, [(ros2.image(START, 4, 2, encoding, 16, bytes(32), False), START)])
            for error in (words, "/camera"):
                self.expect(name, [], error=error)
        for format in ("webp", "32FC1; compressedDepth png"):
            name = f"CompressedImage-{format.split()[0].strip(';')}-zstd"
            self.plain(
                name, [(ros2.compressed_image(START, format, b"RIFF0000WEBP", False), START)],
                "sensor_msgs/msg/CompressedImage",
            )
            self.expect(name, [], error=f"/camera holds pictures of format '{format}'")
        self.plain("String-cdr-zstd", [(b"\0\1\0\0\2\0\0\0a\0", START)], "std_msgs/msg/String")
        for error in ("no topic with images", "/camera (std_msgs/msg/String, cdr)"):
            self.expect("String-cdr-zstd", [], error=error)
        self.expect("String-cdr-zstd", [], topic="/camera", error="/camera (std_msgs/msg/String, cdr) holds no images")
        self.plain("Image-ros1-zstd", [(bytes(40), START)], "sensor_msgs/msg/Image", "ros1")
        self.expect("Image-ros1-zstd", [], error="/camera (sensor_msgs/msg/Image, ros1)")

    # Foxglove, written by mcap-protobuf-support, and as JSON.

    def by_protobuf(self):
        for format, compression in (("jpeg", "zstd"), ("png", "lz4")):
            name = f"foxglove.CompressedImage-protobuf-{compression}-{format}"
            pictures = self.pictures(format)
            self.protobuf(name, compression, pictures, lambda p: CompressedImage(data=p.data, format=p.format))
        for encoding in ("rgb8", "bgr8", "mono8", "yuyv"):
            name = f"foxglove.RawImage-protobuf-zstd-{encoding}"
            self.protobuf(
                name, "zstd", self.pictures(encoding, padding=3),
                lambda p: RawImage(width=p.width, height=p.height, encoding=p.format, step=p.step, data=p.data),
            )

    def protobuf(self, name, compression, pictures, message):
        writer = ProtobufWriter(self.file(name), compression=COMPRESSIONS[compression])
        for picture in pictures:
            content = message(picture)
            content.frame_id = "camera"
            content.timestamp.FromNanoseconds(picture.stamp)
            writer.write_message("/camera", content, picture.stamp + 9, picture.stamp + 4)
        writer.finish()
        self.expect(name, pictures)

    def by_json(self):
        for format in ("jpeg", "png"):
            self.json(f"foxglove.CompressedImage-json-lz4-{format}", "foxglove.CompressedImage", self.pictures(format))
        for encoding in ("rgb8", "mono8", "nv12"):
            name = f"foxglove.RawImage-json-lz4-{encoding}"
            self.json(name, "foxglove.RawImage", self.pictures(encoding, padding=1))
        self.json("foxglove.RawImage-json-lz4-escaped", "foxglove.RawImage", self.pictures("rgb8"), escaped=True)

    def json(self, name, schema, pictures, escaped=False):
        writer = McapWriter(self.file(name), compression=CompressionType.LZ4)
        writer.start("", "tools/recording")
        schema_id = writer.register_schema(schema, "jsonschema", b'{"type": "object"}')
        channel = writer.register_channel("/camera", "json", schema_id)
        for picture in pictures:
            content = {
                "unknown": {"nested": [1, {"data": "x"}, "\"}"], "none": None},
                "timestamp": {"sec": picture.stamp // 10**9, "nsec": picture.stamp % 10**9},
                "frame_id": "camera \"1\"",
                "data": base64.b64encode(picture.data).decode(),
            }
            if schema == "foxglove.RawImage":
                size = {"width": picture.width, "height": picture.height, "step": picture.step}
                content |= size | {"encoding": picture.format}
            else:
                content["format"] = picture.format
            text = json.dumps(content, indent=1 if escaped else None)
            if escaped:
                text = text.replace("/", "\\/")
            writer.add_message(channel, picture.stamp + 1, text.encode(), picture.stamp + 2)
        writer.finish()
        self.expect(name, pictures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    recordings = Recordings(out)
    recordings.by_ros2()
    recordings.by_hand()
    recordings.special()
    recordings.refused()
    recordings.by_protobuf()
    recordings.by_json()
    (out / "expected.json").write_text(json.dumps(recordings.list, indent=1) + "\n")


if __name__ == "__main__":
    main()
