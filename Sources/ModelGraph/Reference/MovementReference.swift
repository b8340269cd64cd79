extension ReferenceEvaluator {
    /// Same elements in the same order.
    static func copyElements(_ input: RawTensor, _ output: MutableRawTensor) {
        output.bytes.copyMemory(from: input.bytes, byteCount: input.count * input.type.byteCount)
    }

    /// Output element [i...] = input element base + sum of i * stride.
    static func copyStrided(
        _ input: RawTensor, base: Int, strides: [Int], extents: [Int], _ output: MutableRawTensor
    ) {
        let walk = StridedWalk(extents: extents, a: strides)
        output.type.dispatchMovement(StridedCopyWork(walk: walk, input: input, base: base, output: output))
    }

    static func evaluateTranspose(_ input: RawTensor, _ output: MutableRawTensor, _ permutation: [Int]?) throws(Fault) {
        let order = try ShapeInference.transposeOrder(permutation, rank: input.dimensions.count)
        let strides = Extents.strides(input.dimensions)
        copyStrided(input, base: 0, strides: order.map { strides[$0] }, extents: output.dimensions, output)
    }

    static func evaluateExpand(_ input: RawTensor, _ output: MutableRawTensor) {
        copyStrided(
            input, base: 0, strides: Extents.broadcastStrides(input.dimensions, to: output.dimensions),
            extents: output.dimensions, output)
    }

    /// Every axis becomes two: the repeats, which do not move, and the extent itself.
    static func evaluateTile(_ input: RawTensor, _ output: MutableRawTensor) {
        let inputStrides = Extents.strides(input.dimensions)
        var extents: [Int] = []
        var strides: [Int] = []
        for (axis, extent) in input.dimensions.enumerated() {
            extents += [extent == 0 ? 0 : output.dimensions[axis] / extent, extent]
            strides += [0, inputStrides[axis]]
        }
        copyStrided(input, base: 0, strides: strides, extents: extents, output)
    }

    static func evaluateSlice(_ inputs: RawOperands, _ output: MutableRawTensor) throws(Fault) {
        let input = try inputs.required(0)
        let window = try SliceWindow(
            input: input.dimensions, starts: try inputs.required(1).integers, ends: try inputs.required(2).integers,
            axes: inputs.optional(3)?.integers, steps: inputs.optional(4)?.integers)
        let strides = Extents.strides(input.dimensions)
        let base = zip(window.starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
        copyStrided(
            input, base: base, strides: zip(window.steps, strides).map { $0 * $1 }, extents: output.dimensions, output)
    }

    static func evaluateConcat(_ inputs: RawOperands, _ output: MutableRawTensor, axis: Int) throws(Fault) {
        let block = AxisBlocks(output.dimensions, axis: try Extents.axis(axis, rank: output.dimensions.count))
        let elementSize = output.type.byteCount
        var offset = 0
        for position in inputs.tensors.indices {
            let input = try inputs.required(position)
            let size = input.dimensions[block.axis] * block.inner * elementSize
            for outer in 0..<block.outer {
                let target = output.bytes + (outer * block.extent * block.inner * elementSize + offset)
                target.copyMemory(from: input.bytes + outer * size, byteCount: size)
            }
            offset += size
        }
    }

    static func evaluateSplit(_ input: RawTensor, _ outputs: [MutableRawTensor], axis: Int) throws(Fault) {
        let block = AxisBlocks(input.dimensions, axis: try Extents.axis(axis, rank: input.dimensions.count))
        let elementSize = input.type.byteCount
        var offset = 0
        for output in outputs {
            let size = output.dimensions[block.axis] * block.inner * elementSize
            for outer in 0..<block.outer {
                let source = input.bytes + (outer * block.extent * block.inner * elementSize + offset)
                (output.bytes + outer * size).copyMemory(from: source, byteCount: size)
            }
            offset += size
        }
    }

    static func evaluateGather(
        _ input: RawTensor, _ indices: RawTensor, _ output: MutableRawTensor, axis: Int
    ) throws(Fault) {
        let block = AxisBlocks(input.dimensions, axis: try Extents.axis(axis, rank: input.dimensions.count))
        let size = block.inner * input.type.byteCount
        let count = indices.count
        for entry in 0..<count {
            let index =
                indices.type == .int64
                ? Int(indices.pointer(to: Int64.self)[entry]) : Int(indices.pointer(to: Int32.self)[entry])
            guard index >= -block.extent, index < block.extent else {
                throw .mismatch("index \(index) is outside axis \(block.axis) of extent \(block.extent)")
            }
            let source = index < 0 ? index + block.extent : index
            for outer in 0..<block.outer {
                (output.bytes + (outer * count + entry) * size)
                    .copyMemory(from: input.bytes + (outer * block.extent + source) * size, byteCount: size)
            }
        }
    }
}

/// A tensor seen as [outer, axis, inner].
struct AxisBlocks {
    let axis: Int
    let outer: Int
    let extent: Int
    let inner: Int

    init(_ extents: [Int], axis: Int) {
        self.axis = axis
        outer = extents[..<axis].reduce(1, *)
        extent = extents[axis]
        inner = extents[(axis + 1)...].reduce(1, *)
    }
}

private struct StridedCopyWork: MovementWork {
    let walk: StridedWalk
    let input: RawTensor
    let base: Int
    let output: MutableRawTensor

    func run<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
        let source = input.pointer(to: Element.self) + base
        let target = output.pointer(to: Element.self)
        let (length, step) = (walk.rowLength, walk.rowStride.a)
        var rows = walk.rows()
        while let (row, start) = rows.next() {
            let (x, y) = (source + start.a, target + row * length)
            if step == 1 {
                y.update(from: x, count: length)
            } else {
                for index in 0..<length { y[index] = x[index * step] }
            }
        }
    }
}
