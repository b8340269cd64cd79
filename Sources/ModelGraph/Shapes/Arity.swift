/// How many inputs and outputs an operation has.
struct Arity {
    /// Inputs before this position must be present.
    let required: Int
    /// Inputs there may be.
    let maximum: Int
    let outputs: ClosedRange<Int>

    init(_ required: Int, _ maximum: Int, outputs: ClosedRange<Int> = 1...1) {
        self.required = required
        self.maximum = maximum
        self.outputs = outputs
    }

    /// A fault that names the first input or output that is missing or too many.
    func check(inputPresent: [Bool], outputCount: Int) throws(Fault) {
        for position in 0..<required where position >= inputPresent.count || !inputPresent[position] {
            throw .malformed("input \(position) is missing")
        }
        guard inputPresent.count <= maximum else {
            throw .malformed("\(inputPresent.count) inputs where at most \(maximum) are allowed")
        }
        guard outputs.contains(outputCount) else {
            throw .malformed("\(outputCount) outputs where \(outputs.lowerBound) to \(outputs.upperBound) are allowed")
        }
    }
}

extension Operation {
    /// Ceiling of the inputs of `Concat` and the like, and of the outputs of `Split`.
    private static let manyEdges = 1 << 20

    var arity: Arity {
        switch self {
        case .convolution: Arity(2, 7)
        case .batchNormalization: Arity(5, 5)
        case .channelAffine: Arity(1, 5)
        case .unary, .globalAveragePool, .globalMaxPool, .softmax, .flatten, .transpose, .identity, .shape, .cast,
            .constantOfShape:
            Arity(1, 1)
        case .parametricRelu, .binary, .adaptiveAveragePool, .matMul, .reshape, .unsqueeze, .expand, .tile, .gather:
            Arity(2, 2)
        case .clip: Arity(1, 3)
        case .variadic, .concat: Arity(1, Self.manyEdges)
        case .select, .range: Arity(3, 3)
        case .split: Arity(1, 2, outputs: 1...Self.manyEdges)
        case .pool(let pooling):
            pooling.kind == .max ? Arity(1, 1, outputs: 1...2) : Arity(1, 3)
        case .resize: Arity(1, 4)
        case .gemm: Arity(2, 3)
        case .reduce, .squeeze: Arity(1, 2)
        case .pad: Arity(2, 4)
        case .slice: Arity(3, 5)
        }
    }
}
