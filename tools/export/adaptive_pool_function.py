"""Adaptive average pooling as a model-local ONNX function.

ONNX has no such operator. The function's body consists of standard operators (opset 13 and later), so that a runtime
that knows functions runs it as it is, one that does not runs the file after `onnx.inliner.inline_local_functions`, and
an importer that recognises the name can use a kernel of its own.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DOMAIN = "ai.densehybrid"
DOMAIN_VERSION = 1
NAME = "AdaptiveAveragePool"


def adaptive_average_pool_function(opset: int) -> onnx.FunctionProto:
    """y = P_rows x P_columns^T for float32 x [N, C, H, W] and int64 output_size [2].

    Row i of a pooling matrix for g cells over N inputs is 1/(e-s) on [s, e) = [floor(i*N/g), ceil((i+1)*N/g)).
    """
    body = _Body()
    body.add("Shape", ["x"], "input_size")
    rows = body.pooling_matrix(axis=0, cells_along=0)
    columns = body.pooling_matrix(axis=1, cells_along=1)
    body.add("MatMul", [rows, "x"], "pooled_rows")
    body.add("MatMul", ["pooled_rows", columns], "y")
    return helper.make_function(
        DOMAIN, NAME, ["x", "output_size"], ["y"], body.nodes, [helper.make_opsetid("", opset)],
        doc_string="Mean of x over window [floor(i*N/g), ceil((i+1)*N/g)) for output i of g over N inputs, both axes.")


class _Body:
    """The function's nodes in order."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []

    def add(self, operator: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def integer(self, value: int | list[int], name: str) -> str:
        tensor = numpy_helper.from_array(np.array(value, dtype=np.int64))
        return self.add("Constant", [], name, value=tensor)

    def pooling_matrix(self, axis: int, cells_along: int) -> str:
        """The matrix for spatial `axis`: [cells, inputs] with cells_along 0, transposed with 1."""
        side = "rows" if axis == 0 else "columns"

        def name(part: str) -> str:
            return f"{side}_{part}"

        zero, one = self.integer(0, name("zero")), self.integer(1, name("one"))
        inputs = self.add("Gather", ["input_size", self.integer(axis + 2, name("input_axis"))], name("inputs"), axis=0)
        cells = self.add("Gather", ["output_size", self.integer(axis, name("output_axis"))], name("cells"), axis=0)
        cell = self.add("Range", [zero, cells, one], name("cell"))
        begin = self.add("Div", [self.add("Mul", [cell, inputs], name("scaled")), cells], name("begin"))
        # ceil(a / b) of positive integers is (a + b - 1) / b, rounded down.
        upper = self.add("Mul", [self.add("Add", [cell, one], name("next")), inputs], name("next_scaled"))
        upper = self.add("Add", [upper, self.add("Sub", [cells, one], name("cells_less_one"))], name("next_raised"))
        end = self.add("Div", [upper, cells], name("end"))
        count = self.add("Cast", [self.add("Sub", [end, begin], name("extent"))], name("count"), to=TensorProto.FLOAT)
        along = self.integer([1 - cells_along], name("inputs_along"))
        across = self.integer([cells_along], name("inputs_across"))
        begin, end, count = (
            self.add("Unsqueeze", [value, along], name(f"{part}_aligned"))
            for value, part in ((begin, "begin"), (end, "end"), (count, "count")))
        position = self.add("Range", [zero, inputs, one], name("index"))
        position = self.add("Unsqueeze", [position, across], name("position"))
        inside = self.add(
            "And",
            [self.add("GreaterOrEqual", [position, begin], name("reached")),
             self.add("Less", [position, end], name("not_passed"))],
            name("inside"))
        inside = self.add("Cast", [inside], name("weight"), to=TensorProto.FLOAT)
        return self.add("Div", [inside, count], name("matrix"))
