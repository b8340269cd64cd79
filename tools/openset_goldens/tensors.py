"""Writes arrays in the safetensors layout: 8 bytes of header length, JSON header, raw little-endian data."""

import json
import pathlib

import numpy as np

NAMES = {"float32": "F32", "float64": "F64", "uint8": "U8", "int32": "I32"}


def write(path: pathlib.Path, arrays: dict[str, np.ndarray]) -> None:
    header, data = {}, b""
    for name, array in arrays.items():
        raw = np.ascontiguousarray(array).tobytes()
        header[name] = {
            "dtype": NAMES[str(array.dtype)],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    print(f"{path}: {len(arrays)} arrays, {path.stat().st_size} bytes")
