#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ReferenceEvaluator {
    static func evaluateUnary(_ function: UnaryFunction, _ input: RawTensor, _ output: MutableRawTensor) {
        switch function {
        case .abs, .neg, .sign, .relu:
            input.type.dispatch(UnaryNumberWork(function: function, input: input, output: output))
        case .not:
            let source = input.pointer(to: UInt8.self)
            let target = output.pointer(to: UInt8.self)
            for index in 0..<output.count { target[index] = source[index] == 0 ? 1 : 0 }
        default:
            input.type.dispatchFloat(UnaryFloatWork(function: function, input: input, output: output))
        }
    }
}

private struct UnaryNumberWork: NumberWork {
    let function: UnaryFunction
    let input: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_: Element.Type) {
        switch function {
        case .abs: map { (x: Element) in x.magnitudeValue }
        // Not 0 - x, which would lose the sign of zero.
        case .neg: map { (x: Element) in Element.isInteger ? .minus(.zero, x) : .times(x, Element(truncating: -1)) }
        case .sign:
            map { (x: Element) in x > .zero ? .one : x < .zero ? .minus(.zero, .one) : x }
        // NaN stays NaN.
        default: map { (x: Element) in x < .zero ? .zero : x }
        }
    }

    @inline(__always)
    private func map<Element: ReferenceNumber>(_ body: (Element) -> Element) {
        let source = input.pointer(to: Element.self)
        let target = output.pointer(to: Element.self)
        for index in 0..<output.count { target[index] = body(source[index]) }
    }
}

private struct UnaryFloatWork: FloatWork {
    let function: UnaryFunction
    let input: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceFloat>(_ type: Element.Type) {
        switch function {
        case .floor: map(type) { $0.rounded(.down) }
        case .ceil: map(type) { $0.rounded(.up) }
        case .round: map(type) { $0.rounded(.toNearestOrEven) }
        case .sqrt: map(type) { $0.squareRoot() }
        case .exp: map(type) { exp($0) }
        case .log: map(type) { log($0) }
        case .reciprocal: map(type) { 1 / $0 }
        case .sigmoid: map(type) { logistic($0) }
        case .tanh: map(type) { tanh($0) }
        // log(1 + e^x) without overflow.
        case .softplus: map(type) { ($0 > 0 ? $0 : 0) + log1p(exp(-$0.magnitude)) }
        case .erf: map(type) { erf($0) }
        case .abs, .neg, .sign, .relu, .not: preconditionFailure("\(function.rawValue) is not a float function")
        }
    }

    @inline(__always)
    private func map<Element: ReferenceFloat>(_: Element.Type, _ body: (Double) -> Double) {
        let source = input.pointer(to: Element.self)
        let target = output.pointer(to: Element.self)
        for index in 0..<output.count { target[index] = Element(body(Double(source[index]))) }
    }
}

/// 1 / (1 + e^-x).
func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

extension Double {
    /// The number after the activation; `slope` belongs to `parametricRelu`. NaN stays NaN.
    @inline(__always)
    func activated(_ activation: Activation, slope: Double) -> Double {
        switch activation {
        case .none: self
        case .relu: self < 0 ? 0 : self
        case .parametricRelu: self < 0 ? self * slope : self
        case .leakyRelu(let alpha): self < 0 ? self * Double(alpha) : self
        case .sigmoid: logistic(self)
        }
    }
}
