"""The mesh reader against hand-written meshes, damaged ones, and everything that torcs-data ships."""

import numpy as np
import pytest

from tools.render import ac3d
from tools.render.errors import RenderError
from tools.render.track import ART

SQUARE = """AC3Db
MATERIAL "grey" rgb 0.5 0.25 1 amb 1 1 1 emis 0 0 0 spec 0 0 0 shi 0 trans 0
OBJECT world
kids 1
OBJECT group
loc 10 0 0
rot 0 0 -1 0 1 0 1 0 0
kids 1
OBJECT poly
name "wall 1"
texture "brick.rgb" base
texture "shadow.rgb" tiled
texrep 2 3
numvert 4
0 0 0
1 0 0
1 1 0
0 1 0
numsurf 1
SURF 0x20
mat 0
refs 4
0 0 0
1 1 0
2 1 1
3 0 1
kids 0
"""

STRIP = """AC3Db
OBJECT world
kids 1
OBJECT poly
name "TKMN0"
texture "(null)" base
numvert 5
0 0 0 0 1 0
0 0 1 0 1 0
1 0 0 0 1 0
1 0 1 0 1 0
2 0 0 0 1 0
numsurf 1
SURF 0x34
mat 0
refs 5
0 0 0 0.5 0.5
1 0 1 0.5 0.5
2 1 0 0.5 0.5
3 1 1 0.5 0.5
4 2 0 0.5 0.5
kids 0
"""


def test_polygon_becomes_a_fan_in_world_coordinates():
    model = ac3d.parse(SQUARE)
    assert model.materials == [(0.5, 0.25, 1.0)]
    (part,) = model.parts
    assert (part.name, part.texture, part.path) == ("wall 1", "brick.rgb", ("", ""))
    assert part.positions.shape == (6, 3)
    # AC3D stores the rows of a matrix for row vectors: x goes to -z.
    np.testing.assert_allclose(part.positions[1], [10, 0, -1], atol=1e-6)
    np.testing.assert_allclose(np.ptp(part.texcoords, axis=0), [2, 3])


def test_strip_keeps_one_winding():
    (part,) = ac3d.parse(STRIP).parts
    assert part.texture is None
    assert part.positions.shape == (9, 3)
    faces = ac3d.face_normals(part.positions.astype(float))[::3]
    np.testing.assert_allclose(faces, [faces[0]] * 3, atol=1e-9)
    np.testing.assert_allclose(part.normals, [[0, 1, 0]] * 9, atol=1e-6)


@pytest.mark.parametrize("lines", range(2, len(STRIP.splitlines())))
def test_truncation_inside_an_object_is_an_error(lines):
    text = "\n".join(STRIP.splitlines()[:lines])
    with pytest.raises(RenderError, match="<text>:"):
        ac3d.parse(text)


def test_an_announced_child_that_never_comes_is_forgiven():
    # The game's own converter writes such files.
    assert len(ac3d.parse(STRIP.replace("kids 1", "kids 3")).parts) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("numvert 5", "numvert 999999999", "more than"),
        ("numvert 5", "numvert -1", "more than"),
        ("refs 5", "refs 4000000000", "more than"),
        ("4 2 0 0.5 0.5", "5 2 0 0.5 0.5", "vertex 5 of 5"),
        ("2 0 0 0 1 0", "2 zero 0 0 1 0", "zero"),
        ("SURF 0x34", "SURF banana", "banana"),
        ("AC3Db", "glTF", "not an AC3D"),
        ("numvert 5", "numvert inf", "numvert"),
    ],
)
def test_damage_is_named(old, new, message):
    with pytest.raises(RenderError, match=message):
        ac3d.parse(STRIP.replace(old, new))


def test_reads_every_mesh_of_torcs_data():
    meshes = sorted(path for ending in ("ac", "acc") for path in ART.rglob(f"*.{ending}"))
    assert len(meshes) > 100, "apt-get install torcs-data"
    # All of them take half a minute; every ninth is every kind of file.
    for path in meshes[::9]:
        for part in ac3d.load(path).parts:
            assert len(part.positions) % 3 == 0 and np.isfinite(part.positions).all()
            np.testing.assert_allclose(np.linalg.norm(part.normals, axis=1), 1, atol=1e-3)
