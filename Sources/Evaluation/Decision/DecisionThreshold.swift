/// A share of pixels or frames, with an interval over frames.
public struct DecisionRate: Sendable, Equatable {
    /// Pixels or frames that the decision calls unknown.
    public let hits: Int
    /// All of them.
    public let total: Int
    /// Frames that have hits.
    public let framesWithHits: Int
    /// Two-sided interval; nil where one frame is all there is.
    public let interval: ClosedRange<Double>?

    /// hits / total.
    public var share: Double { Double(hits) / Double(total) }
}

/// A threshold that was chosen by a rule, and what it does on the frames it was chosen from.
public struct DecisionThreshold: Sendable, Equatable {
    /// A pixel is unknown where its score is above this.
    public let value: Float
    /// What the other reading of a rate that is reached exactly would give; nil where nothing fits it.
    public let otherValue: Float?
    /// Share of anomaly pixels found; nil without anomalies.
    public let truePositives: DecisionRate?
    /// Share of inlier pixels called unknown; nil without inliers.
    public let falsePositives: DecisionRate?
    /// Share of frames with an alarm; nil where none was defined.
    public let alarmedFrames: DecisionRate?
}

extension DecisionSample {
    /// How a threshold is chosen.
    public struct Choice: Sendable {
        /// What it keeps.
        public var rule: ThresholdRule
        /// What to do with a rate that is reached exactly.
        public var tie: TieRule = .atLeast
        /// Nil: the rate on these frames keeps the rule. Else (0...1) the bound of it does, one-sided at this confidence:
        /// exact binomial for frames, by the bootstrap for pixels.
        public var confidence: Double?
        /// Draws of frames, for pixels' bounds and intervals; its confidence is that of all intervals.
        public var bootstrap = Bootstrap()

        /// By `rule`.
        public init(_ rule: ThresholdRule) { self.rule = rule }
    }

    /// The threshold by a choice, with the rates that it reaches here. With exact scores the values are those of
    /// scikit-learn's `roc_curve(drop_intermediate=False)`, lowered to the strict rule. O(32 x frames x draws) with a
    /// confidence.
    public func threshold(_ choice: Choice) throws(EvaluationError) -> DecisionThreshold {
        try checkPixels(choice.rule)
        guard let value = value(choice) else { throw Self.unreachable(choice, frames: frameCount) }
        var other = choice
        other.tie = choice.tie == .atLeast ? .above : .atLeast
        // Above it in the order of scores, strictly.
        let key = OrderedKey.key(value) + 1
        return DecisionThreshold(
            value: value, otherValue: self.value(other),
            truePositives: pixels(\.anomalies, key, choice.bootstrap),
            falsePositives: pixels(\.inliers, key, choice.bootstrap),
            alarmedFrames: alarm == nil ? nil : alarmed(key, choice.bootstrap.confidence))
    }

    private func checkPixels(_ rule: ThresholdRule) throws(EvaluationError) {
        guard frameCount > 0 else { throw .dataset("no frame was scored: the input holds none") }
        if case .truePositives = rule {
            if anomalyCount > 0 { return }
            throw .scores(
                "no pixel of the \(frameCount) pictures is an anomaly (\(inlierCount) inlier, \(voidCount) void): a true "
                    + "positive rate needs some; check which label values mean anomaly, or calibrate by inliers (--fpr)"
            )
        }
        guard inlierCount > 0 else {
            throw .scores(
                "no pixel of the \(frameCount) pictures is an inlier (\(anomalyCount) anomaly, \(voidCount) void): check "
                    + "what the label values mean")
        }
    }

    private static func unreachable(_ choice: Choice, frames: Int) -> EvaluationError {
        let wanted = choice.rule.text(choice.tie)
        guard let confidence = choice.confidence else { return .scores("no threshold keeps \(wanted) on these frames") }
        let percent = Percent.text(confidence)
        guard case .alarmedFrames(let rate, _) = choice.rule, rate > 0 else {
            return .scores(
                "no threshold keeps \(wanted) at \(percent) % confidence on \(frames) frames: add frames, or lower the "
                    + "confidence")
        }
        let needed = BinomialLimit.trialsNeeded(rate: rate, confidence: confidence)
        return .scores(
            "\(frames) frames cannot show \(wanted) at \(percent) % confidence, even without an alarm: that takes "
                + "\(needed) frames; add some, allow more alarms, or lower the confidence")
    }

