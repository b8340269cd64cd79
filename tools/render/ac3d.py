"""Reader of AC3D text meshes (`.ac`) and of TORCS's extension of them (`.acc`).

`.ac` is the modeller's own format: polygons, one texture a surface set, no normals. `.acc` adds a normal to each
vertex, up to four texture layers an object (base, tiled, skids, shad) with one pair of coordinates each, and triangle
strips (surface type 4). Axes are the format's own and are kept: x right, y up, z towards the viewer, metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .errors import RenderError

STRIP = 4
POLYGON = 0
TWO_SIDED = 0x20


@dataclass(frozen=True)
class Part:
    """One object's triangles, in the file's world coordinates, three rows a triangle."""

    name: str
    texture: str | None
    material: int
    positions: np.ndarray
    normals: np.ndarray
    texcoords: np.ndarray
    path: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """All parts of a file, in file order. `materials` holds the diffuse colours."""

    parts: list[Part]
    materials: list[tuple[float, float, float]]


@dataclass
class _Object:
    kind: str
    name: str = ""
    texture: str | None = None
    layers: int = 0
    offset: np.ndarray = field(default_factory=lambda: np.zeros(3))
    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))
    repeat: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)
    vertices: np.ndarray = field(default_factory=lambda: np.zeros((0, 6)))
    surfaces: list = field(default_factory=list)


class _Reader:
    """Line cursor that knows where it is, so that every complaint names file and line."""

    def __init__(self, text: str, source: str):
        self.lines = text.splitlines()
        self.source = source
        self.at = 0

    def fail(self, what: str) -> RenderError:
        return RenderError(f"{self.source}:{self.at}: {what}")

    def next(self) -> str:
        if self.at >= len(self.lines):
            raise self.fail("file ends in the middle of an object; get a whole copy of it")
        self.at += 1
        return self.lines[self.at - 1]

    def peek(self) -> str | None:
        return self.lines[self.at] if self.at < len(self.lines) else None

    def at_end(self) -> bool:
        """Whether nothing but blank lines is left."""
        return not any(line.strip() for line in self.lines[self.at : self.at + 3]) and self.at + 3 >= len(self.lines)

    def count(self, word: str, what: str) -> int:
        """A count that the rest of the file can hold: no line, no item."""
        value = int(self.number(word, what))
        if value < 0 or value > len(self.lines) - self.at:
            raise self.fail(f"{what} {value} is more than the {len(self.lines) - self.at} lines that are left")
        return value

    def number(self, word: str, what: str) -> float:
        try:
            value = float(word)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.fail(f"{what}: expected a number, found '{word[:40]}'")
        return value

    def row(self, least: int, what: str) -> list[float]:
        words = self.next().split()
        if len(words) < least:
            raise self.fail(f"{what}: expected {least} numbers, found {len(words)}")
        return [self.number(word, what) for word in words]


def load(path: str | Path) -> Model:
    """Reads a mesh file. Raises RenderError naming file and line where it is not one."""
    path = Path(path)
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise RenderError(f"{path}: cannot read mesh: {error.strerror}; install the package torcs-data") from None
    return parse(text, str(path))


def parse(text: str, source: str = "<text>") -> Model:
    """Reads a mesh from text."""
    reader = _Reader(text, source)
    if not text.startswith("AC3D"):
        raise reader.fail("not an AC3D mesh (does not start with AC3D)")
    reader.next()
    materials: list[tuple[float, float, float]] = []
    parts: list[Part] = []
    while (line := reader.peek()) is not None:
        words = line.split()
        if not words:
            reader.next()
        elif words[0] == "MATERIAL":
            reader.next()
            materials.append(_material(reader, line))
        elif words[0] == "OBJECT":
            _object(reader, np.eye(3), np.zeros(3), (), parts)
        else:
            reader.next()
            raise reader.fail(f"expected MATERIAL or OBJECT, found '{words[0][:40]}'")
    return Model(parts, materials)


def _material(reader: _Reader, line: str) -> tuple[float, float, float]:
    words = line.rsplit('"', 1)[-1].split()
    if len(words) < 4 or words[0] != "rgb":
        raise reader.fail("material without rgb")
    return tuple(reader.number(word, "rgb") for word in words[1:4])


def _object(reader: _Reader, rotation: np.ndarray, offset: np.ndarray, path: tuple[str, ...], parts: list) -> None:
    # An explicit stack instead of recursion: nesting depth comes from the file.
    stack: list[tuple[int, np.ndarray, np.ndarray, tuple[str, ...]]] = [(1, rotation, offset, path)]
    while stack:
        remaining, rotation, offset, path = stack.pop()
        if remaining == 0:
            continue
        # TORCS's own converter announces more children than it writes (loaders of the game end quietly there too),
        # so a file may end between two objects, but never inside one.
        if reader.at_end():
            return
        stack.append((remaining - 1, rotation, offset, path))
        item, kids = _body(reader)
        turn = rotation @ item.rotation
        place = rotation @ item.offset + offset
        _emit(reader, item, turn, place, path, parts)
        stack.append((kids, turn, place, path + (item.name,)))


def _body(reader: _Reader) -> tuple[_Object, int]:
    head = reader.next().split()
    if len(head) < 2 or head[0] != "OBJECT":
        raise reader.fail("expected OBJECT")
    item = _Object(head[1])
    while True:
        line = reader.next()
        words = line.split()
        key = words[0] if words else ""
        if key == "kids" and len(words) > 1:
            return item, reader.count(words[1], "kids")
        if key == "name":
            item.name = line.split(None, 1)[1].strip().strip('"') if len(words) > 1 else ""
        elif key == "texture":
            # The first layer is the picture; the others are shadows, skid marks and the like.
            if item.layers == 0 and len(words) > 1:
                item.texture = _texture_name(line)
            item.layers += 1
        elif key == "loc":
            item.offset = np.array([reader.number(word, "loc") for word in words[1:4]])
        elif key == "rot":
            item.rotation = np.array([reader.number(word, "rot") for word in words[1:10]]).reshape(3, 3).T
        elif key == "texrep":
            item.repeat = tuple(reader.number(word, "texrep") for word in words[1:3])
        elif key == "texoff":
            item.shift = tuple(reader.number(word, "texoff") for word in words[1:3])
        elif key == "data" and len(words) > 1:
            # Data is a blob of so many characters on the lines that follow; nothing in it is drawn.
            wanted = int(reader.number(words[1], "data"))
            taken = 0
            while taken < wanted:
                taken += len(reader.next()) + 1
        elif key == "numvert" and len(words) > 1:
            count = reader.count(words[1], "numvert")
            rows = [reader.row(3, "vertex")[:6] for _ in range(count)]
            item.vertices = np.array([(row + [0.0] * 6)[:6] for row in rows], float).reshape(-1, 6)
        elif key == "numsurf" and len(words) > 1:
            item.surfaces = [_surface(reader, len(item.vertices)) for _ in range(reader.count(words[1], "numsurf"))]


def _texture_name(line: str) -> str | None:
    quoted = line.split('"')
    name = quoted[1] if len(quoted) >= 3 else line.split()[1]
    return None if name in ("", "(null)", "empty_texture_no_mapping") else name


def _surface(reader: _Reader, vertices: int):
    words = reader.next().split()
    if len(words) < 2 or words[0] != "SURF":
        raise reader.fail("expected SURF")
    try:
        flags = int(words[1], 16)
    except ValueError:
        raise reader.fail(f"surface flags '{words[1][:20]}' are not hexadecimal") from None
    material = 0
    while True:
        words = reader.next().split()
        if words[:1] == ["mat"] and len(words) > 1:
            material = int(reader.number(words[1], "mat"))
        elif words[:1] == ["refs"] and len(words) > 1:
            break
        else:
            raise reader.fail("expected mat or refs")
    rows = [reader.row(3, "surface vertex")[:3] for _ in range(reader.count(words[1], "refs"))]
    indices = np.array([row[0] for row in rows], int)
    if len(indices) and (indices.min() < 0 or indices.max() >= vertices):
        raise reader.fail(f"surface refers to vertex {indices.max()} of {vertices}")
    return flags, material, indices, np.array([row[1:3] for row in rows], float).reshape(-1, 2)


def triangles(flags: int, count: int) -> np.ndarray:
    """Indices into a surface's vertex list, three a triangle: strips alternate their winding, polygons are fans."""
    kind = flags & 0xF
    if count < 3 or kind not in (POLYGON, STRIP):
        return np.zeros((0, 3), int)
    step = np.arange(count - 2)
    if kind == STRIP:
        odd = step % 2
        return np.stack([step, step + 1 + odd, step + 2 - odd], 1)
    return np.stack([np.zeros_like(step), step + 1, step + 2], 1)


