/// What a decision threshold keeps, for the pipeline's strict rule: a pixel is unknown where its score is above it.
public enum ThresholdRule: Sendable, Equatable {
    /// At least this share (0...1) of the anomaly pixels is found: the greatest such threshold.
    case truePositives(Double)
    /// At most this share of the inlier pixels is unknown: the least such threshold.
    case falsePositives(Double)
    /// At most this share of the frames raises the alarm: the least such threshold.
    case alarmedFrames(Double, FrameAlarm)

    /// `TPR 95`, `FPR 1`, `frames 5 (region 500 px)`.
    public var text: String {
        switch self {
        case .truePositives(let rate): "TPR \(Percent.text(rate))"
        case .falsePositives(let rate): "FPR \(Percent.text(rate))"
        case .alarmedFrames(let rate, let alarm): "frames \(Percent.text(rate)) (\(alarm.text))"
        }
    }

    /// The rule with its sign: `TPR >= 95 %`.
    public func text(_ tie: TieRule) -> String {
        switch self {
        case .truePositives(let rate): "TPR \(sign(tie)) \(Percent.text(rate)) %"
        case .falsePositives(let rate): "FPR \(sign(tie)) \(Percent.text(rate)) %"
        case .alarmedFrames(let rate, let alarm): "frames with \(alarm.text) \(sign(tie)) \(Percent.text(rate)) %"
        }
    }

    /// `>=` or `>` for rates that must be reached, `<=` or `<` for those that must not be passed.
    public func sign(_ tie: TieRule) -> String {
        switch (self, tie) {
        case (.truePositives, _): tie.rawValue
        case (_, .atLeast): "<="
        case (_, .above): "<"
        }
    }

    /// The tie rule of a sign; nil for a sign that is not this rule's.
    public func tieRule(_ sign: String) -> TieRule? { TieRule.allCases.first { self.sign($0) == sign } }

    /// What must be counted in frames.
    public var alarm: FrameAlarm? {
        if case .alarmedFrames(_, let alarm) = self { alarm } else { nil }
    }

    /// The rate that is kept.
    var rate: Double {
        switch self {
        case .truePositives(let rate), .falsePositives(let rate), .alarmedFrames(let rate, _): rate
        }
    }

    /// Whether `value` keeps the rate.
    func keeps(_ value: Double, _ tie: TieRule) -> Bool {
        switch (self, tie) {
        case (.truePositives, .atLeast): value >= rate
        case (.truePositives, .above): value > rate
        case (_, .atLeast): value <= rate
        case (_, .above): value < rate
        }
    }
}

/// Shares as people write them.
enum Percent {
    /// `95`, `0.5`, `99.99`: a share in percent, without the noise of binary fractions.
    static func text(_ share: Double) -> String {
        let millionths = (share * 100_000_000).rounded() / 1_000_000
        return millionths == millionths.rounded() ? "\(Int(millionths))" : "\(millionths)"
    }
}