    /// The threshold; nil where none keeps the rule.
    private func value(_ choice: Choice) -> Float? {
        let key: UInt32?
        switch choice.rule {
        case .truePositives: key = greatestKey { keeps(choice, \.anomalies, $0) }
        case .falsePositives: key = leastKey { keeps(choice, \.inliers, $0) }
        case .alarmedFrames:
            guard let allowed = allowedFrames(choice) else { return nil }
            key = leastKey { key in frames.count { $0.criticalKey >= key } <= allowed }
        }
        return key.map(Self.strictThreshold)
    }

    /// Whether pixels from `key` up keep the rule: their share, or its bound.
    private func keeps(_ choice: Choice, _ kind: KeyPath<Frame, KeyCounts>, _ key: UInt32) -> Bool {
        let hits = frames.map { $0[keyPath: kind].count(atLeast: key) }
        let totals = frames.map { $0[keyPath: kind].count }
        guard let confidence = choice.confidence else {
            return choice.rule.keeps(
                Double(hits.reduce(0, +)) / Double(totals.reduce(0, +)), choice.tie)
        }
        let shares = choice.bootstrap.shares(hits: hits, of: totals)
        guard frames.count > 1, !shares.isEmpty else { return false }
        let isLower = if case .truePositives = choice.rule { true } else { false }
        return choice.rule.keeps(
            Bootstrap.quantile(of: shares, at: isLower ? 1 - confidence : confidence), choice.tie)
    }

    /// Most alarmed frames that keep the rule; nil where even none does not.
    private func allowedFrames(_ choice: Choice) -> Int? {
        func keeps(_ count: Int) -> Bool {
            choice.rule.keeps(
                choice.confidence.map { BinomialLimit.upper(hits: count, of: frames.count, confidence: $0) }
                    ?? Double(count) / Double(frames.count), choice.tie)
        }
        guard keeps(0) else { return nil }
        var low = 0, high = frames.count + 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if middle <= frames.count && keeps(middle) { low = middle } else { high = middle }
        }
        return low
    }

    private func pixels(
        _ kind: KeyPath<Frame, KeyCounts>, _ key: UInt32, _ bootstrap: Bootstrap
    ) -> DecisionRate? {
        let hits = frames.map { $0[keyPath: kind].count(atLeast: key) }
        let totals = frames.map { $0[keyPath: kind].count }
        let total = totals.reduce(0, +)
        if total == 0 { return nil }
        return DecisionRate(
            hits: hits.reduce(0, +), total: total, framesWithHits: hits.count { $0 > 0 },
            interval: frames.count > 1 ? bootstrap.interval(hits: hits, of: totals) : nil)
    }

    private func alarmed(_ key: UInt32, _ confidence: Double) -> DecisionRate {
        let hits = frames.count { $0.criticalKey >= key }
        return DecisionRate(
            hits: hits, total: frames.count, framesWithHits: hits,
            interval: BinomialLimit.interval(hits: hits, of: frames.count, confidence: confidence))
    }
}

// MARK: - Search over keys

extension DecisionSample {
    /// Keys that thresholds are searched among: all numbers and one above, or the lower ends of bins.
    private var range: (low: UInt32, high: UInt32, shift: UInt32) {
        let (low, high) = (OrderedKey.key(-.infinity), OrderedKey.key(.infinity) + 1)
        if !isBinned { return (low, high, 0) }
        let shift = ScoreHistogram.droppedBits
        return (low >> shift, high >> shift + 1, shift)
    }

    /// The greatest key for which `holds`, which holds up to some key and not above; nil where it never does.
    private func greatestKey(_ holds: (UInt32) -> Bool) -> UInt32? {
        var (low, high, shift) = range
        if !holds(low << shift) { return nil }
        if holds(high << shift) { return high << shift }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if holds(middle << shift) { low = middle } else { high = middle }
        }
        return low << shift
    }

    /// The least key for which `holds`, which holds from some key up; nil where it never does.
    private func leastKey(_ holds: (UInt32) -> Bool) -> UInt32? {
        var (low, high, shift) = range
        if !holds(high << shift) { return nil }
        if holds(low << shift) { return low << shift }
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if holds(middle << shift) { high = middle } else { low = middle }
        }
        return high << shift
    }

    /// The threshold for score > threshold that finds what has at least `key`.
    private static func strictThreshold(_ key: UInt32) -> Float {
        if key > OrderedKey.key(.infinity) { return .infinity }
        if key <= OrderedKey.key(-.infinity) { return -.infinity }
        return OperatingPoint(score: OrderedKey.score(key), truePositiveRate: 0, falsePositiveRate: 0).threshold
    }
}
