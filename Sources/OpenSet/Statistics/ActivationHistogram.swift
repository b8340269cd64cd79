/// Counts activations of unknown range in one pass: bins that double their width when a value lies outside.
public struct ActivationHistogram: Sendable {
    /// Bins between -reach and reach.
    public static let bins = 16384

    private var counts = [Int](repeating: 0, count: bins)
    private var reach: Float = 0
    private var total = 0

    /// Nothing counted.
    public init() {}

    /// Values that were counted.
    public var count: Int { total }

    /// Counts `value`; one that is not finite is left out.
    public mutating func add(_ value: Float) {
        guard value.isFinite else { return }
        while abs(value) >= reach { widen(for: value) }
        let place = Int((value / reach + 1) * Float(Self.bins / 2))
        counts[min(max(place, 0), Self.bins - 1)] += 1
        total += 1
    }

    /// Counts every channel of every pixel of blocked activations, [ceil(C/8)][pixels][8].
    public mutating func add(blocked: UnsafePointer<Float>, channels: Int, pixels: Int) {
        for channel in 0..<channels {
            let plane = blocked + channel / 8 * pixels * 8 + channel % 8
            for pixel in 0..<pixels { add(plane[pixel * 8]) }
        }
    }

    /// The percentile: the upper edge of the bin where the share of values reaches it, so at most one bin too high. nil
    /// while nothing was counted.
    public func percentile(_ percent: Double) -> Double? {
        guard total > 0 else { return nil }
        let wanted = percent / 100 * Double(total)
        var below = 0
        for (bin, count) in counts.enumerated() {
            below += count
            if Double(below) >= wanted && below > 0 {
                return Double(reach) * (Double(bin + 1) / Double(Self.bins / 2) - 1)
            }
        }
        return Double(reach)
    }

    /// Doubles the range; pairs of bins become one.
    private mutating func widen(for value: Float) {
        if reach == 0 {
            reach = 1.0 / 1024
            return
        }
        var wider = [Int](repeating: 0, count: Self.bins)
        for bin in 0..<Self.bins { wider[Self.bins / 4 + bin / 2] += counts[bin] }
        counts = wider
        reach *= 2
    }
}
