import Glibc

/// What stops a source or a sink for good. Prints as one line: what, where, what to do.
public enum FrameIOError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system refused: `operation` on `path` with errno `code`.
    case system(operation: String, path: String, code: Int32)
    /// The input is of a kind that cannot be read or written; the text names the remedy.
    case unsupported(String)
    /// The input breaks its own format.
    case malformed(String)
    /// The options do not fit together.
    case usage(String)
    /// A stream format that holds one size only met a frame of another; nothing of that frame has been written.
    case sizeChanged(String)
    /// Whoever read our output has closed it: end quietly.
    case downstreamClosed

    /// One line for people.
    public var description: String {
        switch self {
        case .system(let operation, let path, let code):
            "cannot \(operation) \(path): \(String(cString: strerror(code)))"
        case .unsupported(let text), .malformed(let text), .usage(let text), .sizeChanged(let text): text
        case .downstreamClosed: "the reader of the output has closed it"
        }
    }

    /// The error that errno stands for after a failed call.
    static func last(_ operation: String, _ path: String) -> FrameIOError {
        .system(operation: operation, path: path, code: errno)
    }
}
