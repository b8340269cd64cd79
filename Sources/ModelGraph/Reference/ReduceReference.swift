#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ReferenceEvaluator {
    static func evaluateReduce(
        _ function: ReduceFunction, _ input: RawTensor, _ output: MutableRawTensor, _ reduction: Reduction
    ) {
        let strides = Extents.strides(input.dimensions)
        let kept = input.dimensions.indices.filter { !reduction.isReduced[$0] }
        let removed = input.dimensions.indices.filter { reduction.isReduced[$0] }
        let work = ReduceWork(
            function: function,
            outer: StridedWalk(extents: kept.map { input.dimensions[$0] }, a: kept.map { strides[$0] }),
            inner: StridedWalk(extents: removed.map { input.dimensions[$0] }, a: removed.map { strides[$0] }),
            input: input, output: output)
        input.type.dispatch(work)
    }

    static func evaluateSoftmax(
        _ input: RawTensor, _ output: MutableRawTensor, axis: Int, logarithm: Bool
    ) throws(Fault) {
        let blocks = AxisBlocks(input.dimensions, axis: try Extents.axis(axis, rank: input.dimensions.count))
        input.type.dispatchFloat(SoftmaxWork(blocks: blocks, logarithm: logarithm, input: input, output: output))
    }
}

/// Reductions of nothing give the neutral element: 0, 1, the lowest or highest value, NaN for a mean of floats.
private struct ReduceWork: NumberWork {
    let function: ReduceFunction
    let outer: StridedWalk
    let inner: StridedWalk
    let input: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_ type: Element.Type) {
        switch function {
        case .sum:
            reduce(type, Element.Sum.zero, { .plus($0, $1.widened) }, Element.init(narrowing:))
        case .prod:
            reduce(type, Element.Sum.one, { .times($0, $1.widened) }, Element.init(narrowing:))
        case .mean:
            let count = Double(inner.count)
            reduce(type, 0.0, { $0 + $1.asDouble }, { Element(truncating: $0 / count) })
        case .max:
            reduce(type, input.type == .bool ? .zero : Element.lowest, { $1 > $0 || $1.isNotANumber ? $1 : $0 }, { $0 })
        case .min:
            reduce(type, input.type == .bool ? .one : Element.highest, { $1 < $0 || $1.isNotANumber ? $1 : $0 }, { $0 })
        }
    }

    @inline(__always)
    private func reduce<Element: ReferenceNumber, Sum>(
        _ type: Element.Type, _ initial: Sum, _ combine: (Sum, Element) -> Sum, _ finish: (Sum) -> Element
    ) {
        let source = input.pointer(to: type)
        let target = output.pointer(to: type)
        var outerRows = outer.rows()
        var innerRows = inner.rows()
        while let (row, start) = outerRows.next() {
            for position in 0..<outer.rowLength {
                let base = source + start.a + position * outer.rowStride.a
                var sum = initial
                innerRows.restart()
                while let (_, offset) = innerRows.next() {
                    for index in 0..<inner.rowLength { sum = combine(sum, base[offset.a + index * inner.rowStride.a]) }
                }
                target[row * outer.rowLength + position] = finish(sum)
            }
        }
    }
}

/// The largest element is subtracted first, so nothing overflows.
private struct SoftmaxWork: FloatWork {
    let blocks: AxisBlocks
    let logarithm: Bool
    let input: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceFloat>(_ type: Element.Type) {
        let step = blocks.inner
        for outer in 0..<blocks.outer {
            for inner in 0..<blocks.inner {
                let base = outer * blocks.extent * step + inner
                let x = input.pointer(to: type) + base
                let y = output.pointer(to: type) + base
                var largest = -Double.infinity
                for index in 0..<blocks.extent { largest = max(largest, Double(x[index * step])) }
                var sum = 0.0
                for index in 0..<blocks.extent { sum += exp(Double(x[index * step]) - largest) }
                let logarithmOfSum = log(sum)
                for index in 0..<blocks.extent {
                    let shifted = Double(x[index * step]) - largest
                    y[index * step] = Element(logarithm ? shifted - logarithmOfSum : exp(shifted) / sum)
                }
            }
        }
    }
}
