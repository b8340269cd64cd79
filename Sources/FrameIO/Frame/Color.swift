/// Whether luma 16...235 or 0...255 spans black to white.
public enum ColorRange: UInt8, Sendable {
    /// "TV" range: luma 16...235, chroma 16...240.
    case limited
    /// "PC" or JPEG range: 0...255.
    case full

    /// The range that an option names: `limited`, `tv`, `full`, `pc`; nil for others.
    public init?(name: String) {
        switch name {
        case "limited", "tv": self = .limited
        case "full", "pc", "jpeg": self = .full
        default: return nil
        }
    }

    /// `limited` or `full`.
    public var name: String { self == .limited ? "limited" : "full" }
}

/// The coefficients between R'G'B' and Y'CbCr.
public enum ColorMatrix: UInt8, Sendable {
    /// ITU-R BT.601: JPEG, and every stream that does not say otherwise.
    case bt601
    /// ITU-R BT.709: high-definition video.
    case bt709

    /// The matrix that an option names: `bt601`, `bt709`; nil for others.
    public init?(name: String) {
        switch name {
        case "bt601", "601": self = .bt601
        case "bt709", "709": self = .bt709
        default: return nil
        }
    }

    /// `bt601` or `bt709`.
    public var name: String { self == .bt601 ? "bt601" : "bt709" }
}

/// A frame rate as a fraction, as stream headers carry it.
public struct FrameRate: Sendable, Equatable {
    /// Frames in `denominator` seconds; above 0.
    public let numerator: Int
    /// Seconds in which `numerator` frames pass; above 0.
    public let denominator: Int

    /// Nil unless both are in 1...1,000,000,000 (a rate of 0:0 means "unknown").
    public init?(numerator: Int, denominator: Int) {
        guard 1...1_000_000_000 ~= numerator, 1...1_000_000_000 ~= denominator else { return nil }
        self.numerator = numerator
        self.denominator = denominator
    }

    /// Parses `25`, `29.97` (as 2997/100) or `30000/1001`; nil for what is no positive rate.
    public init?(_ text: String) {
        let parts = text.split(whereSeparator: { $0 == "/" || $0 == ":" })
        if parts.count == 2, let n = Int(parts[0]), let d = Int(parts[1]) {
            self.init(numerator: n, denominator: d)
        } else if parts.count == 1, let n = Int(text) {
            self.init(numerator: n, denominator: 1)
        } else if parts.count == 1, let rate = Double(text), rate > 0, rate < 100_000 {
            self.init(numerator: Int((rate * 1000).rounded()), denominator: 1000)
        } else {
            return nil
        }
    }

    /// Frames in a second.
    public var framesPerSecond: Double { Double(numerator) / Double(denominator) }

    /// Nanoseconds from the first frame to frame `index` at this rate. A schedule, not a capture time.
    public func nanoseconds(ofFrame index: UInt64) -> Int64 {
        let product = index.multipliedFullWidth(by: UInt64(denominator) * 1_000_000_000)
        guard product.high < UInt64(numerator) else { return .max }
        let quotient = UInt64(numerator).dividingFullWidth(product).quotient
        return quotient > UInt64(Int64.max) ? .max : Int64(quotient)
    }
}
