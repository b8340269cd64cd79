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
        if function == .pow, right.type != left.type {
            left.type.dispatch(MixedPowerWork(walk: walk, left: left, right: right, output: output))
        } else {
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
        case .pow: map { (a: Element, b: Element) in raise(a, b) }
        case .equal: map { (a: Element, b: Element) in byte(a == b) }
        case .less: map { (a: Element, b: Element) in byte(a < b) }
        case .lessOrEqual: map { (a: Element, b: Element) in byte(a <= b) }
        case .greater: map { (a: Element, b: Element) in byte(a > b) }
        case .greaterOrEqual: map { (a: Element, b: Element) in byte(a >= b) }
        case .and: map { (a: Element, b: Element) in byte(a != .zero && b != .zero) }
        case .or: map { (a: Element, b: Element) in byte(a != .zero || b != .zero) }
        case .xor: map { (a: Element, b: Element) in byte((a != .zero) != (b != .zero)) }
        }
    }

    private func byte(_ condition: Bool) -> UInt8 { condition ? 1 : 0 }

    @inline(__always)
    private func map<Element: ReferenceNumber, Result: BitwiseCopyable>(_ body: (Element, Element) -> Result) {
        let first = left.pointer(to: Element.self)
        let second = right.pointer(to: Element.self)
        let target = output.pointer(to: Result.self)
        let (length, stride) = (walk.rowLength, walk.rowStride)
        walk.forEachRow { row, start in
            let (a, b, y) = (first + start.a, second + start.b, target + row * length)
            if stride.a == 1, stride.b == 1 {
                for index in 0..<length { y[index] = body(a[index], b[index]) }
            } else {
                for index in 0..<length { y[index] = body(a[index * stride.a], b[index * stride.b]) }
            }
        }
    }
}

/// Integers to integer powers are exact (modulo their width); all else goes through double precision.
@inline(__always)
private func raise<Base: ReferenceNumber, Exponent: ReferenceNumber>(_ base: Base, _ exponent: Exponent) -> Base {
    if Base.isInteger, Exponent.isInteger {
        Base.integerPower(base, exponent: exponent.exponentMagnitude, isNegative: exponent < .zero)
    } else {
        Base(truncating: pow(base.asDouble, exponent.asDouble))
    }
}

/// `Pow` with an exponent of another type than the base.
private struct MixedPowerWork: NumberWork {
    let walk: StridedWalk
    let left: RawTensor
    let right: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_: Element.Type) {
        right.type.dispatch(ExponentWork<Element>(power: self))
    }
}

private struct ExponentWork<Base: ReferenceNumber>: NumberWork {
    let power: MixedPowerWork

    func run<Element: ReferenceNumber>(_: Element.Type) {
        let bases = power.left.pointer(to: Base.self)
        let exponents = power.right.pointer(to: Element.self)
        let target = power.output.pointer(to: Base.self)
        let (length, stride) = (power.walk.rowLength, power.walk.rowStride)
        power.walk.forEachRow { row, start in
            for index in 0..<length {
                target[row * length + index] = raise(
                    bases[start.a + index * stride.a], exponents[start.b + index * stride.b])
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
        walk.forEachRow { _, start in
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
