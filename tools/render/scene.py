"""What is drawn: triangles with a material, a label and a place; and the light they stand in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .textures import Picture


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles, three rows each: positions and normals [n][3], texture coordinates [n][2] with v upwards."""

    positions: np.ndarray
    normals: np.ndarray
    texcoords: np.ndarray

    @cached_property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest corner."""
        return self.positions.min(axis=0), self.positions.max(axis=0)

    def moved(self, matrix: np.ndarray) -> Mesh:
        """The same triangles under a rigid motion (4x4)."""
        turn = matrix[:3, :3]
        return Mesh(
            (self.positions @ turn.T + matrix[:3, 3]).astype(np.float32),
            (self.normals @ turn.T).astype(np.float32),
            self.texcoords,
        )

    @staticmethod
    def joined(meshes: list[Mesh]) -> Mesh:
        """All triangles of several meshes."""
        return Mesh(
            np.concatenate([mesh.positions for mesh in meshes]),
            np.concatenate([mesh.normals for mesh in meshes]),
            np.concatenate([mesh.texcoords for mesh in meshes]),
        )


@dataclass(frozen=True, eq=False)
class Material:
    """How a surface looks. `tint` multiplies the picture in linear light; `detail` is the strength of the grain."""

    picture: Picture | None = None
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gloss: float = 0.0
    detail: float = 0.0
    detail_scale: float = 1.0
    foliage: bool = False


@dataclass(frozen=True, eq=False)
class Item:
    """A mesh in the scene. Object 0 is the fixed surroundings; things have a number of their own, 1 to 255.

    `footprint` (half length, half width) lets a thing darken the ground under it and itself towards the ground.
    """

    mesh: Mesh
    material: Material
    label: int
    object_id: int = 0
    model: np.ndarray = field(default_factory=lambda: np.eye(4))
    footprint: tuple[float, float] | None = None
    casts_shadow: bool = True

    @cached_property
    def sphere(self) -> tuple[np.ndarray, float]:
        """Centre and radius of a ball around the placed mesh."""
        low, high = self.mesh.bounds
        centre = self.model @ np.array([*((low + high) / 2), 1.0])
        scale = np.linalg.norm(self.model[:3, 0])
        return centre[:3], float(np.linalg.norm(high - low) / 2 * scale)


@dataclass(frozen=True)
class Light:
    """Sun and sky in linear light. Azimuth is degrees clockwise from -z seen from above."""

    azimuth: float = 215.0
    elevation: float = 38.0
    sun: tuple[float, float, float] = (2.6, 2.45, 2.2)
    zenith: tuple[float, float, float] = (0.42, 0.56, 0.85)
    horizon: tuple[float, float, float] = (0.92, 0.96, 1.02)
    bounce: tuple[float, float, float] = (0.26, 0.25, 0.23)
    cloudiness: float = 0.5
    haze: float = 0.0016

    @property
    def direction(self) -> np.ndarray:
        """Unit vector towards the sun."""
        azimuth, elevation = np.radians(self.azimuth), np.radians(self.elevation)
        flat = np.cos(elevation)
        return np.array([np.sin(azimuth) * flat, np.sin(elevation), -np.cos(azimuth) * flat])


@dataclass
class Scene:
    """Everything that is drawn in one frame."""

    items: list[Item]
    light: Light


def placement(position, heading: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """Model matrix: turned about the vertical so that the model's +x points along heading (radians), then moved.

    Heading 0 is +x, a quarter turn to the left is -z.
    """
    cos, sin = np.cos(heading), np.sin(heading)
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]) * scale
    matrix[:3, 3] = position
    return matrix
