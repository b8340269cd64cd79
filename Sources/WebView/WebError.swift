/// Why the web view cannot be served: one line for people.
public struct WebError: Error, Sendable, CustomStringConvertible {
    /// What, where, what to do.
    public let description: String
    /// Whether the options are at fault, not the machine.
    public let isUsage: Bool

    init(_ description: String, isUsage: Bool = false) {
        self.description = description
        self.isUsage = isUsage
    }
}
