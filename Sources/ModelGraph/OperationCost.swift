extension Graph {
    /// Multiply-accumulates of one node; 0 for operations without products and where extents are unknown. Saturates.
    public func multiplyAccumulates(of node: Node) -> Int {
        guard let first = node.outputs.first, let output = self[first].dimensions else { return 0 }
        let inputs = node.inputs.map { id in id.flatMap { self[$0].dimensions } }
        return OperationCost.multiplyAccumulates(node.operation, inputs: inputs, output: output)
    }

    /// Multiply-accumulates of all nodes.
    public var multiplyAccumulates: Int {
        nodes.reduce(0) { OperationCost.saturatingSum($0, multiplyAccumulates(of: $1)) }
    }

    /// Bytes of the constants that a node reads.
    public func weightBytes(of node: Node) -> Int {
        node.inputs.reduce(0) { sum, id in sum + (id.flatMap { self[$0].constant }?.byteCount ?? 0) }
    }

    /// Bytes of all constants that nodes read, each counted once.
    public var weightBytes: Int {
        var isCounted = [Bool](repeating: false, count: values.count)
        var bytes = 0
        for node in nodes {
            for case let id? in node.inputs where !isCounted[id.index] {
                isCounted[id.index] = true
                bytes += self[id].constant?.byteCount ?? 0
            }
        }
        return bytes
    }
}

enum OperationCost {
    static func multiplyAccumulates(_ operation: Operation, inputs: [[Int]?], output: [Int]) -> Int {
        func extents(_ position: Int) -> [Int] { position < inputs.count ? inputs[position] ?? [] : [] }
        switch operation {
        case .convolution: return product(output + extents(1).dropFirst())
        case .matMul: return product(output + [extents(0).last ?? 0])
        case .gemm(_, _, let transposeA, _):
            let left = extents(0)
            return left.count == 2 ? product(output + [left[transposeA ? 0 : 1]]) : 0
        default: return 0
        }
    }

    /// Roughly the element operations that the reference evaluator needs; bounds what is folded at load.
    static func work(_ operation: Operation, inputs: [[Int]?], outputs: [[Int]]) -> Int {
        let elements = inputs.compactMap { $0 } + outputs
        let moved = elements.reduce(0) { saturatingSum($0, product($1)) }
        let output = outputs.first ?? []
        let inner =
            switch operation {
            case .pool(let pooling): product(output + pooling.kernel)
            // Four taps per axis and element; antialiasing shrinks and reads every element a few times.
            case .resize: saturatingSum(product(output + output.map { _ in 4 }), product([moved, 4]))
            default: multiplyAccumulates(operation, inputs: inputs, output: output)
            }
        return saturatingSum(moved, inner)
    }

    static func product(_ factors: [Int]) -> Int {
        var result = 1
        for factor in factors {
            let (next, overflow) = result.multipliedReportingOverflow(by: factor)
            if overflow { return .max }
            result = next
        }
        return result
    }

    static func saturatingSum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }
}
