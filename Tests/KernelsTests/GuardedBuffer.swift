import Testing

/// Floats between guard bytes; a kernel that writes outside its buffer is found.
final class GuardedBuffer {
    private static let guardBytes = 256
    private static let pattern: UInt8 = 0xA5
    private let memory: UnsafeMutableRawBufferPointer
    let floats: UnsafeMutableBufferPointer<Float>

    /// `shift` misaligns the buffer by that many floats.
    init(_ elements: [Float], shift: Int = 0) {
        let bytes = elements.count * 4
        memory = .allocate(byteCount: bytes + 2 * Self.guardBytes + 64, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: Self.pattern)
        let start = memory.baseAddress! + Self.guardBytes + shift * 4
        floats = UnsafeMutableBufferPointer(
            start: start.bindMemory(to: Float.self, capacity: elements.count), count: elements.count)
        _ = floats.initialize(from: elements)
    }

    deinit { memory.deallocate() }

    var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(floats.baseAddress!) }
    var bytes: UnsafeMutablePointer<UInt8> { raw.assumingMemoryBound(to: UInt8.self) }
    var elements: [Float] { Array(floats) }

    /// Whether everything around the floats is untouched.
    var isIntact: Bool {
        let first = raw - memory.baseAddress!
        let last = first + floats.count * 4
        return (0..<memory.count).allSatisfy { ($0 >= first && $0 < last) || memory[$0] == Self.pattern }
    }
}

/// Largest difference relative to the magnitude of what was summed.
func worstRelativeError(_ values: [Float], _ reference: [Float], scale: [Float]) -> Float {
    var worst: Float = 0
    for index in values.indices {
        worst = max(worst, abs(values[index] - reference[index]) / max(scale[index], 1e-30))
    }
    return worst
}
