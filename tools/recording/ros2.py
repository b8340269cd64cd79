"""ROS 2 message definitions, as rosbag2 stores them, and image messages packed by hand in either byte order."""

import struct

HEADER = """
================================================================================
MSG: std_msgs/Header
builtin_interfaces/Time stamp
string frame_id
================================================================================
MSG: builtin_interfaces/Time
int32 sec
uint32 nanosec
"""
DEFINITIONS = {
    "sensor_msgs/msg/Image": "std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\n"
    "uint8 is_bigendian\nuint32 step\nuint8[] data" + HEADER,
    "sensor_msgs/msg/CompressedImage": "std_msgs/Header header\nstring format\nuint8[] data" + HEADER,
    "std_msgs/msg/String": "string data\n",
}


class Cdr:
    """Fields aligned to their own size, counted from behind the four bytes that tell the byte order."""

    def __init__(self, big: bool):
        self.order = ">" if big else "<"
        self.head = bytes([0, 0 if big else 1, 0, 0])
        self.body = b""

    def number(self, kind: str, value: int) -> None:
        size = struct.calcsize(kind)
        self.body += b"\0" * (-len(self.body) % size)
        self.body += struct.pack(self.order + kind, value)

    def text(self, value: str) -> None:
        encoded = value.encode() + b"\0"
        self.number("I", len(encoded))
        self.body += encoded

    def data(self, value: bytes) -> None:
        self.number("I", len(value))
        self.body += value

    def header(self, stamp: int, frame_id: str) -> None:
        self.number("i", stamp // 1_000_000_000)
        self.number("I", stamp % 1_000_000_000)
        self.text(frame_id)

    def message(self) -> bytes:
        return self.head + self.body


def image(stamp: int, width: int, height: int, encoding: str, step: int, data: bytes, big: bool, frame_id="") -> bytes:
    cdr = Cdr(big)
    cdr.header(stamp, frame_id)
    cdr.number("I", height)
    cdr.number("I", width)
    cdr.text(encoding)
    cdr.number("B", 0)
    cdr.number("I", step)
    cdr.data(data)
    return cdr.message()


def compressed_image(stamp: int, format: str, data: bytes, big: bool, frame_id="camera") -> bytes:
    cdr = Cdr(big)
    cdr.header(stamp, frame_id)
    cdr.text(format)
    cdr.data(data)
    return cdr.message()