def _emit(reader: _Reader, item: _Object, turn: np.ndarray, place: np.ndarray, path, parts: list) -> None:
    if not item.surfaces:
        return
    by_material: dict[int, list] = {}
    for flags, material, indices, texcoords in item.surfaces:
        corner = triangles(flags, len(indices)).reshape(-1)
        by_material.setdefault(material, []).append((indices[corner], texcoords[corner]))
    for material, pieces in by_material.items():
        index = np.concatenate([piece[0] for piece in pieces])
        if not len(index):
            continue
        texcoords = np.concatenate([piece[1] for piece in pieces])
        positions = item.vertices[index, :3] @ turn.T + place
        normals = item.vertices[index, 3:] @ turn.T
        flat = face_normals(positions)
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
        normals = np.where(lengths > 1e-6, normals / np.maximum(lengths, 1e-6), flat)
        parts.append(
            Part(
                item.name,
                item.texture,
                material,
                positions.astype(np.float32),
                normals.astype(np.float32),
                (texcoords * item.repeat + item.shift).astype(np.float32),
                path,
            )
        )


def face_normals(positions: np.ndarray) -> np.ndarray:
    """The plane normal of each triangle, repeated for its three rows; degenerate triangles point up."""
    corners = positions.reshape(-1, 3, 3)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = np.where(length > 1e-12, normal / np.maximum(length, 1e-12), (0.0, 1.0, 0.0))
    return np.repeat(normal, 3, axis=0)
