"""The camera: a pinhole on a car that follows a line along the road."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Camera:
    """Position, unit forward and up vectors, and the horizontal field of view in degrees."""

    position: np.ndarray
    forward: np.ndarray
    up: np.ndarray
    field_of_view: float = 52.0

    def axes(self) -> np.ndarray:
        """3x3, columns right, up, back."""
        back = -self.forward / np.linalg.norm(self.forward)
        right = np.cross(self.up, back)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(back, right), back], 1)

    @cached_property
    def _view(self) -> np.ndarray:
        axes = self.axes()
        matrix = np.eye(4)
        matrix[:3, :3] = axes.T
        matrix[:3, 3] = -axes.T @ self.position
        return matrix

    def view(self) -> np.ndarray:
        """World to camera, 4x4."""
        return self._view

    def tangents(self, width: int, height: int) -> tuple[float, float]:
        """Tangents of half the field of view, across and up."""
        across = np.tan(np.radians(self.field_of_view) / 2)
        return float(across), float(across * height / width)

    def sees(self, centre: np.ndarray, radius: float, width: int, height: int) -> bool:
        """Whether a ball may be in the picture."""
        x, y, z = self._view[:3, :3] @ (centre - self.position)
        across, upward = self.tangents(width, height)
        slack_x, slack_y = radius * np.hypot(1, across), radius * np.hypot(1, upward)
        return -z > -radius and abs(x) < -z * across + slack_x and abs(y) < -z * upward + slack_y

    def projection(self, width: int, height: int, near: float = 0.2, far: float = 2500.0) -> np.ndarray:
        """OpenGL clip space matrix."""
        across, upward = self.tangents(width, height)
        matrix = np.zeros((4, 4))
        matrix[0, 0], matrix[1, 1] = 1 / across, 1 / upward
        matrix[2, 2], matrix[2, 3] = (far + near) / (near - far), 2 * far * near / (near - far)
        matrix[3, 2] = -1
        return matrix
