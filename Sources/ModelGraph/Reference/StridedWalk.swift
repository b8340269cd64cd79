/// Walks up to three tensors by strides in the row-major order of one set of extents, row by row.
///
/// Axes that are contiguous in all operands are merged, so rows are as long as they can be.
struct StridedWalk {
    /// Offsets or strides of the operands, in elements.
    struct Offsets {
        var a = 0
        var b = 0
        var c = 0
    }

    let rowLength: Int
    let rowCount: Int
    /// Steps of the operands along a row.
    let rowStride: Offsets
    private let extents: [Int]
    private let strides: [Offsets]

    /// Strides shorter than `extents` are an error of the caller; absent operands have stride 0.
    init(extents: [Int], a: [Int], b: [Int]? = nil, c: [Int]? = nil) {
        var mergedExtents: [Int] = []
        var mergedStrides: [Offsets] = []
        for axis in extents.indices where extents[axis] != 1 {
            let stride = Offsets(a: a[axis], b: b?[axis] ?? 0, c: c?[axis] ?? 0)
            if let last = mergedStrides.last, last.a == stride.a * extents[axis], last.b == stride.b * extents[axis],
                last.c == stride.c * extents[axis]
            {
                mergedExtents[mergedExtents.count - 1] *= extents[axis]
                mergedStrides[mergedStrides.count - 1] = stride
            } else {
                mergedExtents.append(extents[axis])
                mergedStrides.append(stride)
            }
        }
        rowLength = mergedExtents.popLast() ?? 1
        rowStride = mergedStrides.popLast() ?? Offsets()
        rowCount = rowLength == 0 ? 0 : mergedExtents.reduce(1, *)
        self.extents = mergedExtents
        strides = mergedStrides
    }

    /// Number of elements visited.
    var count: Int { rowCount * rowLength }

    /// Calls `body` with the row's number and where the row starts in every operand.
    @inline(__always)
    func forEachRow(_ body: (_ row: Int, _ start: Offsets) -> Void) {
        if rowCount == 0 { return }
        if extents.isEmpty {
            body(0, Offsets())
            return
        }
        withUnsafeTemporaryAllocation(of: Int.self, capacity: extents.count) { counters in
            counters.initialize(repeating: 0)
            var start = Offsets()
            for row in 0..<rowCount {
                body(row, start)
                var axis = extents.count - 1
                while axis >= 0 {
                    let stride = strides[axis]
                    counters[axis] += 1
                    start.a += stride.a
                    start.b += stride.b
                    start.c += stride.c
                    if counters[axis] < extents[axis] { break }
                    start.a -= stride.a * extents[axis]
                    start.b -= stride.b * extents[axis]
                    start.c -= stride.c * extents[axis]
                    counters[axis] = 0
                    axis -= 1
                }
            }
        }
    }
}
