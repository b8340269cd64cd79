/// A `Slice` with everything resolved: one start, step and count per axis of the input.
struct SliceWindow {
    var starts: [Int]
    var steps: [Int]
    var output: [Int]

    /// Clamps as ONNX (and NumPy) do.
    init(input: [Int], starts: [Int], ends: [Int], axes: [Int]?, steps: [Int]?) throws(Fault) {
        guard starts.count == ends.count, axes.map({ $0.count == starts.count }) ?? (starts.count <= input.count),
            steps.map({ $0.count == starts.count }) ?? true
        else {
            throw .malformed("starts, ends, axes and steps differ in length")
        }
        let resolvedAxes = try Extents.axes(axes ?? Array(starts.indices), rank: input.count)
        self.starts = [Int](repeating: 0, count: input.count)
        self.steps = [Int](repeating: 1, count: input.count)
        output = input
        for (entry, axis) in resolvedAxes.enumerated() {
            let extent = input[axis]
            // Steps beyond the extent take one element; clamping them keeps the arithmetic below from overflowing.
            let limit = extent + 1
            let step = min(max(steps?[entry] ?? 1, -limit), limit)
            guard step != 0 else { throw .malformed("a step is 0") }
            let range = step > 0 ? 0...extent : -1...(extent - 1)
            let start = Self.clamp(starts[entry], extent, step > 0 ? 0...extent : 0...max(extent - 1, 0))
            let end = Self.clamp(ends[entry], extent, range)
            let span = step > 0 ? end - start : start - end
            self.starts[axis] = start
            self.steps[axis] = step
            output[axis] = extent == 0 ? 0 : max(0, (span + abs(step) - 1) / abs(step))
        }
    }

    private static func clamp(_ index: Int, _ extent: Int, _ range: ClosedRange<Int>) -> Int {
        // An index below -extent stays below the range whatever the extent adds, so it is clamped before the addition.
        let absolute = index < 0 ? max(index, -extent - 1) + extent : index
        return min(max(absolute, range.lowerBound), range.upperBound)
    }
}

/// A `Pad` with everything resolved: begin and end per axis of the input; negative ones crop.
struct PadWindow {
    var begin: [Int]
    var output: [Int]

    init(input: [Int], pads: [Int], axes: [Int]?, mode: PadMode) throws(Fault) {
        let resolvedAxes = try Extents.axes(axes ?? Array(input.indices), rank: input.count)
        guard pads.count == 2 * resolvedAxes.count else {
            throw .malformed("\(pads.count) pads for \(resolvedAxes.count) axes")
        }
        begin = [Int](repeating: 0, count: input.count)
        output = input
        for (entry, axis) in resolvedAxes.enumerated() {
            let first = pads[entry]
            let last = pads[entry + resolvedAxes.count]
            let limit = Extents.maximumAttribute
            guard (-limit...limit).contains(first), (-limit...limit).contains(last) else {
                throw .excessive("pads contain \(first) and \(last)")
            }
            begin[axis] = first
            output[axis] = input[axis] + first + last
            guard output[axis] >= 0 else {
                throw .mismatch("pads \(first) and \(last) remove more than the extent \(input[axis]) of axis \(axis)")
            }
            guard mode == .constant || input[axis] > 0 || output[axis] == 0 else {
                throw .mismatch("\(mode.rawValue) padding of an empty axis \(axis)")
            }
        }
    }
}

extension ShapeInference {
    static func sliceOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        let window = try SliceWindow(
            input: input.dimensions, starts: try operands.required(1).integers("starts"),
            ends: try operands.required(2).integers("ends"), axes: try operands.integers(3, "axes"),
            steps: try operands.integers(4, "steps"))
        return TensorFacts(type: input.type, dimensions: window.output)
    }

    static func padOutput(_ operands: Operands, _ mode: PadMode) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        try operands.requireType(input.type, at: [2])
        if let value = operands.optional(2) {
            guard try Extents.count(value.dimensions) == 1 else { throw .mismatch("the padding value is not a scalar") }
        }
        let window = try PadWindow(
            input: input.dimensions, pads: try operands.required(1).integers("pads"),
            axes: try operands.integers(3, "axes"), mode: mode)
        return TensorFacts(type: input.type, dimensions: window.output)
    }

    static func gatherOutput(_ operands: Operands, axis: Int) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        let indices = try operands.required(1)
        guard indices.type == .int64 || indices.type == .int32 else {
            throw .malformed("indices are \(indices.type.rawValue), not int64 or int32")
        }
        let axis = try Extents.axis(axis, rank: input.dimensions.count)
        let output = input.dimensions[..<axis] + indices.dimensions + input.dimensions[(axis + 1)...]
        return TensorFacts(type: input.type, dimensions: Array(output))
    }

    static func shapeOutput(_ operands: Operands, start: Int, end: Int?) throws(Fault) -> TensorFacts {
        let range = shapeRange(rank: try operands.required(0).dimensions.count, start: start, end: end)
        return TensorFacts(type: .int64, dimensions: [range.count])
    }

    /// The axes that `Shape` reports.
    static func shapeRange(rank: Int, start: Int, end: Int?) -> Range<Int> {
        func clamp(_ axis: Int) -> Int { min(max(axis < 0 ? max(axis, -rank) + rank : axis, 0), rank) }
        let first = clamp(start)
        return first..<max(first, clamp(end ?? rank))
    }

    static func constantOfShapeOutput(_ operands: Operands, _ value: HostTensor) throws(Fault) -> TensorFacts {
        guard value.count == 1 else { throw .malformed("the value has \(value.count) elements instead of one") }
        return TensorFacts(type: value.type, dimensions: try operands.required(0).integers("shape"))
    }

    static func rangeOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let start = try operands.required(0)
        try start.type.requireNumber()
        try operands.requireType(start.type, at: [1, 2])
        var bounds: [HostTensor] = []
        for (position, role) in ["start", "limit", "delta"].enumerated() {
            let facts = try operands.required(position)
            guard try Extents.count(facts.dimensions) == 1 else { throw .malformed("\(role) is not a scalar") }
            guard let constant = facts.constant else {
                throw .undetermined("\(role) is computed while the network runs")
            }
            bounds.append(constant)
        }
        return TensorFacts(type: start.type, dimensions: [try rangeCount(bounds)])
    }
}
