/// What a byte of a label picture means for anomaly detection.
public struct LabelRoles: Sendable, Equatable {
    /// Role of one pixel.
    public enum Role: UInt8, Sendable {
        /// Known content: should score low.
        case inlier
        /// Should score high.
        case anomaly
        /// Takes no part.
        case void
    }

    /// Role of every byte value.
    let roles: [Role]

    /// Bytes in `anomaly` are anomalies, those in `void` are left out, all others are inliers.
    public init(anomaly: Set<UInt8>, void: Set<UInt8>) throws(EvaluationError) {
        guard !anomaly.isEmpty else { throw .labels("no label value means anomaly: name at least one") }
        if let both = anomaly.intersection(void).min() {
            throw .labels("label value \(both) is both anomaly and void")
        }
        self.init { anomaly.contains($0) ? .anomaly : void.contains($0) ? .void : .inlier }
    }

    /// Roles by a rule for each byte.
    init(_ role: (UInt8) -> Role) { roles = (UInt8.min...UInt8.max).map(role) }

    /// Every value above 0 but 255 is an anomaly; 255 is void. Fits all sets that mark anomalies by 1 or 2.
    public static let anyAboveZero = LabelRoles { $0 == 0 ? .inlier : $0 == 255 ? .void : .anomaly }

    /// Role of a label byte.
    public subscript(label: UInt8) -> Role { roles[Int(label)] }

    /// The void values in few words, for reports.
    public var voidRule: String {
        let values = (0...255).filter { roles[$0] == .void }
        guard !values.isEmpty else { return "none" }
        var parts: [String] = []
        for value in values {
            if value == 0 || roles[value - 1] != .void {
                let last = values.first { $0 >= value && ($0 == 255 || roles[$0 + 1] != .void) } ?? value
                parts.append(last == value ? "\(value)" : "\(value)-\(last)")
            }
        }
        return "label \(parts.joined(separator: ", "))"
    }

    /// Parses the values of `--anomaly-values` and `--void-values`: numbers from 0 to 255 with commas between.
    public static func values(_ argument: String) throws(EvaluationError) -> Set<UInt8> {
        var values = Set<UInt8>()
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let value = UInt8(part) else {
                throw .labels("'\(argument)' is no list of label values: want numbers from 0 to 255, as in 1,2")
            }
            values.insert(value)
        }
        return values
    }
}
