import Foundation
import ModelGraph
import Testing

/// Every case of Fixtures/reference-cases.json: operations against PyTorch, NumPy and ONNX's reference runtime.
@Suite struct ReferenceCaseTests {
    @Test func evaluatorAgreesWithOtherImplementations() throws {
        let cases = try ReferenceCase.load()
        #expect(cases.count > 200)
        for testCase in cases {
            let operation = try #require(testCase.parsedOperation, "cannot read \(testCase.name)")
            let outputs = try evaluate(
                operation, testCase.inputs.map { $0?.hostTensor }, outputs: testCase.outputs.count)
            for (output, expected) in zip(outputs, testCase.outputs) {
                let expected = try #require(expected)
                #expect(output.dimensions == expected.shape, "\(testCase.name)")
                #expect(output.type == expected.hostTensor.type, "\(testCase.name)")
                let difference = largestDifference(output, expected.hostTensor)
                // ONNX's reference runtime computes cubic coefficients in single precision.
                let tolerance = testCase.name.hasPrefix("onnx") ? 1e-5 : 1e-6
                #expect(difference <= tolerance, "\(testCase.name) differs by \(difference)")
            }
        }
    }
}

/// Largest |a - b| / max(1, |b|); exact for types other than float32.
func largestDifference(_ a: HostTensor, _ b: HostTensor) -> Double {
    guard a.dimensions == b.dimensions, a.type == b.type else { return .infinity }
    guard let left = a.elements(as: Float.self), let right = b.elements(as: Float.self) else {
        return a.withUnsafeBytes { x in b.withUnsafeBytes { y in x.elementsEqual(y) ? 0 : .infinity } }
    }
    return zip(left, right).reduce(0) { worst, pair in
        if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { return worst }
        let difference = Double(abs(pair.0 - pair.1)) / max(1, Double(abs(pair.1)))
        return difference.isNaN ? .infinity : max(worst, difference)
    }
}

struct ReferenceCase: Decodable {
    struct Tensor: Decodable {
        let type: String
        let shape: [Int]
        let data: [Double]

        var hostTensor: HostTensor {
            switch type {
            case "float32": HostTensor(data.map { Float($0) }, dimensions: shape)
            case "bool": HostTensor(data.map { $0 != 0 }, dimensions: shape)
            case "int8": HostTensor(data.map { Int8($0) }, dimensions: shape)
            case "int32": HostTensor(data.map { Int32($0) }, dimensions: shape)
            case "uint8": HostTensor(data.map { UInt8($0) }, dimensions: shape)
            case "uint32": HostTensor(data.map { UInt32($0) }, dimensions: shape)
            default: HostTensor(data.map { Int64($0) }, dimensions: shape)
            }
        }
    }

    struct Attributes: Decodable {
        var kernel: [Int]?
        var strides: [Int]?
        var pads: [Int]?
        var dilations: [Int]?
        var permutation: [Int]?
        var axes: [Int]?
        var groups: Int?
        var axis: Int?
        var ceil: Bool?
        var include: Bool?
        var keep: Bool?
        var logarithm: Bool?
        var antialias: Bool?
        var exclude: Bool?
        var cubic: Float?
        var epsilon: Float?
        var extrapolation: Float?
        var function: String?
        var mode: String?
        var coordinates: String?
        var nearest: String?
        var policy: String?
    }

    let name: String
    let operation: String
    let attributes: Attributes
    let inputs: [Tensor?]
    let outputs: [Tensor?]

    static func load() throws -> [ReferenceCase] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let file = folder.appendingPathComponent("Fixtures/reference-cases.json")
        return try JSONDecoder().decode([ReferenceCase].self, from: Data(contentsOf: file))
    }

    var parsedOperation: ModelGraph.Operation? {
        let padding = Padding.explicit(begin: attributes.pads ?? [], end: attributes.pads ?? [])
        switch operation {
        case "convolution":
            return .convolution(
                Convolution(
                    strides: attributes.strides ?? [], dilations: attributes.dilations ?? [], padding: padding,
                    groups: attributes.groups ?? 1))
        case "maxPool", "averagePool":
            return .pool(
                Pooling(
                    kind: operation == "maxPool" ? .max : .average, kernel: attributes.kernel ?? [],
                    strides: attributes.strides ?? [], dilations: attributes.dilations ?? [], padding: padding,
                    ceilMode: attributes.ceil ?? false, countIncludesPadding: attributes.include ?? false))
        case "adaptiveAveragePool": return .adaptiveAveragePool
        case "resize": return resize.map { .resize($0) }
        case "matMul": return .matMul
        case "softmax": return .softmax(axis: attributes.axis ?? 0, logarithm: attributes.logarithm ?? false)
        case "batchNormalization": return .batchNormalization(epsilon: attributes.epsilon ?? 0)
        case "unary": return attributes.function.flatMap(UnaryFunction.init(rawValue:)).map { .unary($0) }
        case "binary": return attributes.function.flatMap(BinaryFunction.init(rawValue:)).map { .binary($0) }
        case "reduce":
            return attributes.function.flatMap(ReduceFunction.init(rawValue:)).map {
                .reduce($0, keepDimensions: attributes.keep ?? true, noopWithEmptyAxes: false)
            }
        case "transpose": return .transpose(permutation: attributes.permutation)
        case "slice": return .slice
        case "pad": return attributes.mode.flatMap(PadMode.init(rawValue:)).map { .pad($0) }
        case "tile": return .tile
        case "gather": return .gather(axis: attributes.axis ?? 0)
        case "select": return .select
        default: return nil
        }
    }

    private var resize: Resize? {
        var resize = Resize()
        guard let mode = attributes.mode.flatMap(Resize.Mode.init(rawValue:)) else { return nil }
        resize.mode = mode
        if let name = attributes.coordinates {
            guard let value = Resize.CoordinateTransformation(rawValue: name) else { return nil }
            resize.coordinates = value
        }
        if let name = attributes.nearest {
            guard let value = Resize.NearestMode(rawValue: name) else { return nil }
            resize.nearestMode = value
        }
        if let name = attributes.policy {
            guard let value = Resize.AspectRatioPolicy(rawValue: name) else { return nil }
            resize.aspectRatioPolicy = value
        }
        resize.antialias = attributes.antialias ?? false
        resize.excludeOutside = attributes.exclude ?? false
        resize.cubicCoefficient = attributes.cubic ?? resize.cubicCoefficient
        resize.extrapolationValue = attributes.extrapolation ?? 0
        resize.axes = attributes.axes
        return resize
    }
}
