internal import Foundation

/// A report that can be printed as text for people and as JSON for programs.
public protocol BenchmarkReport: Encodable, Sendable {
    /// A table for people.
    var text: String { get }
}

extension BenchmarkReport {
    /// One JSON object; names in snake case, times in milliseconds.
    public func json(onOneLine: Bool = false) throws(BenchmarkError) -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = onOneLine ? [.sortedKeys] : [.prettyPrinted, .sortedKeys]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            throw BenchmarkError("the report cannot be written as JSON: \(error)")
        }
    }
}

/// Why something could not be measured. One line: what, where, what to do.
public struct BenchmarkError: Error, CustomStringConvertible {
    /// The message.
    public let description: String

    /// An error with its whole message.
    public init(_ description: String) { self.description = description }
}
