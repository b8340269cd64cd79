extension ShapeInference {
    static func reshapeOutput(_ operands: Operands, allowZero: Bool) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        let target = try operands.required(1).integers("shape")
        let count = try Extents.count(input.dimensions)
        guard target.count <= Extents.maximumRank else { throw .excessive("a shape of \(target.count) axes") }
        var output: [Int] = []
        var inferredAxis: Int?
        for (axis, extent) in target.enumerated() {
            switch extent {
            case -1:
                guard inferredAxis == nil else { throw .malformed("shape has more than one -1") }
                inferredAxis = axis
                output.append(1)
            case 0 where !allowZero:
                guard axis < input.dimensions.count else {
                    throw .mismatch("shape copies axis \(axis) of an input \(Extents.describe(input.dimensions))")
                }
                output.append(input.dimensions[axis])
            case 0...: output.append(extent)
            default: throw .malformed("shape contains \(extent)")
            }
        }
        let known = try Extents.count(output)
        if let inferredAxis {
            guard known > 0, count % known == 0 else { throw reshapeMismatch(input.dimensions, target) }
            output[inferredAxis] = count / known
        } else if known != count {
            throw reshapeMismatch(input.dimensions, target)
        }
        return TensorFacts(type: input.type, dimensions: output)
    }

    private static func reshapeMismatch(_ input: [Int], _ target: [Int]) -> Fault {
        .mismatch("\(Extents.describe(input)) cannot become [\(target.map(String.init).joined(separator: ", "))]")
    }

    static func flattenOutput(_ operands: Operands, axis: Int) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        let rank = input.dimensions.count
        guard axis >= -rank, axis <= rank else { throw .mismatch("axis \(axis) does not exist in \(rank) axes") }
        let boundary = axis < 0 ? axis + rank : axis
        return TensorFacts(
            type: input.type,
            dimensions: [
                try Extents.count(Array(input.dimensions[..<boundary])),
                try Extents.count(Array(input.dimensions[boundary...])),
            ])
    }

    static func squeezeOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        var isRemoved = input.dimensions.map { $0 == 1 }
        if let axes = try operands.integers(1, "axes") {
            isRemoved = [Bool](repeating: false, count: input.dimensions.count)
            for axis in try Extents.axes(axes, rank: input.dimensions.count) {
                guard input.dimensions[axis] == 1 else {
                    throw .mismatch("axis \(axis) of \(Extents.describe(input.dimensions)) is not 1")
                }
                isRemoved[axis] = true
            }
        }
        let output = input.dimensions.indices.filter { !isRemoved[$0] }.map { input.dimensions[$0] }
        return TensorFacts(type: input.type, dimensions: output)
    }

    static func unsqueezeOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        let axes = try operands.required(1).integers("axes")
        let rank = input.dimensions.count + axes.count
        guard rank <= Extents.maximumRank else { throw .excessive("a tensor of \(rank) axes") }
        var output = [Int](repeating: -1, count: rank)
        for axis in try Extents.axes(axes, rank: rank) { output[axis] = 1 }
        var source = input.dimensions.makeIterator()
        for axis in output.indices where output[axis] < 0 {
            guard let extent = source.next() else { break }
            output[axis] = extent
        }
        return TensorFacts(type: input.type, dimensions: output)
    }

    static func transposeOutput(_ operands: Operands, _ permutation: [Int]?) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        let order = try transposeOrder(permutation, rank: input.dimensions.count)
        return TensorFacts(type: input.type, dimensions: order.map { input.dimensions[$0] })
    }

    /// The input axis of every output axis.
    static func transposeOrder(_ permutation: [Int]?, rank: Int) throws(Fault) -> [Int] {
        guard let permutation else { return Array((0..<rank).reversed()) }
        guard permutation.count == rank, permutation.allSatisfy({ (0..<rank).contains($0) }) else {
            throw .malformed("the permutation of \(permutation.count) axes does not fit \(rank) axes")
        }
        return try Extents.axes(permutation, rank: rank)
    }

    static func expandOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        let target = try operands.required(1).integers("shape")
        try Extents.count(target)
        return TensorFacts(type: input.type, dimensions: try Extents.broadcast(input.dimensions, target))
    }

    static func tileOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        let repeats = try operands.required(1).integers("repeats")
        guard repeats.count == input.dimensions.count else {
            throw .mismatch("\(repeats.count) repeats for \(input.dimensions.count) axes")
        }
        try Extents.count(repeats)
        // Both factors are at most 2^31 here.
        return TensorFacts(type: input.type, dimensions: zip(input.dimensions, repeats).map { $0 * $1 })
    }

    static func concatOutput(_ operands: Operands, axis: Int) throws(Fault) -> TensorFacts {
        let first = try operands.required(0)
        let axis = try Extents.axis(axis, rank: first.dimensions.count)
        try operands.requireType(first.type, at: Array(operands.facts.indices))
        var output = first.dimensions
        for position in operands.facts.indices.dropFirst() {
            let next = try operands.required(position).dimensions
            var expected = first.dimensions
            if next.count == expected.count { expected[axis] = next[axis] }
            guard next == expected else {
                throw .mismatch(
                    "input \(position) \(Extents.describe(next)) cannot be joined along axis \(axis) with "
                        + Extents.describe(first.dimensions))
            }
            output[axis] += next[axis]
            try Extents.count(output)
        }
        return TensorFacts(type: first.type, dimensions: output)
    }

    static func splitOutputs(_ operands: Operands, axis: Int, count: Int) throws(Fault) -> [TensorFacts] {
        let input = try operands.required(0)
        let axis = try Extents.axis(axis, rank: input.dimensions.count)
        let extent = input.dimensions[axis]
        let sizes: [Int]
        if let given = try operands.integers(1, "split") {
            guard given.count == count else { throw .mismatch("\(given.count) sizes for \(count) outputs") }
            var rest = extent
            for size in given {
                guard size >= 0, size <= rest else {
                    throw .mismatch("sizes \(given.map(String.init).joined(separator: "+")) do not add up to \(extent)")
                }
                rest -= size
            }
            guard rest == 0 else {
                throw .mismatch("sizes \(given.map(String.init).joined(separator: "+")) do not add up to \(extent)")
            }
            sizes = given
        } else {
            let part = (extent + count - 1) / count
            let last = extent - part * (count - 1)
            guard last >= 0 else { throw .mismatch("\(extent) cannot be split into \(count) parts") }
            sizes = [Int](repeating: part, count: count - 1) + [last]
        }
        return sizes.map { size in
            var output = input.dimensions
            output[axis] = size
            return TensorFacts(type: input.type, dimensions: output)
        }
    }
}
