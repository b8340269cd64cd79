/// A matrix product as NumPy's `matmul` reads it: one-dimensional operands are promoted, leading axes broadcast.
struct MatrixProduct {
    let rows: Int
    let inner: Int
    let columns: Int
    /// Broadcast leading axes.
    let batch: [Int]
    /// Leading axes of the operands.
    let leftBatch: [Int]
    let rightBatch: [Int]
    let output: [Int]

    init(left: [Int], right: [Int]) throws(Fault) {
        guard !left.isEmpty, !right.isEmpty else { throw .mismatch("a scalar cannot be multiplied as a matrix") }
        rows = left.count == 1 ? 1 : left[left.count - 2]
        inner = left[left.count - 1]
        columns = right.count == 1 ? 1 : right[right.count - 1]
        let rightInner = right.count == 1 ? right[0] : right[right.count - 2]
        guard inner == rightInner else {
            throw .mismatch("\(Extents.describe(left)) and \(Extents.describe(right)) cannot be multiplied")
        }
        leftBatch = Array(left.dropLast(2))
        rightBatch = Array(right.dropLast(2))
        batch = try Extents.broadcast(leftBatch, rightBatch)
        output = batch + (left.count == 1 ? [] : [rows]) + (right.count == 1 ? [] : [columns])
    }
}

extension ShapeInference {
    static func matMulOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let left = try operands.required(0)
        let right = try operands.required(1)
        try left.type.requireNumber()
        try operands.requireType(left.type, at: [1])
        let product = try MatrixProduct(left: left.dimensions, right: right.dimensions)
        return TensorFacts(type: left.type, dimensions: product.output)
    }

    static func gemmOutput(_ operands: Operands, transposeA: Bool, transposeB: Bool) throws(Fault) -> TensorFacts {
        let left = try operands.required(0)
        let right = try operands.required(1)
        try left.type.requireNumber()
        try operands.requireType(left.type, at: [1, 2])
        guard left.dimensions.count == 2, right.dimensions.count == 2 else {
            throw .mismatch(
                "\(Extents.describe(left.dimensions)) and \(Extents.describe(right.dimensions)) are not matrices")
        }
        let a = transposeA ? [left.dimensions[1], left.dimensions[0]] : left.dimensions
        let b = transposeB ? [right.dimensions[1], right.dimensions[0]] : right.dimensions
        guard a[1] == b[0] else {
            throw .mismatch("\(Extents.describe(a)) and \(Extents.describe(b)) cannot be multiplied")
        }
        let output = [a[0], b[1]]
        if let addend = operands.optional(2) {
            guard try Extents.broadcast(output, addend.dimensions) == output else {
                throw .mismatch(
                    "input C \(Extents.describe(addend.dimensions)) does not broadcast to \(Extents.describe(output))")
            }
        }
        return TensorFacts(type: left.type, dimensions: output)
    }
}
