import Foundation
import ModelGraph
import TestSupport
import Testing

@testable import OnnxImport

/// Damaged models give errors, never a crash: a trap in any of these ends the test process.
@Suite struct MutationTests {
    private static let rounds = 4000

    /// Small real models: functions, external shapes, old and new operator sets, all from the ONNX project.
    private static let names = [
        "node/test_basic_conv_with_padding", "node/test_batchnorm_epsilon", "node/test_resize_upsample_sizes_cubic",
        "node/test_softplus_example_expanded_ver18", "node/test_split_variable_parts_2d_opset18",
        "node/test_maxpool_2d_ceil", "node/test_slice_neg_steps", "node/test_center_crop_pad_crop_and_pad_expanded",
        "node/test_constant", "node/test_layer_normalization_2d_axis0_expanded",
        "pytorch-converted/test_Conv2d_groups", "pytorch-converted/test_BatchNorm2d_eval",
        "pytorch-converted/test_Linear", "pytorch-operator/test_operator_view", "simple/test_expand_shape_model1",
    ]

    private func seeds() throws -> [[UInt8]] {
        let root = Fixtures.root.appending(path: "conformance")
        var models = try Self.names.map { name in
            guard let bytes = try? Data(contentsOf: root.appending(path: "\(name)/model.onnx")) else {
                throw MissingFixture(
                    description: "\(root.path)/\(name) is missing; make it with: "
                        + "python3 tools/conformance/generate.py --out \(root.path)")
            }
            return [UInt8](bytes)
        }
        models.append(try Self.small.bytes())
        return models
    }

    /// With a function, an initialiser, a constant and an adaptive pool.
    private static let small = Make.model(
        nodes: [
            Make.node("Constant", [], ["size"], [Make.ints("value_ints", [2, 2])]),
            Make.node("Conv", ["x", "w"], ["c"], [Make.ints("pads", [1, 1, 1, 1])]),
            Make.node("Twice", ["c"], ["d"], domain: "local", [Make.float("factor", 2)]),
            Make.node("AdaptiveAveragePool", ["d", "size"], ["p"], domain: "ai.densehybrid"),
            Make.node("Concat", ["p", "p"], ["y"], [Make.int("axis", 1)]),
        ], inputs: [Make.value("x", [1, 2, 6, 8])],
        initializers: [Make.floats("w", [2, 2, 3, 3], [Float](repeating: 0.1, count: 36))],
        functions: [
            Make.function(
                "Twice", inputs: ["a"], outputs: ["b"],
                nodes: [
                    Make.node("Constant", [], ["f"], [Make.reference("value_float", to: "factor", .float)]),
                    Make.node("Mul", ["a", "f"], ["b"]),
                ], attributes: ["factor"])
        ])

    /// Loads, and specialises what loads; both may only throw their own errors.
    private func exercise(_ bytes: [UInt8], _ counts: inout [String: Int]) {
        do {
            let graph = try OnnxModel.load(bytes: bytes)
            counts["loaded", default: 0] += 1
            var extents: [String: [Int]] = [:]
            for id in graph.inputs where graph[id].dimensions == nil {
                extents[graph[id].name] = (graph[id].shape ?? []).map { dimension in
                    if case .known(let extent) = dimension { extent } else { 8 }
                }
            }
            _ = try GraphSpecializer.specialize(graph, inputs: extents)
            counts["specialised", default: 0] += 1
        } catch let error as OnnxImportError {
            counts["import errors", default: 0] += 1
            #expect(!error.description.contains("\n"))
        } catch let error as GraphError {
            counts["graph errors", default: 0] += 1
            #expect(!error.description.contains("\n"))
        } catch {
            Issue.record("an error of another kind: \(error)")
        }
    }

    @Test func damagedBytesNeverCrash() throws {
        var generator = SeededGenerator(label: "damaged model bytes")
        let seeds = try seeds()
        var counts: [String: Int] = [:]
        for _ in 0..<Self.rounds {
            var bytes = seeds.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...2, using: &generator) { Damage.apply(to: &bytes, &generator) }
            exercise(bytes, &counts)
        }
        print("damaged bytes: \(counts.sorted { $0.key < $1.key })")
        #expect(counts["import errors", default: 0] > Self.rounds / 10, "the damage does not reach the importer")
        #expect(counts["loaded", default: 0] > Self.rounds / 50, "the damage leaves nothing to load")
    }

    @Test func damagedMessagesNeverCrash() throws {
        var generator = SeededGenerator(label: "damaged model messages")
        let seeds = try seeds()
        var counts: [String: Int] = [:]
        for _ in 0..<Self.rounds {
            let bytes = seeds.randomElement(using: &generator) ?? []
            var model: Onnx_ModelProto = try OnnxModel.decode(bytes, name: "seed")
            for _ in 0..<Int.random(in: 1...3, using: &generator) { Damage.apply(to: &model, &generator) }
            exercise(try model.bytes(), &counts)
        }
        print("damaged messages: \(counts.sorted { $0.key < $1.key })")
        #expect(counts["graph errors", default: 0] > Self.rounds / 50, "the damage does not reach the specialiser")
        #expect(counts["import errors", default: 0] > Self.rounds / 10, "the damage does not reach the importer")
    }
}
