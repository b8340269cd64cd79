/// Why a model cannot be used. One line: what, where, what to do.
public struct ModelError: Error, CustomStringConvertible {
    /// The message.
    public let description: String

    /// An error with its whole message.
    public init(_ description: String) { self.description = description }
}
