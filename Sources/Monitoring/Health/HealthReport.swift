/// A judgement of one part of a run: a `DiagnosticStatus`.
public struct HealthStatus: Hashable, Sendable {
    /// A key and its value as text.
    public struct Value: Hashable, Sendable {
        /// The key, Autoware's where it has one.
        public let key: String
        /// The value; `waiting` before there is one.
        public let value: String
    }

    /// `densehybrid: input`, `processing` or `output`.
    public let name: String
    /// How bad it is.
    public var level: HealthLevel
    /// What is wrong, or what is going on.
    public var message: String
    /// Numbers.
    public var values: [Value] = []
    /// Whether texts and numbers are wanted; otherwise only the level is found, and nothing is allocated.
    let isTold: Bool

    init(name: String, level: HealthLevel, message: String, isTold: Bool = true) {
        self.name = name
        self.level = level
        self.message = message
        self.isTold = isTold
    }

    /// The value of a key.
    public subscript(key: String) -> String? { values.first { $0.key == key }?.value }

    mutating func add(_ key: String, _ value: @autoclosure () -> String?) {
        if isTold { values.append(Value(key: key, value: value() ?? "waiting")) }
    }

    mutating func add(_ key: String, milliseconds nanoseconds: Int64?) {
        add(key, nanoseconds.map { HealthStatus.milliseconds($0) })
    }

    mutating func add(_ key: String, flag: Bool?) { add(key, flag.map { $0 ? "true" : "false" }) }

    /// Makes it as bad as `level`, if it is not yet, and says why.
    mutating func raise(to level: HealthLevel, _ message: @autoclosure () -> String) {
        let isWorse = level > self.level || self.level == .ok
        if isWorse { self.level = level }
        if isTold { self.message = isWorse ? message() : self.message + "; " + message() }
    }

    /// Milliseconds with one digit behind the point, in whole-number arithmetic.
    static func milliseconds(_ nanoseconds: Int64) -> String {
        let tenths = max(0, nanoseconds) / 100_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}

/// A judgement of a run at one moment, without words. Trivial: making one allocates nothing.
public struct HealthGlance: Hashable, Sendable {
    /// What the input is doing.
    public let state: InputState
    /// Whether frames are worked on, or can be: false where a stage hangs.
    public let isWorking: Bool
    /// The worst level of all parts.
    public let level: HealthLevel
}

/// A judgement of a run at one moment.
public struct HealthReport: Hashable, Sendable {
    /// What the input is doing.
    public let state: InputState
    /// Whether frames are worked on, or can be: false where a stage hangs.
    public let isWorking: Bool
    /// Input, processing, output.
    public let parts: [HealthStatus]

    /// The worst of all parts.
    public var level: HealthLevel { parts.map(\.level).max() ?? .ok }

    /// For snapshots: the worst level, and what is wrong.
    public var judgement: RunSnapshot.Health {
        RunSnapshot.Health(
            level: level,
            messages: parts.filter { $0.level != .ok }.map { "\($0.name.dropFirst(13)): \($0.message)" })
    }
}
