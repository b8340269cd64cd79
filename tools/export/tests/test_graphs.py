"""Exported graphs compute in onnxruntime what PyTorch computes, at any allowed size, from one file."""

import onnx
import onnx.inliner
import pytest
import torch
from onnxruntime.capi.onnxruntime_pybind11_state import Fail

from tools.export.goldens.cases import CASES, Case, Model
from tools.export.graph_builder import GraphBuilder
from tools.export.recipes import UNREAD, ESPNetv2Recipe, LadderDenseNetRecipe

from .running import TOLERANCE, exported, image, largest_difference, session

TINY = [model for model in dict.fromkeys(case.model for case in CASES) if model.name.startswith("tiny-")]
SMALL_CALIBRATION = (128, 256)
LDN_SIZES = [(94, 311), (65, 61), (128, 160), (180, 320), (32, 32)]
ESPNETV2_SIZES = [(128, 256), (144, 240), (48, 32), (16, 80)]


@pytest.fixture(scope="module")
def ldn121():
    recipe = LadderDenseNetRecipe()
    recipe.calibration_size = SMALL_CALIBRATION
    return recipe, recipe.seeded(3)


@pytest.fixture(scope="module")
def espnetv2():
    recipe = ESPNetv2Recipe()
    recipe.calibration_size = SMALL_CALIBRATION
    return recipe, recipe.seeded(3)


@pytest.mark.parametrize("model", TINY, ids=lambda model: model.name)
def test_tiny_networks(model: Model):
    recipe = model.recipe()
    network = recipe.seeded(model.seed, model.class_count)
    sizes = [(case.height, case.width) for case in CASES if case.model is model]
    for opset in (13, 18, 24):
        whole = exported(recipe, network, opset)
        assert largest_difference(whole.SerializeToString(), recipe, network, sizes) < TOLERANCE


@pytest.mark.parametrize("opset", [13, 18])
def test_ldn121_takes_any_size(ldn121, opset):
    recipe, network = ldn121
    model = onnx.inliner.inline_local_functions(exported(recipe, network, opset))
    assert largest_difference(model.SerializeToString(), recipe, network, LDN_SIZES) < TOLERANCE


@pytest.mark.parametrize("opset", [13, 18])
def test_espnetv2_takes_multiples_of_16(espnetv2, opset):
    recipe, network = espnetv2
    model = onnx.inliner.inline_local_functions(exported(recipe, network, opset))
    assert largest_difference(model.SerializeToString(), recipe, network, ESPNETV2_SIZES) < TOLERANCE


@pytest.mark.parametrize("size", [(128, 248), (136, 256), (120, 264), (33, 65)])
def test_espnetv2_itself_refuses_other_sizes(espnetv2, size):
    recipe, network = espnetv2
    runner = session(exported(recipe, network).SerializeToString())
    with pytest.raises(Fail, match="bu_br_l[234].add"):
        runner.run(None, {"image": image(recipe, *size)})


def test_functions_run_without_inlining(espnetv2):
    recipe, network = espnetv2
    model = exported(recipe, network)
    assert [function.name for function in model.functions] == ["AdaptiveAveragePool"]
    assert largest_difference(model.SerializeToString(), recipe, network, ESPNETV2_SIZES[:1]) < TOLERANCE


def test_a_model_without_head_has_one_output(ldn121):
    recipe, network = ldn121
    state = {key: value for key, value in network.state_dict().items() if not key.startswith("logits_ood.")}
    closed = recipe.from_state(state)
    model = exported(recipe, closed)
    assert [output.name for output in model.graph.output] == ["logits"]
    assert largest_difference(model.SerializeToString(), recipe, closed, [(65, 61)]) < TOLERANCE


def test_the_contract_of_names_and_shapes(ldn121, espnetv2):
    for (recipe, network), outputs in ((ldn121, 19), (espnetv2, 20)):
        model = exported(recipe, network)
        (image,) = model.graph.input
        dimensions = [d.dim_param or d.dim_value for d in image.type.tensor_type.shape.dim]
        assert (image.name, dimensions) == ("image", [1, 3, "height", "width"])
        channels = {o.name: o.type.tensor_type.shape.dim[1].dim_value for o in model.graph.output}
        assert channels == {"logits": outputs, "outlier_logits": 2}
        made = [name for node in model.graph.node for name in node.output]
        assert "pre_logits" in made
        assert len(made) == len(set(made))
        assert len({node.name for node in model.graph.node}) == len(model.graph.node)


def test_pre_logits_part_the_graph(ldn121, espnetv2):
    """Nothing but pre_logits (and weights) crosses from what it depends on to what depends on it."""
    for recipe, network in (ldn121, espnetv2):
        graph = exported(recipe, network).graph
        constants = {tensor.name for tensor in graph.initializer}
        behind: set[str] = {"pre_logits"}
        for node in graph.node:
            if behind & set(node.input):
                behind |= set(node.output)
        before = {name for node in graph.node for name in node.output} - behind
        crossing = {
            name for node in graph.node if behind & set(node.output) and "pre_logits" not in node.output
            for name in node.input if name in before}
        assert not crossing - constants


def test_every_weight_is_used(ldn121, espnetv2):
    deeplab = next(model for model in TINY if model.name == "tiny-deeplab")
    recipe = deeplab.recipe()
    for recipe, network in (ldn121, espnetv2, (recipe, recipe.empty(5, outlier_head=True))):
        graph = GraphBuilder(network.state_dict())
        recipe.graph(graph)
        model = graph.model("all", ["logits"], "")
        used = {tensor.name for tensor in model.graph.initializer}
        unused = {key for key in network.state_dict() if key not in used and not UNREAD.search(key)}
        assert not unused


def test_half_weights_are_the_rounded_weights(espnetv2):
    recipe, network = espnetv2
    full, half = exported(recipe, network), exported(recipe, network, half_weights=True)
    assert half.ByteSize() < 0.62 * full.ByteSize()
    state = {key: v.half().float() if v.ndim >= 2 else v for key, v in network.state_dict().items()}
    rounded = recipe.empty(19, outlier_head=True).eval()
    rounded.load_state_dict(state)
    assert largest_difference(half.SerializeToString(), recipe, rounded, ESPNETV2_SIZES[:2]) < TOLERANCE


def test_half_weights_that_overflow_are_refused():
    case: Case = CASES[0]
    recipe = case.model.recipe()
    network = recipe.empty(5, outlier_head=True)
    with torch.no_grad():
        network["stem"].weight[0, 0, 0, 0] = 1e6
    with pytest.raises(ValueError, match="stem.weight.*half precision"):
        exported(recipe, network, half_weights=True)
