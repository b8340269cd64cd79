#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ReferenceEvaluator {
    static func evaluateBinary(
        _ function: BinaryFunction, _ left: RawTensor, _ right: RawTensor, _ output: MutableRawTensor
    ) {
        let walk = StridedWalk(
            extents: output.dimensions, a: Extents.broadcastStrides(left.dimensions, to: output.dimensions),
            b: Extents.broadcastStrides(right.dimensions, to: output.dimensions))
        switch function {
        case .pow: left.type.dispatch(PowerWork(walk: walk, left: left, right: right, output: output))
        case .and, .or, .xor:
            LogicalWork(function: function, walk: walk, left: left, right: right, output: output).run()
        default:
            left.type.dispatch(BinaryWork(function: function, walk: walk, left: left, right: right, output: output))
        }
    }

    static func evaluateVariadic(
        _ function: VariadicFunction, _ inputs: RawOperands, _ output: MutableRawTensor
    ) throws(Fault) {
        evaluateExpand(try inputs.required(0), output)
        for position in inputs.tensors.indices.dropFirst() {
            let operand = try inputs.required(position)
            let walk = StridedWalk(
                extents: output.dimensions, a: Extents.strides(output.dimensions),
                b: Extents.broadcastStrides(operand.dimensions, to: output.dimensions))
            output.type.dispatch(AccumulateWork(function: function, walk: walk, operand: operand, output: output))
        }
        if function == .mean { output.type.dispatch(DivideWork(divisor: inputs.tensors.count, output: output)) }
    }
}

private struct BinaryWork: NumberWork {
    let function: BinaryFunction
    let walk: StridedWalk
    let left: RawTensor
    let right: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_: Element.Type) {
        switch function {
        case .add: map { (a: Element, b: Element) in Element.plus(a, b) }
        case .sub: map { (a: Element, b: Element) in Element.minus(a, b) }
        case .mul: map { (a: Element, b: Element) in Element.times(a, b) }
        case .div: map { (a: Element, b: Element) in Element.divided(a, b) }
        case .mod: map { (a: Element, b: Element) in Element.floorModulo(a, b) }
        case .fmod: map { (a: Element, b: Element) in Element.truncatedModulo(a, b) }
        case .equal: map { (a: Element, b: Element) in byte(a == b) }
        case .less: map { (a: Element, b: Element) in byte(a < b) }
        case .lessOrEqual: map { (a: Element, b: Element) in byte(a <= b) }
        case .greater: map { (a: Element, b: Element) in byte(a > b) }
        case .greaterOrEqual: map { (a: Element, b: Element) in byte(a >= b) }
        case .pow, .and, .or, .xor: preconditionFailure("\(function.rawValue) has an evaluator of its own")
        }
    }

    private func byte(_ condition: Bool) -> UInt8 { condition ? 1 : 0 }

    @inline(__always)
    private func map<Element: ReferenceNumber, Result: BitwiseCopyable>(_ body: (Element, Element) -> Result) {
        let first = left.pointer(to: Element.self)
        let second = right.pointer(to: Element.self)
        let target = output.pointer(to: Result.self)
        let (length, stride) = (walk.rowLength, walk.rowStride)
        var rows = walk.rows()
        while let (row, start) = rows.next() {
            let (a, b, y) = (first + start.a, second + start.b, target + row * length)
            for index in 0..<length { y[index] = body(a[index * stride.a], b[index * stride.b]) }
        }
    }
}

/// On bool, stored as bytes.
private struct LogicalWork {
    let function: BinaryFunction
    let walk: StridedWalk
    let left: RawTensor
    let right: RawTensor
    let output: MutableRawTensor

    func run() {
        let (first, second) = (left.pointer(to: UInt8.self), right.pointer(to: UInt8.self))
        let target = output.pointer(to: UInt8.self)
        let (length, stride) = (walk.rowLength, walk.rowStride)
        var rows = walk.rows()
        while let (row, start) = rows.next() {
            for index in 0..<length {
                let a = first[start.a + index * stride.a] != 0
                let b = second[start.b + index * stride.b] != 0
                let result = function == .and ? a && b : function == .or ? a || b : a != b
                target[row * length + index] = result ? 1 : 0
            }
        }
    }
}

/// `Pow`, whose exponents may be of another type than the bases. Integers to integer powers are exact (modulo their
/// width); all else goes through double precision.
private struct PowerWork: NumberWork {
    let walk: StridedWalk
    let left: RawTensor
    let right: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_: Element.Type) {
        let bases = left.pointer(to: Element.self)
        let target = output.pointer(to: Element.self)
        let (length, stride, size) = (walk.rowLength, walk.rowStride, right.type.byteCount)
        let isExact = Element.isInteger && !right.type.isFloatingPoint
        var rows = walk.rows()
        while let (row, start) = rows.next() {
            for index in 0..<length {
                let base = bases[start.a + index * stride.a]
                let exponent = right.bytes + (start.b + index * stride.b) * size
                if isExact {
                    let (magnitude, isNegative) = right.type.integer(at: exponent)
                    target[row * length + index] = .integerPower(base, exponent: magnitude, isNegative: isNegative)
                } else {
                    let power = pow(base.asDouble, right.type.real(at: exponent))
                    target[row * length + index] = Element(truncating: power)
                }
            }
        }
    }
}

/// output = function(output, operand), the operand broadcast.
private struct AccumulateWork: NumberWork {
    let function: VariadicFunction
    let walk: StridedWalk
    let operand: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_: Element.Type) {
        switch function {
        case .sum, .mean: map { (a: Element, b: Element) in Element.plus(a, b) }
        // NaN wins, as in NumPy.
        case .max: map { (a: Element, b: Element) in b > a || b.isNotANumber ? b : a }
        case .min: map { (a: Element, b: Element) in b < a || b.isNotANumber ? b : a }
        }
    }

    @inline(__always)
    private func map<Element: ReferenceNumber>(_ body: (Element, Element) -> Element) {
        let source = operand.pointer(to: Element.self)
        let target = output.pointer(to: Element.self)
        let (length, stride) = (walk.rowLength, walk.rowStride)
        var rows = walk.rows()
        while let (_, start) = rows.next() {
            let (y, x) = (target + start.a, source + start.b)
            for index in 0..<length { y[index * stride.a] = body(y[index * stride.a], x[index * stride.b]) }
        }
    }
}

/// output /= divisor.
private struct DivideWork: NumberWork {
    let divisor: Int
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_: Element.Type) {
        let target = output.pointer(to: Element.self)
        let divisor = Element(truncating: Double(divisor))
        for index in 0..<output.count { target[index] = .divided(target[index], divisor) }
    }
}
