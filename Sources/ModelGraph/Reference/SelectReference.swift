extension ReferenceEvaluator {
    static func evaluateSelect(
        _ condition: RawTensor, _ first: RawTensor, _ second: RawTensor, _ output: MutableRawTensor
    ) {
        let walk = StridedWalk(
            extents: output.dimensions, a: Extents.broadcastStrides(condition.dimensions, to: output.dimensions),
            b: Extents.broadcastStrides(first.dimensions, to: output.dimensions),
            c: Extents.broadcastStrides(second.dimensions, to: output.dimensions))
        output.type.dispatchMovement(
            SelectWork(walk: walk, condition: condition, first: first, second: second, output: output))
    }

    static func evaluateClip(
        _ input: RawTensor, _ minimum: RawTensor?, _ maximum: RawTensor?, _ output: MutableRawTensor
    ) {
        input.type.dispatch(ClipWork(input: input, minimum: minimum, maximum: maximum, output: output))
    }
}

private struct SelectWork: MovementWork {
    let walk: StridedWalk
    let condition: RawTensor
    let first: RawTensor
    let second: RawTensor
    let output: MutableRawTensor

    func run<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) {
        let flags = condition.pointer(to: UInt8.self)
        let (a, b) = (first.pointer(to: Element.self), second.pointer(to: Element.self))
        let target = output.pointer(to: Element.self)
        let (length, stride) = (walk.rowLength, walk.rowStride)
        var rows = walk.rows()
        while let (row, start) = rows.next() {
            for index in 0..<length {
                target[row * length + index] =
                    flags[start.a + index * stride.a] != 0
                    ? a[start.b + index * stride.b] : b[start.c + index * stride.c]
            }
        }
    }
}

/// min(max(x, minimum), maximum): where the bounds cross, the upper one wins. NaN stays NaN.
private struct ClipWork: NumberWork {
    let input: RawTensor
    let minimum: RawTensor?
    let maximum: RawTensor?
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_: Element.Type) {
        let source = input.pointer(to: Element.self)
        let target = output.pointer(to: Element.self)
        let low = minimum?.pointer(to: Element.self).pointee ?? .lowest
        let high = maximum?.pointer(to: Element.self).pointee ?? .highest
        for index in 0..<output.count {
            let raised = source[index] < low ? low : source[index]
            target[index] = raised > high ? high : raised
        }
    }
}
