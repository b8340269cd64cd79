extension ReferenceEvaluator {
    static func evaluateShape(_ input: RawTensor, _ output: MutableRawTensor, start: Int, end: Int?) {
        let range = ShapeInference.shapeRange(rank: input.dimensions.count, start: start, end: end)
        let target = output.pointer(to: Int64.self)
        for (index, axis) in range.enumerated() { target[index] = Int64(input.dimensions[axis]) }
    }

    static func evaluateFill(_ value: HostTensor, _ output: MutableRawTensor) {
        value.withUnsafeBytes { (bytes) -> Void in
            guard let base = bytes.baseAddress else { return }
            output.type.dispatchMovement(FillWork(value: base, output: output))
        }
    }

    static func evaluateRange(_ start: RawTensor, _ delta: RawTensor, _ output: MutableRawTensor) {
        output.type.dispatch(RangeWork(start: start, delta: delta, output: output))
    }

    static func evaluateCast(_ input: RawTensor, _ output: MutableRawTensor) {
        if output.type == .bool {
            input.type.dispatch(TruthWork(input: input, output: output))
        } else if input.type == .bool {
            output.type.dispatch(TruthValueWork(input: input, output: output))
        } else {
            input.type.dispatch(CastWork(input: input, output: output))
        }
    }
}

extension ShapeInference {
    /// Element count of a `Range`; `bounds` are start, limit and delta of one type.
    static func rangeCount(_ bounds: [HostTensor]) throws(Fault) -> Int {
        let values = bounds.map { $0.type.real(at: $0.base) }
        let (start, limit, delta) = (values[0], values[1], values[2])
        guard delta != 0, start.isFinite, limit.isFinite, delta.isFinite else {
            throw .malformed("a range from \(start) to \(limit) in steps of \(delta)")
        }
        // Integers up to 2^53 are exact here; beyond, the count is above the ceiling or the step is as large.
        let count = max(0, ((limit - start) / delta).rounded(.up))
        guard count <= Double(Extents.maximumElements) else { throw .excessive("a range of \(count) elements") }
        return Int(count)
    }
}

private struct FillWork: MovementWork {
    let value: UnsafeRawPointer
    let output: MutableRawTensor

    func run<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
        output.pointer(to: Element.self).update(
            repeating: value.assumingMemoryBound(to: Element.self).pointee, count: output.count)
    }
}

private struct RangeWork: NumberWork {
    let start: RawTensor
    let delta: RawTensor
    let output: MutableRawTensor

    /// Element i is start + i * delta, as NumPy computes it, not a running sum.
    func run<Element: ReferenceNumber>(_: Element.Type) {
        let first = start.pointer(to: Element.self).pointee
        let step = delta.pointer(to: Element.self).pointee
        let target = output.pointer(to: Element.self)
        for index in 0..<output.count {
            if Element.isInteger {
                target[index] = .plus(first, .times(Element.cast(Int64(index)), step))
            } else {
                target[index] = Element(truncating: first.asDouble + Double(index) * step.asDouble)
            }
        }
    }
}

private struct TruthWork: NumberWork {
    let input: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_: Element.Type) {
        let source = input.pointer(to: Element.self)
        let target = output.pointer(to: UInt8.self)
        for index in 0..<output.count { target[index] = source[index] != .zero ? 1 : 0 }
    }
}

private struct TruthValueWork: NumberWork {
    let input: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_: Element.Type) {
        let source = input.pointer(to: UInt8.self)
        let target = output.pointer(to: Element.self)
        for index in 0..<output.count { target[index] = source[index] != 0 ? .one : .zero }
    }
}

private struct CastWork: NumberWork {
    let input: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_: Element.Type) {
        output.type.dispatch(CastTargetWork<Element>(input: input, output: output))
    }
}

private struct CastTargetWork<Source: ReferenceNumber>: NumberWork {
    let input: RawTensor
    let output: MutableRawTensor

    /// Integer to integer keeps the low bits; float to integer truncates and saturates; int64 to float32 rounds once.
    func run<Element: ReferenceNumber>(_: Element.Type) {
        let source = input.pointer(to: Source.self)
        let target = output.pointer(to: Element.self)
        for index in 0..<output.count { target[index] = Element.cast(source[index]) }
    }
}
