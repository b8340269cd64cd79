/// Types and extents of an operation's outputs from those of its inputs, as ONNX defines them.
///
/// Costs nothing that grows with the tensors. Reads the elements only of inputs that ONNX makes shapes of (`Reshape`'s
/// second, `Slice`'s starts, ...).
public enum ShapeInference {
    /// Facts of every output (`constant` is nil in all of them).
    ///
    /// - Parameters:
    ///   - node: The node's name, for messages.
    ///   - inputs: In the order that `Operation` documents; nil where absent.
    ///   - outputCount: How many outputs the node has.
    /// - Throws: `mismatch` when shapes or types do not fit, `undetermined` when a shape depends on run-time data,
    ///   `excessive` above 2^31 elements, `unsupported`, `malformed`.
    public static func infer(
        _ operation: Operation, node: String, inputs: [TensorFacts?], outputCount: Int = 1
    ) throws(GraphError) -> [TensorFacts] {
        do {
            return try infer(operation, Operands(facts: inputs), outputCount: outputCount)
        } catch {
            throw error.located(node: node, operation: operation)
        }
    }

    static func infer(
        _ operation: Operation, _ operands: Operands, outputCount: Int
    ) throws(Fault) -> [TensorFacts] {
        try operation.arity.check(inputPresent: operands.facts.map { $0 != nil }, outputCount: outputCount)
        let outputs = try outputs(of: operation, operands, outputCount: outputCount)
        for output in outputs { try Extents.count(output.dimensions) }
        return outputs
    }

    private static func outputs(
        of operation: Operation, _ operands: Operands, outputCount: Int
    ) throws(Fault) -> [TensorFacts] {
        switch operation {
        case .split(let axis): return try splitOutputs(operands, axis: axis, count: outputCount)
        case .pool(let pooling): return try poolOutputs(operands, pooling, count: outputCount)
        default: return [try output(of: operation, operands)]
        }
    }

    private static func output(of operation: Operation, _ operands: Operands) throws(Fault) -> TensorFacts {
        switch operation {
        case .convolution(let convolution): try convolutionOutput(operands, convolution)
        case .batchNormalization: try batchNormalizationOutput(operands)
        case .channelAffine(let activation): try channelAffineOutput(operands, activation)
        case .parametricRelu: try parametricReluOutput(operands)
        case .unary(let function): try unaryOutput(operands, function)
        case .clip: try clipOutput(operands)
        case .binary(let function): try binaryOutput(operands, function)
        case .variadic: try variadicOutput(operands)
        case .select: try selectOutput(operands)
        case .concat(let axis): try concatOutput(operands, axis: axis)
        case .globalAveragePool, .globalMaxPool: try globalPoolOutput(operands)
        case .adaptiveAveragePool: try adaptiveAveragePoolOutput(operands)
        case .resize(let resize): try resizeOutput(operands, resize)
        case .matMul: try matMulOutput(operands)
        case .gemm(_, _, let transposeA, let transposeB):
            try gemmOutput(operands, transposeA: transposeA, transposeB: transposeB)
        case .softmax(let axis, _): try softmaxOutput(operands, axis: axis)
        case .reduce(let function, let keepDimensions, let noopWithEmptyAxes):
            try reduceOutput(operands, function, keepDimensions: keepDimensions, noopWithEmptyAxes: noopWithEmptyAxes)
        case .reshape(let allowZero): try reshapeOutput(operands, allowZero: allowZero)
        case .flatten(let axis): try flattenOutput(operands, axis: axis)
        case .squeeze: try squeezeOutput(operands)
        case .unsqueeze: try unsqueezeOutput(operands)
        case .transpose(let permutation): try transposeOutput(operands, permutation)
        case .expand: try expandOutput(operands)
        case .tile: try tileOutput(operands)
        case .pad(let mode): try padOutput(operands, mode)
        case .identity: try operands.required(0)
        case .shape(let start, let end): try shapeOutput(operands, start: start, end: end)
        case .gather(let axis): try gatherOutput(operands, axis: axis)
        case .slice: try sliceOutput(operands)
        case .cast(let type): TensorFacts(type: type, dimensions: try operands.required(0).dimensions)
        case .constantOfShape(let value): try constantOfShapeOutput(operands, value)
        case .range: try rangeOutput(operands)
        case .split, .pool:
            throw .malformed("an operation of several outputs was asked for one")
        }
    }
}
