/// What calibration saw of one value: one number per channel in each list.
public struct ChannelStatistics: Sendable, Equatable {
    /// Smallest value.
    public let minimum: [Float]
    /// Largest value.
    public let maximum: [Float]
    /// Mean over all pixels and frames.
    public let mean: [Float]

    /// Three lists of equal length.
    public init(minimum: [Float], maximum: [Float], mean: [Float]) {
        self.minimum = minimum
        self.maximum = maximum
        self.mean = mean
    }
}

/// What calibration saw behind the `relu(x * scale + shift)` in front of a convolution: one number per channel.
public struct PrologueStatistics: Sendable, Equatable {
    /// Largest value; the smallest is 0.
    public let maximum: [Float]
    /// Mean over all pixels and frames.
    public let mean: [Float]
    /// Share of pixels above 0.
    public let activity: [Float]

    /// Three lists of equal length.
    public init(maximum: [Float], mean: [Float], activity: [Float]) {
        self.maximum = maximum
        self.mean = mean
        self.activity = activity
    }
}

/// Everything that quantisation knows about a network's activations, by the names of the compiled graph.
public struct ActivationRanges: Sendable, Equatable {
    /// Value name -> statistics.
    public var values: [String: ChannelStatistics]
    /// Name of a convolution with a prologue -> what comes out of the prologue.
    public var prologues: [String: PrologueStatistics]
    /// Nodes that stay in fp32 although they have an int8 step: those whose measured error was too large.
    public var inHigherPrecision: Set<String>

    /// Ranges; all empty by default.
    public init(
        values: [String: ChannelStatistics] = [:], prologues: [String: PrologueStatistics] = [:],
        inHigherPrecision: Set<String> = []
    ) {
        self.values = values
        self.prologues = prologues
        self.inHigherPrecision = inHigherPrecision
    }
}
