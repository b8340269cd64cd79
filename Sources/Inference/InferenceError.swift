/// Why a graph cannot be compiled. The message is one line: what, where, what to do.
public struct InferenceError: Error, CustomStringConvertible {
    /// The message.
    public let description: String

    init(_ description: String) { self.description = description }

    static func node(_ name: String, _ operation: String, _ problem: String) -> InferenceError {
        InferenceError("node '\(name)' (\(operation)): \(problem)")
    }
}
