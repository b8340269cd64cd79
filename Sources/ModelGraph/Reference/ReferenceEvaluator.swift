/// The plain meaning of every operation: the specification that fast steps are tested against, what folds constants, and
/// what runs an operation that has no fast step.
///
/// Floats are computed in double precision and rounded once per output element wherever an operation has an inner sum or
/// a transcendental function. Integers wrap, nothing traps. Single-threaded; blocks until done.
public enum ReferenceEvaluator {
    /// Evaluates on tensors in ordinary memory; allocates the results.
    ///
    /// - Parameters:
    ///   - inputs: In the order that `Operation` documents; nil where absent.
    ///   - outputCount: How many outputs the node has.
    ///   - node: The node's name, for messages.
    /// - Throws: what `ShapeInference.infer` throws, and `mismatch` for a `Gather` index out of range.
    public static func evaluate(
        _ operation: Operation, inputs: [HostTensor?], outputCount: Int = 1, node: String = ""
    ) throws(GraphError) -> [HostTensor] {
        let facts = inputs.map { tensor in tensor.map(TensorFacts.init(constant:)) }
        let outputs = try ShapeInference.infer(operation, node: node, inputs: facts, outputCount: outputCount)
        return try evaluate(operation, inputs: inputs, outputs: outputs, node: node)
    }

    /// As above, for outputs whose types and extents are already inferred.
    static func evaluate(
        _ operation: Operation, inputs: [HostTensor?], outputs: [TensorFacts], node: String
    ) throws(GraphError) -> [HostTensor] {
        var tensors: [HostTensor] = []
        var raw: [MutableRawTensor] = []
        for facts in outputs {
            let (tensor, bytes) = HostTensor.unfilled(type: facts.type, dimensions: facts.dimensions)
            tensors.append(tensor)
            raw.append(MutableRawTensor(type: facts.type, dimensions: facts.dimensions, bytes: bytes))
        }
        let rawInputs = inputs.map { tensor in
            tensor.map { RawTensor(type: $0.type, dimensions: $0.dimensions, bytes: $0.base) }
        }
        // The pointers above stay valid because both arrays of tensors outlive the evaluation.
        defer { withExtendedLifetime((inputs, tensors)) {} }
        try evaluate(operation, inputs: rawInputs, outputs: raw, node: node)
        return tensors
    }

    /// Evaluates on memory that the caller owns. Allocates nothing but index scratch that grows with the number of axes
    /// or with single extents.
    ///
    /// - Parameters:
    ///   - inputs: In the order that `Operation` documents; nil where absent.
    ///   - outputs: With exactly the types and extents that `ShapeInference.infer` gives for these inputs (not checked
    ///     again); none overlaps an input.
    /// - Throws: `mismatch` for a `Gather` index out of range.
    public static func evaluate(
        _ operation: Operation, inputs: [RawTensor?], outputs: [MutableRawTensor], node: String = ""
    ) throws(GraphError) {
        do {
            try run(operation, RawOperands(tensors: inputs), outputs)
        } catch {
            throw error.located(node: node, operation: operation)
        }
    }

    private static func run(
        _ operation: Operation, _ inputs: RawOperands, _ outputs: [MutableRawTensor]
    ) throws(Fault) {
        guard let output = outputs.first else { throw .malformed("no output") }
        let input = try inputs.required(0)
        switch operation {
        case .convolution(let convolution): try evaluateConvolution(convolution, inputs, output)
        case .batchNormalization(let epsilon): try evaluateBatchNormalization(inputs, output, epsilon: epsilon)
        case .channelAffine(let activation): evaluateChannelAffine(input, inputs, output, activation)
        case .parametricRelu: evaluateParametricRelu(input, try inputs.required(1), output)
        case .unary(let function): evaluateUnary(function, input, output)
        case .clip: evaluateClip(input, inputs.optional(1), inputs.optional(2), output)
        case .binary(let function): evaluateBinary(function, input, try inputs.required(1), output)
        case .variadic(let function): try evaluateVariadic(function, inputs, output)
        case .select: evaluateSelect(input, try inputs.required(1), try inputs.required(2), output)
        case .concat(let axis): try evaluateConcat(inputs, output, axis: axis)
        case .split(let axis): try evaluateSplit(input, outputs, axis: axis)
        case .pool(let pooling): try evaluatePool(pooling, input, inputs, outputs)
        case .globalAveragePool: evaluateGlobalPool(.average, input, output)
        case .globalMaxPool: evaluateGlobalPool(.max, input, output)
        case .adaptiveAveragePool: evaluateAdaptiveAveragePool(input, output)
        case .resize(let resize): try evaluateResize(resize, inputs, output)
        case .matMul: try evaluateMatMul(input, try inputs.required(1), output)
        case .gemm(let alpha, let beta, let transposeA, let transposeB):
            try evaluateGemm(
                inputs, output, alpha: alpha, beta: beta, transposeA: transposeA, transposeB: transposeB)
        case .softmax(let axis, let logarithm): try evaluateSoftmax(input, output, axis: axis, logarithm: logarithm)
        case .reduce(let function, let keepDimensions, let noopWithEmptyAxes):
            let reduction = try Reduction(
                input: input.dimensions, axes: inputs.optional(1)?.integers, keepDimensions: keepDimensions,
                noopWithEmptyAxes: noopWithEmptyAxes)
            evaluateReduce(function, input, output, reduction)
        case .reshape, .flatten, .squeeze, .unsqueeze, .identity: copyElements(input, output)
        case .transpose(let permutation): try evaluateTranspose(input, output, permutation)
        case .expand: evaluateExpand(input, output)
        case .tile: evaluateTile(input, output)
        case .pad(let mode): try evaluatePad(mode, inputs, output)
        case .shape(let start, let end): evaluateShape(input, output, start: start, end: end)
        case .gather(let axis): try evaluateGather(input, try inputs.required(1), output, axis: axis)
        case .slice: try evaluateSlice(inputs, output)
        case .cast: evaluateCast(input, output)
        case .constantOfShape(let value): evaluateFill(value, output)
        case .range: evaluateRange(input, try inputs.required(2), output)
        }
    }
}

/// A node's inputs as the evaluator sees them.
struct RawOperands {
    let tensors: [RawTensor?]

    /// Input `position`, or nil when absent.
    func optional(_ position: Int) -> RawTensor? {
        position < tensors.count ? tensors[position] : nil
    }

    /// Input `position`; absent is a fault.
    func required(_ position: Int) throws(Fault) -> RawTensor {
        guard let tensor = optional(position) else { throw .malformed("input \(position) is missing") }
        return tensor
    }
}
