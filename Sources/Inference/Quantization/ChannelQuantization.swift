/// How a value is stored in 8 bits: a stored q of channel c stands for `scale[c] * (q - zero[c])`.
struct ChannelQuantization: Equatable {
    /// Positive.
    let scale: [Float]
    /// Whole numbers from 0 to 255, so that a real zero (padding, ReLU) is stored exactly.
    let zero: [Float]

    var channels: Int { scale.count }

    init(scale: [Float], zero: [Float]) {
        self.scale = scale
        self.zero = zero
    }

    /// Covers minimum to maximum and zero. Nothing is clipped: percentiles were measured to be worse.
    init(_ statistics: ChannelStatistics) {
        var scale: [Float] = []
        var zero: [Float] = []
        for (low, high) in zip(statistics.minimum, statistics.maximum) {
            let (bottom, top) = (min(low, 0), max(high, 0))
            let step = (top - bottom) / 255
            // A channel that is always zero needs some step; it is never seen.
            let used = step > 1e-30 && step.isFinite ? step : 1
            scale.append(used)
            zero.append(min(255, max(0, (-bottom / used).rounded(.toNearestOrEven))))
        }
        self.scale = scale
        self.zero = zero
    }

    /// The quantisation of a concatenation.
    init(joining parts: [ChannelQuantization]) {
        scale = parts.flatMap(\.scale)
        zero = parts.flatMap(\.zero)
    }
}

extension ChannelStatistics {
    /// The statistics of a concatenation.
    init(joining parts: [ChannelStatistics]) {
        self.init(
            minimum: parts.flatMap(\.minimum), maximum: parts.flatMap(\.maximum), mean: parts.flatMap(\.mean))
    }
}
