"""Makes one golden case: a folder with the model, its input and PyTorch's outputs, golden.json last.

    <out>/<case>/model.onnx, model.yaml   the model (links where cases share one)
    <out>/<case>/image.f32                normalised input [1, 3, H, W]
    <out>/<case>/{pre_logits,logits,outlier_logits}.f32   PyTorch's float32 results
    <out>/<case>/golden.json              shapes, seeds, deviations, float32 noise, hash of what it was made from
Tensors are raw little-endian float32, row-major.
"""

import copy
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from tools.networks.open_set import OpenSetOutputs

from .. import cityscapes
from ..atomic import write_file
from ..checkpoint import read_checkpoint
from ..model_folder import Card, write_model
from ..picture import normalised, street_picture
from ..recipes import Recipe, load_strictly
from .cases import NETWORKS, Case, Model

PICTURE_SEED = 11
EXPORT = Path(__file__).parents[1]
SHARED_SOURCES = (
    Path(__file__), Path(__file__).with_name("cases.py"), EXPORT / "adaptive_pool_function.py",
    EXPORT / "graph_builder.py", EXPORT / "model_folder.py", EXPORT / "picture.py", EXPORT / "recipes.py",
    EXPORT / "seeded_weights.py", NETWORKS / "adaptive_pool.py", NETWORKS / "open_set.py",
)


def source_hash(model: Model, weights: Path | None) -> str:
    """What the case depends on: the generating sources, the libraries' versions, the pretrained weights."""
    digest = hashlib.sha256(f"torch {torch.__version__} onnx {onnx.__version__} numpy {np.__version__}".encode())
    paths = [*SHARED_SOURCES, *model.sources]
    if model.pretrained and weights is not None:
        paths.append(weights)
    for path in paths:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_current(folder: Path, expected: str) -> bool:
    """Whether the case is there, complete, and made from what would be used now."""
    try:
        record = json.loads((folder / "golden.json").read_text())
        if record["source_sha256"] != expected or not (folder / "model.yaml").exists():
            return False
        sizes_match = all(
            (folder / f"{name}.f32").stat().st_size == 4 * int(np.prod(tensor["shape"]))
            for name, tensor in record["tensors"].items())
        return sizes_match and (folder / "model.onnx").stat().st_size == record["model_bytes"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def build(model: Model, weights: Path | None) -> tuple[Recipe, nn.Module, str]:
    """The network in evaluation mode and where its weights come from."""
    recipe = model.recipe()
    if model.pretrained and weights is not None:
        origin = f"{weights.parent.name}/{weights.name}"
        loaded = recipe.from_state(read_checkpoint(weights)[0])
        if recipe.head(loaded) is not None:
            return recipe, loaded, origin
        network = recipe.empty(model.class_count, outlier_head=True).eval()
        load_strictly(network, {**network.state_dict(), **loaded.state_dict()})
        recipe.seed(network, recipe.head(network), model.seed)
        return recipe, network, f"{origin}; outlier head random, seed {model.seed}"
    return recipe, recipe.seeded(model.seed, model.class_count), f"random, seed {model.seed}"


def write_golden_model(folder: Path, model: Model, recipe: Recipe, network: nn.Module, origin: str) -> None:
    """Exports the model that the cases of `model` share."""
    known = model.class_count
    card = Card(classes=cityscapes.CLASSES[:known], provenance={"weights": origin, "use": "golden data of tests"})
    write_model(folder, recipe, network, card, half_weights=model.half_weights)


def stored_weights(network: nn.Module) -> nn.Module:
    """The network with its filters rounded as --half-weights stores them."""
    rounded = copy.deepcopy(network)
    state = {key: value.half().float() if value.ndim >= 2 else value for key, value in rounded.state_dict().items()}
    rounded.load_state_dict(state)
    return rounded


def write_case(
    folder: Path, model_folder: Path, case: Case, recipe: Recipe, network: nn.Module, origin: str, digest: str
) -> dict[str, object]:
    """Runs the network and writes the case; returns what golden.json says."""
    (folder / "golden.json").unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    picture = street_picture(case.height, case.width, PICTURE_SEED)
    image = torch.from_numpy(normalised(picture, recipe.mean, recipe.std))
    with torch.inference_mode():
        outputs = recipe.outputs(network, image)
        exact = recipe.outputs(copy.deepcopy(network).double(), image.double())
    tensors = {"image": image, **outputs._asdict()}
    for name, tensor in tensors.items():
        write_file(folder / f"{name}.f32", tensor.contiguous().numpy().astype("<f4").tobytes())
    for name in ("model.onnx", "model.yaml"):
        _link(folder / name, model_folder / name)
    record: dict[str, object] = {
        "case": case.name,
        "network": recipe.name,
        "weights": origin,
        "height": case.height,
        "width": case.width,
        "weights_seed": case.model.seed,
        "picture_seed": PICTURE_SEED,
        "tensors": {
            name: {"shape": list(tensor.shape), "std": float(tensor.double().std())}
            for name, tensor in tensors.items()},
        "float32_noise": _noise(outputs, exact),
        "torch": torch.__version__,
        "model_bytes": (model_folder / "model.onnx").stat().st_size,
        "source_sha256": digest,
    }
    write_file(folder / "golden.json", (json.dumps(record, indent=2) + "\n").encode())
    return record


def _noise(outputs: OpenSetOutputs, exact: OpenSetOutputs) -> dict[str, object]:
    """How far PyTorch's float32 is from its float64: the floor below which a comparison says nothing."""
    def relative(value: Tensor, truth: Tensor) -> float:
        return float((value.double() - truth).abs().max() / truth.std())

    agreement = (outputs.logits.argmax(1) == exact.logits.argmax(1)).double().mean()
    return {
        "max_difference_over_std": {
            name: relative(value, truth)
            for name, value, truth in zip(outputs._fields, outputs, exact, strict=True)},
        "argmax_agreement": float(agreement),
    }


def _link(path: Path, target: Path) -> None:
    aside = path.with_name(f".{path.name}.part")
    aside.unlink(missing_ok=True)
    aside.symlink_to(os.path.relpath(target, path.parent))
    os.replace(aside, path)
