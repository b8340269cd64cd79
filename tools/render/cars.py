"""Cars of torcs-data as things of the scene: body, four wheels, and a plain coat of paint over the racing livery."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from . import ac3d, classes, textures
from .errors import RenderError
from .scene import Item, Material, Mesh, placement
from .track import ART

# Bodies under the Free Art License that look most like something that is parked in a street: the others have their
# windows painted on the body or lettering all over it.
MODELS = ("car1-trb3", "car5-trb1", "car8-trb1")
PAINTS = ((158, 161, 164), (60, 64, 70), (188, 189, 187), (30, 31, 34), (120, 22, 26), (38, 62, 112), (128, 124, 112))
# More bodies and paints, for towns to train on: p406 and 155-DTM are under the GPL, the others under the Free Art
# License.
WIDE_MODELS = (
    *MODELS, "p406", "p406", "car1-trb1", "car2-trb1", "car3-trb1", "car6-trb1", "car7-trb1", "car1-stock1", "baja-bug",
    "155-DTM",
)  # fmt: skip
WIDE_PAINTS = (
    *PAINTS, (214, 214, 210), (150, 16, 20), (24, 88, 48), (196, 160, 40), (20, 24, 60), (92, 120, 150), (84, 66, 52),
    (170, 92, 40), (66, 66, 66), (96, 30, 54), (60, 116, 124), (16, 17, 18),
)  # fmt: skip
# Windows and rear lamps have objects of their own; the livery paints them badly.
GLASS = re.compile(r"WI(SIDE|REAR|FRONT)(?!.*LIGHT)", re.I)
LAMP = re.compile(r"REARLIGHT|LIGHTREAR", re.I)
# Wings make a racer of any car; what is inside is never seen through the painted windows.
LEFT_OUT = re.compile("WING|WNG|SPOILERTOP|ANTENNA|DRIVER|SEAT|STEER|GIRTH|ROLLBAR|INSIDE|CONSOLE|DASH", re.I)
# Racing bodies are flat; a little height makes them pass for coupes.
STRETCH = np.array([1.0, 1.13, 0.97], np.float32)


class CarPark:
    """Reads car models once and hands out painted copies."""

    def __init__(self, art: Path = ART):
        self.art = art
        self._bodies: dict[str, list[tuple[str, Mesh]]] = {}
        self._wheels: dict[str, Mesh] = {}
        self._pictures: dict[tuple, textures.Picture] = {}

    def car(self, model: str, paint: tuple[int, int, int], position, heading: float, object_id: int) -> list[Item]:
        """The items of one car that stands at the position and looks along the heading."""
        if model not in self._bodies:
            self._load(model)
        matrix = placement(position, heading)
        size = np.ptp(np.concatenate([mesh.positions for _, mesh in self._bodies[model]]), axis=0)
        footprint = (float(size[0]) / 2 * 0.95, float(size[2]) / 2 * 0.92)
        parts = [
            Item(mesh, self._material(model, name, paint), classes.CAR, object_id, matrix, footprint)
            for name, mesh in self._bodies[model]
        ]
        wheel = Material(self._plain(self.art / "wheels" / "trb1-1" / "wheel3d.png"), gloss=0.15)
        return [*parts, Item(self._wheels[model], wheel, classes.CAR, object_id, matrix, footprint)]

    def _load(self, model: str) -> None:
        folder = self.art / "cars" / model
        groups: dict[str, list[Mesh]] = {}
        for part in ac3d.load(folder / f"{model}.acc").parts:
            if LEFT_OUT.search(part.name):
                continue
            kind = "glass" if GLASS.match(part.name) else "lamp" if LAMP.match(part.name) else part.texture or ""
            groups.setdefault(kind, []).append(Mesh(part.positions * STRETCH, part.normals, part.texcoords))
        self._bodies[model] = [(name, Mesh.joined(meshes)) for name, meshes in groups.items()]
        wheel = ac3d.load(self.art / "wheels" / "trb1-1" / "wheel0.acc").parts
        wheel = Mesh.joined([Mesh(part.positions, part.normals, part.texcoords) for part in wheel])
        self._wheels[model] = Mesh.joined(_wheels(folder / f"{model}.xml", wheel))

    def _plain(self, path: Path) -> textures.Picture:
        key = (path,)
        if key not in self._pictures:
            self._pictures[key] = textures.prepare(_opaque(textures.load(path).pixels))
        return self._pictures[key]

    def _material(self, model: str, name: str, paint) -> Material:
        if name == "glass":
            return Material(None, (0.018, 0.02, 0.023), gloss=0.6)
        if name == "lamp":
            return Material(None, (0.36, 0.012, 0.012), gloss=0.7)
        return Material(self._painted(model, name, paint), gloss=0.7)

    def _painted(self, model: str, name: str, paint) -> textures.Picture:
        folder = self.art / "cars" / model
        if name != f"{model}.rgb":
            return self._plain(textures.find(name, [folder, self.art / "data" / "textures"]))
        key = (model, paint)
        if key not in self._pictures:
            pixels = _opaque(textures.load(folder / name).pixels)
            self._pictures[key] = textures.prepare(repaint(pixels, paint))
        return self._pictures[key]


def _opaque(pixels: np.ndarray) -> np.ndarray:
    pixels = pixels.copy()
    pixels[..., 3] = 255
    return pixels


def repaint(pixels: np.ndarray, paint: tuple[int, int, int]) -> np.ndarray:
    """Replaces saturated colours and white lettering by the paint; greys, blacks and the red of tail lamps stay."""
    colours = pixels[..., :3].astype(np.float32) / 255
    reds, greens, blues = colours[..., 0], colours[..., 1], colours[..., 2]
    high = np.maximum(np.maximum(reds, greens), blues)
    low = np.minimum(np.minimum(reds, greens), blues)
    saturation = (high - low) / np.maximum(high, 1e-6)
    # Red hues: the middle channels are close to each other and far below red.
    red = (reds == high) & (saturation > 0.75) & (np.abs(greens - blues) < 0.2 * high)
    painted = pixels.copy()
    body = ((saturation > 0.22) & (high > 0.12) & ~red) | ((saturation <= 0.22) & (high > 0.55))
    painted[body, :3] = np.clip(np.array(paint) * (0.75 + 0.25 * high[body, None]), 0, 255).astype(np.uint8)
    return painted


def _wheels(description: Path, wheel: Mesh) -> list[Mesh]:
    """The unit wheel four times, where the car's description puts its axles and tyres."""
    text = description.read_text(encoding="latin-1")

    def value(section: str, name: str) -> float:
        found = re.search(rf'section name="{section}".*?name="{name}"[^>]*val="([^"]+)"', text, re.S)
        if not found:
            raise RenderError(f"{description}: no '{name}' in section '{section}'")
        return float(found[1])

    placed = []
    for end in ("Front", "Rear"):
        along = value(f"{end} Axle", "xpos")
        width = value(f"{end} Right Wheel", "tire width") / 1000
        ratio = value(f"{end} Right Wheel", "tire height-width ratio")
        diameter = value(f"{end} Right Wheel", "rim diameter") * 0.0254 + 2 * width * ratio
        aside = abs(value(f"{end} Right Wheel", "ypos"))
        for side in (-1, 1):
            # The rim's face is on one side of the mesh; a half turn about the vertical shows it outside on the other.
            scale = np.array([side * diameter, diameter, side * width])
            positions = wheel.positions * scale + np.array([along, diameter / 2, side * aside])
            normals = wheel.normals * np.array([side, 1, side])
            placed.append(Mesh(positions.astype(np.float32), normals.astype(np.float32), wheel.texcoords))
    return placed
