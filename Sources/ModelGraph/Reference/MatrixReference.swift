extension ReferenceEvaluator {
    static func evaluateMatMul(_ left: RawTensor, _ right: RawTensor, _ output: MutableRawTensor) throws(Fault) {
        let product = try MatrixProduct(left: left.dimensions, right: right.dimensions)
        let leftStrides = Extents.broadcastStrides(product.leftBatch, to: product.batch)
        let rightStrides = Extents.broadcastStrides(product.rightBatch, to: product.batch)
        let walk = StridedWalk(
            extents: product.batch, a: leftStrides.map { $0 * product.rows * product.inner },
            b: rightStrides.map { $0 * product.inner * product.columns })
        output.type.dispatch(MatMulWork(product: product, walk: walk, left: left, right: right, output: output))
    }

    static func evaluateGemm(
        _ inputs: RawOperands, _ output: MutableRawTensor, alpha: Float, beta: Float, transposeA: Bool,
        transposeB: Bool
    ) throws(Fault) {
        let (left, right) = (try inputs.required(0), try inputs.required(1))
        let work = GemmWork(
            left: left, right: right, addend: inputs.optional(2), output: output,
            inner: left.dimensions[transposeA ? 0 : 1], alpha: Double(alpha), beta: Double(beta),
            transposeA: transposeA, transposeB: transposeB)
        output.type.dispatch(work)
    }
}

private struct MatMulWork: NumberWork {
    let product: MatrixProduct
    let walk: StridedWalk
    let left: RawTensor
    let right: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_ type: Element.Type) {
        let (height, inner, columns) = (product.rows, product.inner, product.columns)
        withUnsafeTemporaryAllocation(of: Element.Sum.self, capacity: max(columns, 1)) { sums in
            var rows = walk.rows()
            while let (batchRow, start) = rows.next() {
                for batch in 0..<walk.rowLength {
                    let a = left.pointer(to: type) + start.a + batch * walk.rowStride.a
                    let b = right.pointer(to: type) + start.b + batch * walk.rowStride.b
                    let y = output.pointer(to: type) + (batchRow * walk.rowLength + batch) * height * columns
                    for row in 0..<height {
                        sums.initialize(repeating: .zero)
                        for k in 0..<inner {
                            let factor = a[row * inner + k].widened
                            for column in 0..<columns {
                                sums[column] = .plus(sums[column], .times(factor, b[k * columns + column].widened))
                            }
                        }
                        for column in 0..<columns { y[row * columns + column] = Element(narrowing: sums[column]) }
                    }
                }
            }
        }
    }
}

private struct GemmWork: NumberWork {
    let left: RawTensor
    let right: RawTensor
    let addend: RawTensor?
    let output: MutableRawTensor
    let inner: Int
    let alpha: Double
    let beta: Double
    let transposeA: Bool
    let transposeB: Bool

    func run<Element: ReferenceNumber>(_ type: Element.Type) {
        let (rows, columns) = (output.dimensions[0], output.dimensions[1])
        let (a, b, y) = (left.pointer(to: type), right.pointer(to: type), output.pointer(to: type))
        let c = addend?.pointer(to: type)
        let strides = addend.map { Extents.broadcastStrides($0.dimensions, to: output.dimensions) } ?? [0, 0]
        // Steps through the operands as if neither were transposed.
        let (aRow, aInner) = transposeA ? (1, rows) : (inner, 1)
        let (bInner, bColumn) = transposeB ? (1, inner) : (columns, 1)
        for row in 0..<rows {
            for column in 0..<columns {
                var sum = Element.Sum.zero
                for k in 0..<inner {
                    sum = .plus(
                        sum, .times(a[row * aRow + k * aInner].widened, b[k * bInner + column * bColumn].widened))
                }
                let offset = c.map { $0[row * strides[0] + column * strides[1]] }
                y[row * columns + column] = scaled(sum, offset)
            }
        }
    }

    /// alpha * sum + beta * offset; integers with factors of 1 stay exact.
    private func scaled<Element: ReferenceNumber>(_ sum: Element.Sum, _ offset: Element?) -> Element {
        if Element.isInteger, alpha == 1, beta == 1 { return .plus(Element(narrowing: sum), offset ?? .zero) }
        return Element(truncating: alpha * sum.asDouble + (offset.map { beta * $0.asDouble } ?? 0))
    }
}
