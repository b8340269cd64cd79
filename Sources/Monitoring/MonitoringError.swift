internal import Glibc

/// Why monitoring cannot go on: one line for people.
public struct MonitoringError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What, where, and what to do.
    public let description: String

    /// An error with this text.
    public init(_ description: String) { self.description = description }

    /// The last error of the system while doing `what`.
    static func last(_ what: String) -> MonitoringError { MonitoringError("cannot \(what): \(systemText(errno))") }
}

/// The system's words for an error code.
func systemText(_ code: Int32) -> String { String(cString: strerror(code)) }
