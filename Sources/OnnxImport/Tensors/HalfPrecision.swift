/// Widening of 16-bit floats to float32, exact for every pattern. Loops without branches, so that they vectorise:
/// models hold a hundred million of these.
enum HalfPrecision {
    /// IEEE binary16. `source` and `destination` have equal counts.
    static func widen(_ source: UnsafeBufferPointer<UInt16>, into destination: UnsafeMutableBufferPointer<Float>) {
        precondition(source.count == destination.count)
        for index in 0..<source.count {
            let bits = UInt32(UInt16(littleEndian: source[index]))
            let magnitude = bits & 0x7FFF
            // Rebias the exponent by 127 - 15; infinities and NaNs by as much again, to the top.
            let rebias: UInt32 = magnitude >= 0x7C00 ? 224 << 23 : 112 << 23
            let normal = (magnitude << 13) &+ rebias
            let subnormal = (Float(Int32(bitPattern: magnitude)) * 0x1p-24).bitPattern
            destination[index] = Float(bitPattern: (bits & 0x8000) << 16 | (magnitude < 0x400 ? subnormal : normal))
        }
    }

    /// bfloat16: the upper half of a float32.
    static func widenBrain(_ source: UnsafeBufferPointer<UInt16>, into destination: UnsafeMutableBufferPointer<Float>) {
        precondition(source.count == destination.count)
        for index in 0..<source.count {
            destination[index] = Float(bitPattern: UInt32(UInt16(littleEndian: source[index])) << 16)
        }
    }
}
