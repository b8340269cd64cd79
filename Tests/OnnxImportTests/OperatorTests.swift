import ModelGraph
import Testing

@testable import OnnxImport

@Suite struct OperatorTests {
    @Test func readsAConvolution() throws {
        let node = Make.node(
            "Conv", ["x", "w"], ["y"],
            [
                Make.ints("kernel_shape", [3, 5]), Make.ints("strides", [2, 1]), Make.ints("pads", [1, 2, 3, 4]),
                Make.ints("dilations", [1, 2]), Make.int("group", 2),
            ])
        let weights = Make.floats("w", [4, 1, 3, 5], [Float](repeating: 0.5, count: 60))
        let graph = try Make.model(nodes: [node], inputs: [Make.value("x", [1, 2, -1, -2])], initializers: [weights])
            .load()
        guard case .convolution(let convolution) = graph.nodes[0].operation else {
            Issue.record("not a convolution")
            return
        }
        #expect(
            convolution
                == Convolution(
                    kernel: [3, 5], strides: [2, 1], dilations: [1, 2],
                    padding: .explicit(begin: [1, 2], end: [3, 4]), groups: 2))
        #expect(graph[graph.inputs[0]].shape == [.known(1), .known(2), .symbolic("n1"), .symbolic("n2")])
        #expect(graph.nodes[0].inputs.count == 2)
    }

    @Test func movesOldAttributesToInputs() throws {
        let clip = Make.node("Clip", ["x"], ["y"], [Make.float("max", 6)])
        let graph = try Make.model(opset: 9, nodes: [clip]).load()
        #expect(graph.nodes[0].input(1) == nil)
        let maximum = try #require(graph.nodes[0].input(2))
        #expect(graph[maximum].constant?.elements(as: Float.self) == [6])
        let reduce = Make.node("ReduceMean", ["x"], ["y"], [Make.ints("axes", [-1]), Make.int("keepdims", 0)])
        let reduced = try Make.model(opset: 17, nodes: [reduce]).load()
        let axes = try #require(reduced.nodes[0].input(1))
        #expect(reduced[axes].constant?.elements(as: Int64.self) == [-1])
    }

    @Test func dropoutMaskIsTrue() throws {
        let graph = try Make.model(nodes: [Make.node("Dropout", ["x"], ["y", "mask"])], outputs: ["y", "mask"]).load()
        let special = try GraphSpecializer.specialize(graph)
        #expect(special[special.outputs[1]].constant?.elements(as: Bool.self) == [Bool](repeating: true, count: 6))
    }

    @Test func emptyResizeInputsAreAbsent() throws {
        let sizes = Make.tensor("sizes", .int64, [2], raw: [4, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0])
        let graph = try Make.model(
            nodes: [Make.node("Resize", ["x", "none", "none", "sizes"], ["y"], [Make.string("mode", "linear")])],
            initializers: [Make.floats("none", [0], []), sizes]
        ).load()
        #expect(graph.nodes[0].input(1) == nil && graph.nodes[0].input(2) == nil && graph.nodes[0].input(3) != nil)
    }

    @Test func refusesOldAndNewOpsets() {
        let softmax = Make.node("Softmax", ["x"], ["y"], name: "s")
        #expect(
            Make.model(opset: 11, nodes: [softmax]).loadError()
                == "node 's' (Softmax): Softmax of opset 11 is not supported; re-export with opset 13 to 28")
        #expect(
            Make.model(opset: 29, nodes: [Make.node("Relu", ["x"], ["y"], name: "r")]).loadError()
                == "node 'r' (Relu): Relu of opset 29 is not supported; re-export with opset 13 to 28")
    }

    private struct WrongNode: CustomTestStringConvertible {
        let node: Onnx_NodeProto
        let message: String
        var testDescription: String { "\(node.opType): \(message)" }

        init(_ node: Onnx_NodeProto, _ message: String) {
            self.node = node
            self.message = message
        }
    }

    private static let wrongNodes: [WrongNode] = [
        WrongNode(Make.node("Frobnicate", ["x"], ["y"]), "the operator is not supported"),
        WrongNode(Make.node("Relu", ["x"], ["y"], domain: "com.example"), "neither the domain 'com.example'"),
        WrongNode(Make.node("Relu", ["x"], ["y"], [Make.int("alpha", 1)]), "the attribute 'alpha' is not supported"),
        WrongNode(Make.node("Concat", ["x", "x"], ["y"]), "the attribute 'axis' is missing"),
        WrongNode(Make.node("Concat", ["x"], ["y"], [Make.float("axis", 1)]), "the attribute 'axis' is not an integer"),
        WrongNode(Make.node("Concat", ["x"], ["y"], [Make.int("axis", 1), Make.int("axis", 1)]), "is given twice"),
        WrongNode(Make.node("Gemm", ["x", "x"], ["y"], [Make.int("transA", 2)]), "must be 0 or 1"),
        WrongNode(Make.node("Add", ["x"], ["y"]), "input 1 is missing"),
        WrongNode(Make.node("Add", ["x", "x", "x"], ["y"]), "more or fewer than it has"),
        WrongNode(Make.node("Relu", ["x"], []), "more or fewer than it has"),
        WrongNode(Make.node("MaxPool", ["x"], ["y"]), "the attribute 'kernel_shape' is missing"),
        WrongNode(Make.node("Conv", ["x", "x"], ["y"], [Make.ints("pads", [1])]), "needs a begin and an end"),
        WrongNode(
            Make.node("Conv", ["x", "x"], ["y"], [Make.ints("pads", [1, 1]), Make.string("auto_pad", "VALID")]),
            "both 'pads' and 'auto_pad'"
        ),
        WrongNode(
            Make.node("Pad", ["x", "x"], ["y"], [Make.string("mode", "mirror")]), "'mirror', which is not supported"),
        WrongNode(Make.node("Cast", ["x"], ["y"], [Make.int("to", 10)]), "casts to FLOAT16 are not supported"),
        WrongNode(
            Make.node("Cast", ["x"], ["y"], [Make.int("to", .max)]), "casts to number 2147483647 are not supported"),
        WrongNode(Make.node("Constant", [], ["y"]), "0 values are given"),
        WrongNode(
            Make.node("Constant", [], ["y"], [Make.string("value_string", "a")]), "'value_string' is not supported"),
        WrongNode(
            Make.node("ConstantOfShape", ["x"], ["y"], [Make.tensorAttribute("value", Make.floats("", [2], [1, 2]))]),
            "has 2 elements"
        ),
        WrongNode(
            Make.node("BatchNormalization", ["x", "x", "x", "x", "x"], ["y"], [Make.int("training_mode", 1)]), "trains"),
        WrongNode(Make.node("Dropout", ["x", "", "x"], ["y"]), "trains, or may"),
        WrongNode(Make.node("Relu", ["x"], ["y"], [Make.reference("a", to: "b", .int)]), "is not supported"),
        WrongNode(
            Make.node("Concat", ["x"], ["y"], [Make.reference("axis", to: "b", .int)]),
            "refers to a function's attribute outside"
        ),
    ]

    @Test(arguments: wrongNodes)
    private func refusesWrongNodes(_ wrong: WrongNode) {
        let error = Make.model(nodes: [wrong.node]).loadError()
        #expect(error.hasPrefix("node '"), "\(error)")
        #expect(error.contains(wrong.message), "\(error)")
        #expect(error.contains("(\(wrong.node.opType)): ") && error.contains("; "), "\(error)")
        #expect(!error.contains("\n"))
    }

    @Test func readsEveryFormOfConstant() throws {
        var sparse = Onnx_SparseTensorProto()
        sparse.dims = [2, 2]
        sparse.values = Make.floats("", [2], [5, 7])
        sparse.indices = Make.tensor(
            "", .int64, [2], raw: [1] + [UInt8](repeating: 0, count: 7) + [2] + [UInt8](repeating: 0, count: 7))
        var sparseAttribute = Onnx_AttributeProto()
        sparseAttribute.name = "sparse_value"
        sparseAttribute.type = .sparseTensor
        sparseAttribute.sparseTensor = sparse
        let nodes = [
            Make.node("Constant", [], ["a"], [Make.tensorAttribute("value", Make.floats("", [1, 2], [1, 2]))]),
            Make.node("Constant", [], ["b"], [Make.float("value_float", 3)]),
            Make.node("Constant", [], ["c"], [Make.ints("value_ints", [4, -5])]),
            Make.node("Constant", [], ["d"], [Make.int("value_int", 6)]),
            Make.node("Constant", [], ["e"], [sparseAttribute]),
        ]
        let graph = try Make.model(nodes: nodes, outputs: ["a", "b", "c", "d", "e"]).load()
        let constants = graph.outputs.map { graph[$0].constant }
        #expect(constants.map { $0?.dimensions } == [[1, 2], [], [2], [], [2, 2]])
        #expect(constants[0]?.elements(as: Float.self) == [1, 2])
        #expect(constants[1]?.elements(as: Float.self) == [3])
        #expect(constants[2]?.elements(as: Int64.self) == [4, -5])
        #expect(constants[3]?.elements(as: Int64.self) == [6])
        #expect(constants[4]?.elements(as: Float.self) == [0, 5, 7, 0])
    }
}
