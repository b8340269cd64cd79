"""What the engines load: the same weights in every export form, and quantised. Made once, kept under .peers/.

    python -m tools.peers.artefacts NETWORK SIZE      makes all of them for one network and size
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .networks import CACHE, LDN_SEED, LDN121, NETWORKS, ROOT, Network, Size

FORMS = ("matmul", "averagepool", "torch", "dynamo")


def folder(network: Network, size: Size) -> Path:
    return CACHE / "artefacts" / f"{network.label}-{size}"


def export_models() -> None:
    """Writes the LDN-121 folder with seeded weights; the ESPNetv2 folder is in the repository."""
    if not (LDN121.folder / "model.yaml").exists():
        subprocess.run(
            [sys.executable, "-m", "tools.export", "ldn121", "--random-seed", str(LDN_SEED), "--out",
             str(LDN121.folder)], check=True, cwd=ROOT)


def make(path: Path, build: Callable[[Path], None]) -> Path:
    """Builds `path` aside and renames it, unless it is there."""
    if not path.exists():
        print(f"peers: making {path.relative_to(CACHE)}", file=sys.stderr, flush=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name("part-" + path.name)
        build(part)
        if (weights := part.with_suffix(".bin")).exists():
            weights.rename(path.with_suffix(".bin"))
        part.rename(path)
    return path


def normalised(network: Network, picture: np.ndarray) -> np.ndarray:
    from tools.export.picture import normalised as apply

    return apply(picture, network.mean, network.std)


def onnx_form(network: Network, size: Size, form: str) -> Path:
    """The network as ONNX with fixed extents: normalised float32 in, low-resolution logits out."""
    from . import export_forms

    build = {
        "matmul": export_forms.with_matmul_pooling, "averagepool": export_forms.with_average_pool,
        "dynamo": export_forms.from_dynamo}[form]
    return make(folder(network, size) / f"{form}.onnx", lambda path: build(network, size, path))


def openvino_form(network: Network, size: Size, form: str) -> Path:
    """The network as OpenVINO reads it best in this form, float32."""
    from . import export_forms

    if form != "torch":
        return onnx_form(network, size, form)
    return make(folder(network, size) / "torch.xml", lambda path: export_forms.from_torch(network, size, path))


def openvino_int8(network: Network, size: Size, form: str) -> Path:
    """The form quantised by NNCF."""
    from . import quantisation

    source = openvino_form(network, size, form)
    return make(
        folder(network, size) / f"{form}-nncf.xml", lambda path: quantisation.nncf_int8(network, size, source, path))


def onnxruntime_int8(network: Network, size: Size, form: str) -> Path:
    """The form quantised by ONNX Runtime's own tool, as QDQ."""
    from . import quantisation

    source = onnx_form(network, size, form)
    return make(
        folder(network, size) / f"{form}-qdq.onnx",
        lambda path: quantisation.onnxruntime_int8(network, size, source, path))


def ncnn_form(network: Network, size: Size) -> Path:
    from . import export_forms

    return make(folder(network, size) / "ncnn.param", lambda path: export_forms.to_ncnn(network, size, path))


def attempt(what: str, build: Callable[[], Path]) -> Path | None:
    """An export form that an engine's own tools cannot make is left out, with the reason on standard error."""
    try:
        return build()
    except Exception as error:  # noqa: BLE001: converters raise whatever they like
        reason = str(error).strip().splitlines() or [type(error).__name__]
        print(f"peers: {what} is left out: {reason[0][:200]}", file=sys.stderr, flush=True)
        return None


def main(arguments: list[str]) -> int:
    """Makes every artefact of one network and size."""
    network, size = NETWORKS[arguments[0]], Size.parse(arguments[1])
    export_models()
    for form in FORMS:
        attempt(f"{network.name} {size} {form}", lambda: openvino_form(network, size, form))
    for form in ("averagepool", "torch"):
        attempt(f"{network.name} {size} {form} NNCF", lambda: openvino_int8(network, size, form))
    attempt(f"{network.name} {size} QDQ", lambda: onnxruntime_int8(network, size, "averagepool"))
    attempt(f"{network.name} {size} ncnn", lambda: ncnn_form(network, size))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
