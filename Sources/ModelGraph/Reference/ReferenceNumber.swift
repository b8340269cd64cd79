/// What a long sum needs of its type.
protocol SumNumber: BitwiseCopyable {
    static var zero: Self { get }
    static var one: Self { get }
    var asDouble: Double { get }
    static func plus(_ a: Self, _ b: Self) -> Self
    static func times(_ a: Self, _ b: Self) -> Self
}

/// A number as ONNX operators see it: integers wrap as NumPy's do, nothing traps.
protocol ReferenceNumber: SumNumber, TensorElement, Comparable {
    /// The type in which long sums are accumulated: Double for floats, the type itself (wrapping) for integers.
    associatedtype Sum: SumNumber

    /// Neutral element of `max` (minus infinity for floats).
    static var lowest: Self { get }
    /// Neutral element of `min`.
    static var highest: Self { get }
    static var isInteger: Bool { get }
    var isNotANumber: Bool { get }
    var magnitudeValue: Self { get }
    var widened: Sum { get }

    init(narrowing sum: Sum)
    /// Truncates towards zero and saturates; NaN becomes 0 in integers.
    init(truncating value: Double)

    /// ONNX's `Cast`: integers keep their low bits, floats truncate and saturate.
    static func cast(_ other: some ReferenceNumber) -> Self
    /// The low 64 bits of an integer, sign-extended; 0 for floats.
    var lowBits: Int64 { get }

    static func minus(_ a: Self, _ b: Self) -> Self
    /// Integers truncate; division of an integer by zero gives 0.
    static func divided(_ a: Self, _ b: Self) -> Self
    /// Remainder with the sign of the divisor (0 for an integer divisor 0).
    static func floorModulo(_ a: Self, _ b: Self) -> Self
    /// Remainder with the sign of the dividend (0 for an integer divisor 0).
    static func truncatedModulo(_ a: Self, _ b: Self) -> Self
    /// Integer power that wraps; the reciprocals of integers truncate. Floats have none and give 0.
    static func integerPower(_ base: Self, exponent: UInt64, isNegative: Bool) -> Self
}

/// Float32 and float64.
protocol ReferenceFloat: ReferenceNumber, BinaryFloatingPoint where Sum == Double {}

extension ReferenceFloat {
    static var one: Self { 1 }
    static var lowest: Self { -.infinity }
    static var highest: Self { .infinity }
    static var isInteger: Bool { false }
    var isNotANumber: Bool { isNaN }
    var magnitudeValue: Self { magnitude }
    var widened: Double { Double(self) }
    var asDouble: Double { Double(self) }
    init(narrowing sum: Double) { self.init(sum) }
    init(truncating value: Double) { self.init(value) }
    var lowBits: Int64 { 0 }
    static func cast(_ other: some ReferenceNumber) -> Self {
        guard type(of: other).isInteger else { return Self(other.asDouble) }
        // Straight from the integer, so that it is rounded once.
        return other < .zero ? Self(other.lowBits) : Self(UInt64(bitPattern: other.lowBits))
    }
    static func plus(_ a: Self, _ b: Self) -> Self { a + b }
    static func minus(_ a: Self, _ b: Self) -> Self { a - b }
    static func times(_ a: Self, _ b: Self) -> Self { a * b }
    static func divided(_ a: Self, _ b: Self) -> Self { a / b }
    static func truncatedModulo(_ a: Self, _ b: Self) -> Self { a.truncatingRemainder(dividingBy: b) }
    static func floorModulo(_ a: Self, _ b: Self) -> Self {
        let remainder = a.truncatingRemainder(dividingBy: b)
        // A zero has the divisor's sign as well.
        if remainder == 0 { return Self(signOf: b, magnitudeOf: remainder) }
        return (remainder < 0) != (b < 0) ? remainder + b : remainder
    }
    static func integerPower(_ base: Self, exponent: UInt64, isNegative: Bool) -> Self { 0 }
}

/// The eight integer types.
protocol ReferenceInteger: ReferenceNumber, FixedWidthInteger where Sum == Self {}

extension ReferenceInteger {
    static var one: Self { 1 }
    static var lowest: Self { min }
    static var highest: Self { max }
    static var isInteger: Bool { true }
    var isNotANumber: Bool { false }
    var magnitudeValue: Self { Self(truncatingIfNeeded: magnitude) }
    var widened: Self { self }
    var asDouble: Double { Double(self) }
    init(narrowing sum: Self) { self = sum }
    init(truncating value: Double) {
        if value.isNaN {
            self = 0
        } else if let exact = Self(exactly: value.rounded(.towardZero)) {
            self = exact
        } else {
            self = value < 0 ? .min : .max
        }
    }
    var lowBits: Int64 { Int64(truncatingIfNeeded: self) }
    static func cast(_ other: some ReferenceNumber) -> Self {
        type(of: other).isInteger ? Self(truncatingIfNeeded: other.lowBits) : Self(truncating: other.asDouble)
    }
    static func plus(_ a: Self, _ b: Self) -> Self { a &+ b }
    static func minus(_ a: Self, _ b: Self) -> Self { a &- b }
    static func times(_ a: Self, _ b: Self) -> Self { a &* b }
    static func divided(_ a: Self, _ b: Self) -> Self { b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue }
    static func truncatedModulo(_ a: Self, _ b: Self) -> Self {
        b == 0 ? 0 : a.remainderReportingOverflow(dividingBy: b).partialValue
    }
    static func floorModulo(_ a: Self, _ b: Self) -> Self {
        let remainder = truncatedModulo(a, b)
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder &+ b : remainder
    }
    static func integerPower(_ base: Self, exponent: UInt64, isNegative: Bool) -> Self {
        if isNegative {
            if base == 1 { return 1 }
            // -1, the only other integer whose reciprocal does not truncate to 0.
            return isSigned && base &+ 1 == 0 ? (exponent % 2 == 0 ? 1 : base) : 0
        }
        var result: Self = 1
        var square = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = result &* square }
            square = square &* square
            rest >>= 1
        }
        return result
    }
}

extension Float: ReferenceFloat {}
extension Double: ReferenceFloat {}
extension Int8: ReferenceInteger {}
extension Int16: ReferenceInteger {}
extension Int32: ReferenceInteger {}
extension Int64: ReferenceInteger {}
extension UInt8: ReferenceInteger {}
extension UInt16: ReferenceInteger {}
extension UInt32: ReferenceInteger {}
extension UInt64: ReferenceInteger {}
