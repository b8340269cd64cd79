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

    /// Starts at the first row. Allocates scratch of one integer per merged axis.
    func rows() -> Rows { Rows(self) }

    /// Hands out where each row starts in every operand.
    struct Rows {
        private let walk: StridedWalk
        private var counters: [Int]
        private var start = Offsets()
        /// Rows handed out so far.
        private var count = 0

        fileprivate init(_ walk: StridedWalk) {
            self.walk = walk
            counters = [Int](repeating: 0, count: walk.extents.count)
        }

        /// Starts again. After the last row all counters are back at 0 by themselves.
        mutating func restart() { count = 0 }

        /// The next row, or nil after the last one. Not inlined: every evaluator of every element type would have a copy.
        @inline(never)
        mutating func next() -> (number: Int, start: Offsets)? {
            guard count < walk.rowCount else { return nil }
            let row = (number: count, start: start)
            count += 1
            var axis = walk.extents.count - 1
            while axis >= 0 {
                let (stride, extent) = (walk.strides[axis], walk.extents[axis])
                counters[axis] += 1
                start.a += stride.a
                start.b += stride.b
                start.c += stride.c
                if counters[axis] < extent { break }
                start.a -= stride.a * extent
                start.b -= stride.b * extent
                start.c -= stride.c * extent
                counters[axis] = 0
                axis -= 1
            }
            return row
        }
    }
}
