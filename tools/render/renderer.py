"""Draws a scene with OpenGL (EGL, no window; software rasteriser is enough) into colour, labels, depth and objects.

Everything is drawn at a multiple of the wanted size into three attachments at once, so that colour and label come from
the same samples; frames.py brings them down to size.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import moderngl
import numpy as np

from .camera import Camera
from .classes import SKY
from .errors import RenderError
from .noise import grain_picture
from .scene import Item, Material, Mesh, Scene
from .textures import Picture, mip_levels

SHADERS = Path(__file__).parent / "shaders"
REMEDY = "apt-get install libegl1 libgl1-mesa-dri && pip install -r tools/render/requirements.txt"
NEAR_SHADOW, FAR_SHADOW = 22.0, 110.0
SHADOW_SIZE = 2048
MOST_OCCLUDERS = 48


def open_context() -> moderngl.Context:
    """An OpenGL context without a window. Raises RenderError with the remedy where the system has no EGL."""
    try:
        return moderngl.create_context(standalone=True, backend="egl", require=330)
    except Exception as error:  # the library raises bare Exception
        raise RenderError(f"no OpenGL context through EGL ({error}); {REMEDY}") from None


class Renderer:
    """Keeps the GPU copies of meshes and pictures between frames. `size` is the size that is drawn, not delivered."""

    def __init__(self, width: int, height: int):
        self.context = open_context()
        self.size = (width, height)
        if max(self.size) > self.context.info["GL_MAX_TEXTURE_SIZE"]:
            raise RenderError(f"{width}x{height} is more than this OpenGL draws; lower --supersampling or --size")
        source = {path.name: path.read_text() for path in SHADERS.iterdir()}
        common = source["common.glsl"]
        self.scene_program = self.context.program(source["scene.vert"], common + source["scene.frag"])
        self.sky_program = self.context.program(source["sky.vert"], common + source["sky.frag"])
        self.shadow_program = self.context.program(source["shadow.vert"], source["shadow.frag"])
        self._meshes: dict[int, tuple] = {}
        self._pictures: dict[int, tuple] = {}
        self._build_targets()

    def _build_targets(self) -> None:
        context = self.context
        self.target = context.framebuffer(
            [
                context.texture(self.size, 4, dtype="f2"),
                context.texture(self.size, 2, dtype="u1"),
                context.texture(self.size, 1, dtype="f4"),
            ],
            context.depth_renderbuffer(self.size),
        )
        self.shadows = []
        for _ in range(2):
            texture = context.depth_texture((SHADOW_SIZE, SHADOW_SIZE))
            texture.compare_func = "<="
            texture.repeat_x = texture.repeat_y = False
            self.shadows.append((texture, context.framebuffer([], texture)))
        corners = context.buffer(np.array([-1, -1, 3, -1, -1, 3], "f4"))
        self.screen = context.vertex_array(self.sky_program, [(corners, "2f", "corner")])
        self.noise = self._upload(grain_picture())
        self.white = self._upload(Picture(np.full((1, 1, 4), 255, np.uint8), False))

    def _upload(self, picture: Picture) -> moderngl.Texture:
        levels = mip_levels(picture)
        height, width = levels[0].shape[:2]
        # Noise is data; its bytes are averaged like colours but must not be bent by the transfer curve twice, so all
        # pictures are stored as they are and sRGB ones say so to the sampler.
        texture = self.context.texture((width, height), 4, internal_format=0x8C43)  # SRGB8_ALPHA8
        texture.build_mipmaps(0, len(levels) - 1)
        for level, pixels in enumerate(levels):
            texture.write(np.ascontiguousarray(pixels[::-1]).tobytes(), level=level, alignment=1)
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        return texture

    def _picture(self, material: Material) -> moderngl.Texture:
        if material.picture is None:
            return self.white
        key = id(material.picture)
        if key not in self._pictures:
            self._pictures[key] = (self._upload(material.picture), material.picture)
        return self._pictures[key][0]

    def _arrays(self, mesh: Mesh) -> tuple:
        key = id(mesh)
        if key not in self._meshes:
            rows = np.hstack([mesh.positions, mesh.normals, mesh.texcoords]).astype("f4")
            buffer = self.context.buffer(rows.tobytes())
            drawn = self.context.vertex_array(
                self.scene_program, [(buffer, "3f 3f 2f", "position", "normal", "texcoord")]
            )
            shadowing = self.context.vertex_array(self.shadow_program, [(buffer, "3f 12x 2f", "position", "texcoord")])
            self._meshes[key] = (drawn, shadowing, mesh)
        return self._meshes[key][:2]

    def render(self, scene: Scene, camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Linear colour float16 [H][W][3], (label, object) uint8 [H][W][2] and depth (metres) f32 [H][W] (sky 0)."""
        matrices = [
            self._draw_shadow(scene, camera, index, reach) for index, reach in enumerate((NEAR_SHADOW, FAR_SHADOW))
        ]
        # What the picture cannot hold is not sent; shadows have their own choice above.
        scene = replace(scene, items=[item for item in scene.items if camera.sees(*item.sphere, *self.size)])
        self.target.use()
        self.context.viewport = (0, 0, *self.size)
        self.target.depth_mask = True
        self.context.enable_only(moderngl.NOTHING)
        self.context.clear(depth=1.0)
        self._draw_sky(scene, camera)
        self.context.enable_only(moderngl.DEPTH_TEST)
        self._draw_depth(scene, camera)
        self.context.depth_func = "=="
        self._draw_items(scene, camera, matrices)
        self.context.depth_func = "<"
        width, height = self.size
        colour = np.frombuffer(self.target.read(components=4, attachment=0, dtype="f2"), np.float16)
        ids = np.frombuffer(self.target.read(components=2, attachment=1, dtype="u1", alignment=1), np.uint8)
        depth = np.frombuffer(self.target.read(components=1, attachment=2, dtype="f4"), np.float32)
        return (
            colour.reshape(height, width, 4)[::-1, :, :3],
            ids.reshape(height, width, 2)[::-1],
            depth.reshape(height, width)[::-1],
        )

    def _light(self, program: moderngl.Program, scene: Scene) -> None:
        light = scene.light
        values = {
            "sun_direction": light.direction, "sun_light": light.sun, "sky_zenith": light.zenith,
            "sky_horizon": light.horizon, "ground_bounce": light.bounce, "cloudiness": light.cloudiness,
            "haze": light.haze, "noise": 1,
        }  # fmt: skip
        for name, value in values.items():
            _set(program, name, value)
        self.noise.use(1)

    def _draw_sky(self, scene: Scene, camera: Camera) -> None:
        self._light(self.sky_program, scene)
        self.sky_program["camera_axes"].write(camera.axes().T.astype("f4").tobytes())
        self.sky_program["tangents"] = camera.tangents(*self.size)
        self.sky_program["sky_label"] = SKY
        self.screen.render()

    def _draw_shadow(self, scene: Scene, camera: Camera, index: int, reach: float) -> np.ndarray:
        sun = scene.light.direction
        ahead = camera.forward * np.array([1, 0, 1])
        ahead /= np.linalg.norm(ahead)
        side = np.cross([0.0, 1.0, 0.0], sun)
        side /= np.linalg.norm(side)
        axes = np.stack([side, np.cross(sun, side), sun])
        centre = axes @ (camera.position + ahead * reach * 0.8)
        # Whole texels, or the edges of shadows crawl as the camera moves.
        texel = 2 * reach / SHADOW_SIZE
        centre[:2] = np.round(centre[:2] / texel) * texel
        matrix = np.eye(4)
        matrix[:3, :3] = axes / np.array([[reach], [reach], [-300.0]])
        matrix[:3, 3] = -centre / np.array([reach, reach, -300.0])
        texture, buffer = self.shadows[index]
        buffer.use()
        self.context.viewport = (0, 0, SHADOW_SIZE, SHADOW_SIZE)
        self.context.enable_only(moderngl.DEPTH_TEST)
        buffer.clear(depth=1.0)
        self.shadow_program["light_matrix"].write(matrix.T.astype("f4").tobytes())
        for item in scene.items:
            middle, radius = item.sphere
            offset = np.abs((axes @ middle - centre)[:2])
            if item.casts_shadow and offset.max() < reach + radius:
                self._bind(self.shadow_program, item)
                self._arrays(item.mesh)[1].render()
        return matrix

    def _draw_depth(self, scene: Scene, camera: Camera) -> None:
        # Depth first, so that the dear shading runs once a sample. Both programs compute the position alike.
        matrix = camera.projection(*self.size) @ camera.view()
        self.shadow_program["light_matrix"].write(matrix.T.astype("f4").tobytes())
        self.target.color_mask = [(False,) * 4] * 3
        for item in scene.items:
            self._bind(self.shadow_program, item)
            self._arrays(item.mesh)[1].render()
        self.target.color_mask = [(True,) * 4] * 3

    def _bind(self, program: moderngl.Program, item: Item) -> None:
        self._picture(item.material).use(0)
        program["picture"] = 0
        program["cutout"] = item.material.picture is not None and item.material.picture.cutout
        program["model"].write(item.model.T.astype("f4").tobytes())

    def _draw_items(self, scene: Scene, camera: Camera, shadow_matrices: list[np.ndarray]) -> None:
        program = self.scene_program
        self._light(program, scene)
        view = camera.view()
        program["view"].write(view.T.astype("f4").tobytes())
        program["view_projection"].write((camera.projection(*self.size) @ view).T.astype("f4").tobytes())
        program["eye"] = tuple(camera.position)
        for unit, name, (texture, _), matrix in zip((2, 3), ("near", "far"), self.shadows, shadow_matrices):
            texture.use(unit)
            program[f"shadow_{name}"] = unit
            program[f"shadow_{name}_matrix"].write(matrix.T.astype("f4").tobytes())
        self._bind_occluders(scene, camera)
        for item in scene.items:
            self._bind(program, item)
            material = item.material
            program["foliage"] = material.foliage
            program["tint"] = material.tint
            program["gloss"] = material.gloss
            program["detail"] = material.detail
            program["detail_scale"] = material.detail_scale
            program["detail_local"] = item.object_id > 0
            program["label"] = item.label
            program["object_id"] = item.object_id
            program["base_height"] = item.model[1, 3]
            program["base_reach"] = 0.5 if item.footprint else 0.0
            self._arrays(item.mesh)[0].render()

    def _bind_occluders(self, scene: Scene, camera: Camera) -> None:
        things = {item.object_id: item for item in scene.items if item.footprint and item.object_id}
        nearest = sorted(things.values(), key=lambda item: np.linalg.norm(item.model[:3, 3] - camera.position))
        place = np.zeros((MOST_OCCLUDERS, 4), "f4")
        turn = np.zeros((MOST_OCCLUDERS, 3), "f4")
        nearest = nearest[:MOST_OCCLUDERS]
        for row, item in enumerate(nearest):
            x, y, z = item.model[:3, 3]
            along = item.model[[0, 2], 0] / np.linalg.norm(item.model[[0, 2], 0])
            place[row] = (x, z, *item.footprint)
            turn[row] = (*along, y)
        self.scene_program["occluders"] = len(nearest)
        self.scene_program["occluder_place"].write(place.tobytes())
        self.scene_program["occluder_turn"].write(turn.tobytes())


def _set(program: moderngl.Program, name: str, value) -> None:
    """Sets a uniform that the compiler may have left out of this program."""
    if name in program:
        program[name] = tuple(map(float, value)) if np.ndim(value) else value
