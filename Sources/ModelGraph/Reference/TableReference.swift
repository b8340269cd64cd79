/// Copies elements by one table of source indices per axis; -1 stands for the fill value. `Pad` and nearest `Resize`.
struct TableCopy {
    /// For every output position of every axis, the input position, or -1.
    let tables: [[Int]]
    let input: RawTensor
    let output: MutableRawTensor
    /// One element of the output's type; nil means zero.
    let fill: UnsafeRawPointer?

    func run() { output.type.dispatchMovement(self) }
}

extension TableCopy: MovementWork {
    func run<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
        let target = output.pointer(to: Element.self)
        let source = input.pointer(to: Element.self)
        guard let innerTable = tables.last else {
            target.pointee = source.pointee
            return
        }
        guard output.count > 0 else { return }
        let filler = fill?.assumingMemoryBound(to: Element.self).pointee ?? 0
        let strides = Extents.strides(input.dimensions)
        let outer = tables.count - 1
        let rows = output.count / innerTable.count
        innerTable.withUnsafeBufferPointer { inner in
            withUnsafeTemporaryAllocation(of: Int.self, capacity: max(outer, 1)) { counters in
                counters.initialize(repeating: 0)
                for row in 0..<rows {
                    var start = 0
                    var isInside = true
                    for axis in 0..<outer {
                        let position = tables[axis][counters[axis]]
                        isInside = isInside && position >= 0
                        start += position * strides[axis]
                    }
                    let y = target + row * inner.count
                    if isInside {
                        for index in 0..<inner.count {
                            y[index] = inner[index] < 0 ? filler : source[start + inner[index]]
                        }
                    } else {
                        y.update(repeating: filler, count: inner.count)
                    }
                    var axis = outer - 1
                    while axis >= 0 {
                        counters[axis] += 1
                        if counters[axis] < tables[axis].count { break }
                        counters[axis] = 0
                        axis -= 1
                    }
                }
            }
        }
    }
}

extension ReferenceEvaluator {
    static func evaluatePad(_ mode: PadMode, _ inputs: RawOperands, _ output: MutableRawTensor) throws(Fault) {
        let input = try inputs.required(0)
        let window = try PadWindow(
            input: input.dimensions, pads: try inputs.required(1).integers, axes: inputs.optional(3)?.integers,
            mode: mode)
        let tables = input.dimensions.indices.map { axis in
            (0..<output.dimensions[axis]).map { position in
                paddedSource(position - window.begin[axis], extent: input.dimensions[axis], mode)
            }
        }
        TableCopy(tables: tables, input: input, output: output, fill: inputs.optional(2)?.bytes).run()
    }

    /// Where an element outside 0..<extent comes from; -1 for the constant.
    private static func paddedSource(_ position: Int, extent: Int, _ mode: PadMode) -> Int {
        if (0..<extent).contains(position) { return position }
        switch mode {
        case .constant: return -1
        case .edge: return min(max(position, 0), extent - 1)
        case .wrap: return Int.floorModulo(position, extent)
        case .reflect:
            // Reflects as often as needed, without repeating the edge.
            if extent == 1 { return 0 }
            let period = 2 * (extent - 1)
            let phase = Int.floorModulo(position, period)
            return phase < extent ? phase : period - phase
        }
    }
}

extension Int {
    /// Remainder in 0..<divisor of a positive divisor.
    static func floorModulo(_ dividend: Int, _ divisor: Int) -> Int {
        let remainder = dividend % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
