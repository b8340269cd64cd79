"""Small meshes made by rule: boxes, tubes, lathed and lumpy bodies. Metres, y up; on y = 0 where it says so."""

from __future__ import annotations

import numpy as np

from .ac3d import face_normals
from .scene import Mesh


def grid(points: np.ndarray, texcoords: np.ndarray, smooth: bool = True) -> Mesh:
    """Triangles between the rows and columns of points [rows][columns][3]; smooth normals are those of the grid."""
    rows, columns = points.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    corners = np.stack([a, b, c, a, c, d], -1).reshape(-1)
    positions = points.reshape(-1, 3)[corners]
    normals = face_normals(positions)
    if smooth:
        # Shared by place, so that the seam of a closed body does not show.
        place, inverse = np.unique(np.round(points.reshape(-1, 3), 4), axis=0, return_inverse=True)
        total = np.zeros_like(place)
        np.add.at(total, inverse.reshape(-1)[corners], normals)
        total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)
        normals = total[inverse.reshape(-1)[corners]]
    return Mesh(
        positions.astype(np.float32), normals.astype(np.float32), texcoords.reshape(-1, 2)[corners].astype(np.float32)
    )


def quad(corners: np.ndarray, uv=(0.0, 0.0, 1.0, 1.0)) -> Mesh:
    """Lower left, lower right, upper right, upper left; uv is left, bottom, right, top."""
    left, bottom, right, top = uv
    points = np.asarray(corners, float)[[[0, 1], [3, 2]]]
    return grid(points, np.array([[[left, bottom], [right, bottom]], [[left, top], [right, top]]]), smooth=False)


def box(length: float, height: float, width: float, centre=(0.0, 0.0, 0.0), tile: float = 1.0) -> Mesh:
    """Box standing on the centre's height, length along x, width along z; one picture every `tile` metres."""
    x, z = length / 2, width / 2
    c = np.array(
        [[-x, 0, z], [x, 0, z], [x, 0, -z], [-x, 0, -z], [-x, height, z], [x, height, z], [x, height, -z],
         [-x, height, -z]]
    ) + np.asarray(centre)  # fmt: skip
    faces = [(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7), (4, 5, 6, 7), (3, 2, 1, 0)]
    sizes = [(length, height), (width, height), (length, height), (width, height), (length, width), (length, width)]
    return Mesh.joined(
        [quad(c[list(face)], (0, 0, size[0] / tile, size[1] / tile)) for face, size in zip(faces, sizes)]
    )


def cushion(length: float, height: float, width: float, centre=(0.0, 0.0, 0.0), round_: float = 4.0) -> Mesh:
    """A box with soft edges (superellipsoid) standing on the centre's height; `round_` 2 is an ellipsoid."""
    latitude = np.linspace(-np.pi / 2, np.pi / 2, 15)[:, None]
    longitude = np.linspace(0, -2 * np.pi, 29)[None]
    power = 2 / round_

    def bend(value):
        return np.sign(value) * np.abs(value) ** power

    shape = np.stack(
        np.broadcast_arrays(
            bend(np.cos(latitude)) * bend(np.cos(longitude)) * length / 2,
            bend(np.sin(latitude)) * height / 2 + height / 2,
            bend(np.cos(latitude)) * bend(np.sin(longitude)) * width / 2,
        ),
        -1,
    )
    texcoords = np.stack(np.broadcast_arrays(longitude / -np.pi * 2, latitude / np.pi + 0.5), -1)
    return grid(shape + np.asarray(centre), texcoords)


def lathe(profile, segments: int = 24, tile=(1.0, 1.0)) -> Mesh:
    """Body of revolution about y; the profile is a list of (radius, height) from below to above."""
    profile = np.asarray(profile, float)
    turn = np.linspace(0, -2 * np.pi, segments + 1)
    points = np.stack(
        [
            profile[:, None, 0] * np.cos(turn),
            np.repeat(profile[:, None, 1], len(turn), 1),
            profile[:, None, 0] * np.sin(turn),
        ],
        -1,
    )
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(profile, axis=0).T))])
    texcoords = np.stack(
        np.broadcast_arrays(np.linspace(0, tile[0], len(turn))[None], along[:, None] / along[-1] * tile[1]), -1
    )
    return grid(points, texcoords)


def torus(radius: float, thickness: float, segments: int = 32, sides: int = 14) -> Mesh:
    """A ring lying flat on y = 0; `thickness` is the radius of the tube."""
    around = np.linspace(0, -2 * np.pi, segments + 1)[None]
    tube = np.linspace(0, 2 * np.pi, sides + 1)[:, None]
    distance = radius + thickness * np.cos(tube)
    points = np.stack(
        np.broadcast_arrays(distance * np.cos(around), thickness * (1 + np.sin(tube)), distance * np.sin(around)),
        -1,
    )
    texcoords = np.stack(np.broadcast_arrays(around / -np.pi * 4, tube / np.pi), -1)
    return grid(points, texcoords)


def lump(size, roughness: float, rng: np.random.Generator) -> Mesh:
    """A stone or a sack: an ellipsoid of the size (x, y, z) with dents, its foot a little below y = 0."""
    latitude = np.linspace(-np.pi / 2, np.pi / 2, 19)[:, None]
    longitude = np.linspace(0, -2 * np.pi, 37)[None]
    unit = np.stack(
        np.broadcast_arrays(
            np.cos(latitude) * np.cos(longitude), np.sin(latitude) + 0 * longitude, np.cos(latitude) * np.sin(longitude)
        ),
        -1,
    )
    radius = np.ones(unit.shape[:2])
    for octave in (1.7, 3.1, 5.3):
        waves = rng.standard_normal((4, 3)) * octave
        radius += roughness / octave * np.sin(unit @ waves.T + rng.uniform(0, 6.3, 4)).sum(axis=-1) / 2
    points = unit * radius[..., None] * np.asarray(size) / 2
    points[..., 1] += size[1] * 0.42
    texcoords = np.stack(np.broadcast_arrays(longitude / -np.pi * 1.5, latitude / np.pi * 1.5), -1)
    return grid(points, texcoords)


def tube(start, end, radius: float, segments: int = 10) -> Mesh:
    """A straight round bar between two points."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    axis = (end - start) / np.linalg.norm(end - start)
    aside = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    aside /= np.linalg.norm(aside)
    other = np.cross(axis, aside)
    turn = np.linspace(0, 2 * np.pi, segments + 1)
    ring = radius * (np.cos(turn)[:, None] * aside + np.sin(turn)[:, None] * other)
    texcoords = np.array([[[t / 6.3, 0] for t in turn], [[t / 6.3, np.linalg.norm(end - start)] for t in turn]])
    return grid(np.stack([start + ring, end + ring]), texcoords)


def turned(mesh: Mesh, axis: int, degrees: float, lift: float = 0.0) -> Mesh:
    """The mesh turned about a coordinate axis (0 x, 1 y, 2 z) and raised."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(4)
    a, b = [(1, 2), (2, 0), (0, 1)][axis]
    matrix[a, a] = matrix[b, b] = cos
    matrix[a, b], matrix[b, a] = -sin, sin
    matrix[1, 3] = lift
    return mesh.moved(matrix)


def shifted(mesh: Mesh, x: float, y: float, z: float) -> Mesh:
    """The mesh moved."""
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return mesh.moved(matrix)
