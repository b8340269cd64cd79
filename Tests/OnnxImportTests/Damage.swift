import ModelGraph
import SwiftProtobuf
import TestSupport

@testable import OnnxImport

/// Random damage to a model: to its bytes, and, to get past the decoder, to its meaning.
enum Damage {
    static func apply(to bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[at] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
        case 2: bytes[at] = .random(in: 0...255, using: &generator)
        case 3: bytes.removeSubrange(at...)
        case 4: bytes.removeSubrange(at..<min(at + Int.random(in: 1...16, using: &generator), bytes.count))
        default:
            bytes.insert(
                contentsOf: bytes[at..<min(at + Int.random(in: 1...32, using: &generator), bytes.count)], at: at)
        }
    }

    static func apply(to model: inout Onnx_ModelProto, _ generator: inout SeededGenerator) {
        let graph = model.graph
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: change(&model.graph.node, &generator) { renameOperator(&$0, &$1) }
        case 1...2: change(&model.graph.node, &generator) { rewire(&$0, graph, &$1) }
        case 3...6:
            change(&model.graph.node, &generator) { node, generator in
                change(&node.attribute, &generator) { damage(&$0, &$1) }
            }
        case 7: change(&model.graph.initializer, &generator) { damage(&$0, &$1) }
        case 8: change(&model.graph.input, &generator) { damage(&$0, &$1) }
        case 9: change(&model.functions, &generator) { change(&$0.node, &$1) { rewire(&$0, .init(), &$1) } }
        case 10: model.opsetImport = [Make.opsetID("", Int64.random(in: 0...30, using: &generator))]
        default: model.graph.node.shuffle(using: &generator)
        }
    }

    private static func change<Element>(
        _ elements: inout [Element], _ generator: inout SeededGenerator,
        _ body: (inout Element, inout SeededGenerator) -> Void
    ) {
        guard let index = elements.indices.randomElement(using: &generator) else { return }
        if Int.random(in: 0..<20, using: &generator) == 0 {
            elements.remove(at: index)
        } else {
            body(&elements[index], &generator)
        }
    }

    private static func renameOperator(_ node: inout Onnx_NodeProto, _ generator: inout SeededGenerator) {
        node.opType = OperatorTable.entries.keys.sorted().randomElement(using: &generator) ?? "Relu"
    }

    private static func rewire(
        _ node: inout Onnx_NodeProto, _ graph: Onnx_GraphProto, _ generator: inout SeededGenerator
    ) {
        let names =
            graph.node.flatMap(\.output) + graph.input.map(\.name) + graph.initializer.map(\.name) + ["", "ghost"]
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            change(&node.input, &generator) { name, generator in name = names.randomElement(using: &generator) ?? "" }
        case 1:
            change(&node.output, &generator) { name, generator in name = names.randomElement(using: &generator) ?? "" }
        case 2: node.input.append(names.randomElement(using: &generator) ?? "")
        default: node.output.append("extra\(Int.random(in: 0..<3, using: &generator))")
        }
    }

    private static func damage(_ attribute: inout Onnx_AttributeProto, _ generator: inout SeededGenerator) {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: attribute.i = extreme(&generator)
        case 1: change(&attribute.ints, &generator) { $0 = extreme(&$1) }
        case 2: attribute.ints.append(extreme(&generator))
        case 3: attribute.f = [0, -1, .nan, .infinity, 1e38].randomElement(using: &generator) ?? 0
        case 4: damage(&attribute.t, &generator)
        default: attribute.type = Onnx_AttributeProto.AttributeType.allCases.randomElement(using: &generator) ?? .int
        }
    }

    private static func damage(_ tensor: inout Onnx_TensorProto, _ generator: inout SeededGenerator) {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: change(&tensor.dims, &generator) { $0 = extreme(&$1) }
        case 1: tensor.dims.append([0, 1, extreme(&generator)].randomElement(using: &generator) ?? 0)
        case 2: tensor.dims.shuffle(using: &generator)
        case 3: tensor.dataType = Int32.random(in: 0...28, using: &generator)
        default: change(&tensor.int64Data, &generator) { $0 = extreme(&$1) }
        }
    }

    private static func damage(_ info: inout Onnx_ValueInfoProto, _ generator: inout SeededGenerator) {
        guard Int.random(in: 0..<4, using: &generator) > 0 else {
            info.type.tensorType.elemType = Int32.random(in: 0...28, using: &generator)
            return
        }
        change(&info.type.tensorType.shape.dim, &generator) { $0.dimValue = extreme(&$1) }
    }

    private static func extreme(_ generator: inout SeededGenerator) -> Int64 {
        [0, 1, 2, 3, -1, -2, 7, 100, 1 << 20, 1 << 31, 1 << 40, 1 << 62, .max, .min, .max - 1].randomElement(
            using: &generator) ?? 0
    }
}
