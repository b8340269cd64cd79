/// Why a model cannot be used. One line: what, where, what to do.
public struct ModelError: Error, CustomStringConvertible {
    /// The message.
    public let description: String

    /// Whether options do not fit together, rather than a file being wrong.
    public let isUsage: Bool

    /// An error with its whole message.
    public init(_ description: String, isUsage: Bool = false) {
        self.description = description
        self.isUsage = isUsage
    }
}
