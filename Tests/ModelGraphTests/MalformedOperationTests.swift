import ModelGraph
import TestSupport
import Testing

/// Numbers from files may be anything: whatever they are, the answer is a result or an error, never a trap and never an
/// allocation out of proportion.
@Suite struct MalformedOperationTests {
    private static let strange = [
        Int.min, Int.min + 1, -(1 << 40), -(1 << 31), -3, -2, -1, 0, 1, 2, 3, 5, 7, 1 << 20, 1 << 31, (1 << 31) + 1,
        1 << 40, 1 << 62, Int.max - 1, Int.max,
    ]

    @Test func strangeNumbers() throws {
        var random = SeededGenerator(label: "malformed operations")
        var errors = 0
        var results = 0
        for _ in 0..<20_000 {
            let operation = Self.operation(&random)
            let inputCount = [0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5, 7].randomElement(using: &random) ?? 1
            let inputs = (0..<inputCount).map { position in
                position == 0 ? Self.tensor(&random) : Self.input(&random)
            }
            let outputCount = [1, 1, 1, 2, 3].randomElement(using: &random) ?? 1
            let facts = inputs.map { tensor in tensor.map(TensorFacts.init(constant:)) }
            do {
                let outputs = try ShapeInference.infer(
                    operation, node: "n", inputs: facts, outputCount: outputCount)
                let size = outputs.reduce(0) { $0 + $1.dimensions.reduce(1, *) }
                guard size <= 1 << 12 else { continue }
                _ = try ReferenceEvaluator.evaluate(operation, inputs: inputs, outputCount: outputCount)
                results += 1
            } catch {
                #expect(error.nodeFault != nil)
                #expect(!error.description.contains("\n"))
                errors += 1
            }
        }
        print("\(results) results, \(errors) errors")
        #expect(results > 500)
        #expect(errors > 5000)
    }

    private static func number(_ random: inout SeededGenerator) -> Int {
        // Mostly sensible, so that some get through.
        Int.random(in: 0..<8, using: &random) > 0
            ? Int.random(in: -1...3, using: &random) : strange.randomElement(using: &random) ?? 0
    }

    private static func list(_ random: inout SeededGenerator) -> [Int] {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in number(&random) }
    }

    private static func input(_ random: inout SeededGenerator) -> HostTensor? {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return nil
        case 1, 2:
            let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in Int64(number(&random)) }
            return HostTensor(elements, dimensions: [elements.count])
        case 3:
            let values: [Float] = [0, 1, -1, .nan, .infinity, 1e-30, 1e30, 0.5, 2]
            let elements = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                values.randomElement(using: &random) ?? 0
            }
            return HostTensor(elements, dimensions: [elements.count])
        case 4: return HostTensor(scalar: Int64(number(&random)))
        default: return tensor(&random)
        }
    }

    private static func tensor(_ random: inout SeededGenerator) -> HostTensor {
        let extents = (0..<Int.random(in: 0...5, using: &random)).map { _ in Int.random(in: 0...3, using: &random) }
        let type = Bool.random(using: &random) ? .float32 : DataType.allCases.randomElement(using: &random) ?? .int64
        return HostTensor(type: type, dimensions: extents) { (bytes: UnsafeMutableRawBufferPointer) in
            for index in bytes.indices { bytes[index] = UInt8.random(in: 0...1, using: &random) }
        }
    }

    private static func padding(_ random: inout SeededGenerator) -> Padding {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .sameUpper
        case 1: .sameLower
        case 2: .valid
        default: .explicit(begin: list(&random), end: list(&random))
        }
    }

    private static func operation(_ random: inout SeededGenerator) -> ModelGraph.Operation {
        let flag = Bool.random(using: &random)
        switch Int.random(in: 0..<32, using: &random) {
        case 0, 1:
            return .convolution(
                Convolution(
                    kernel: flag ? [] : list(&random), strides: list(&random), dilations: list(&random),
                    padding: padding(&random), groups: number(&random),
                    activation: flag ? .parametricRelu : .none))
        case 2, 3:
            return .pool(
                Pooling(
                    kind: flag ? .max : .average, kernel: list(&random), strides: list(&random),
                    dilations: list(&random), padding: padding(&random), ceilMode: Bool.random(using: &random),
                    countIncludesPadding: Bool.random(using: &random), columnMajorIndices: flag))
        case 4: return .batchNormalization(epsilon: 1e-5)
        case 5: return .channelAffine(flag ? .relu : .parametricRelu)
        case 6: return .parametricRelu
        case 7: return .unary(UnaryFunction.allCases.randomElement(using: &random) ?? .abs)
        case 8: return .clip
        case 9: return .binary(BinaryFunction.allCases.randomElement(using: &random) ?? .add)
        case 10: return .variadic(VariadicFunction.allCases.randomElement(using: &random) ?? .sum)
        case 11: return .select
        case 12: return .concat(axis: number(&random))
        case 13: return .split(axis: number(&random))
        case 14: return flag ? .globalAveragePool : .globalMaxPool
        case 15: return .adaptiveAveragePool
        case 16, 17: return .resize(resize(&random))
        case 18: return .matMul
        case 19: return .gemm(alpha: 1, beta: 2, transposeA: flag, transposeB: Bool.random(using: &random))
        case 20: return .softmax(axis: number(&random), logarithm: flag)
        case 21:
            return .reduce(
                ReduceFunction.allCases.randomElement(using: &random) ?? .sum, keepDimensions: flag,
                noopWithEmptyAxes: Bool.random(using: &random))
        case 22: return .reshape(allowZero: flag)
        case 23: return flag ? .flatten(axis: number(&random)) : .cast(to: .int16)
        case 24: return flag ? .squeeze : .unsqueeze
        case 25: return .transpose(permutation: flag ? nil : list(&random))
        case 26: return flag ? .expand : .tile
        case 27: return .pad([.constant, .reflect, .edge, .wrap].randomElement(using: &random) ?? .constant)
        case 28: return .shape(start: number(&random), end: flag ? nil : number(&random))
        case 29: return .gather(axis: number(&random))
        case 30: return .slice
        default: return flag ? .range : .constantOfShape(value: HostTensor(scalar: Float(1)))
        }
    }

    private static func resize(_ random: inout SeededGenerator) -> Resize {
        var resize = Resize()
        resize.mode = [.nearest, .linear, .cubic].randomElement(using: &random) ?? .linear
        resize.coordinates =
            [.halfPixel, .halfPixelSymmetric, .pytorchHalfPixel, .alignCorners, .asymmetric, .tfCropAndResize]
            .randomElement(using: &random) ?? .halfPixel
        resize.antialias = Bool.random(using: &random)
        resize.excludeOutside = Bool.random(using: &random)
        resize.axes = Bool.random(using: &random) ? nil : list(&random)
        resize.aspectRatioPolicy = [.stretch, .notLarger, .notSmaller].randomElement(using: &random) ?? .stretch
        return resize
    }
}
