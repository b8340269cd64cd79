import Foundation
import FrameIO
import Testing

/// A recording that the public Python packages wrote, and what must be read from it.
struct Recording: Decodable, Sendable, CustomTestStringConvertible {
    struct Frame: Decodable {
        let capture_ns: Int64
        let payload: String
        let width: Int
        let height: Int
        let bytes: Int
    }

    let name: String
    let topic: String?
    let error: String?
    let gaps: Int
    let frames: [Frame]

    var testDescription: String { name }

    private static let folder: String = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        return (ProcessInfo.processInfo.environment["DENSEHYBRID_FIXTURES"] ?? package + "/.fixtures") + "/recordings"
    }()

    private static let command = "python -m tools.recording.generate --out .fixtures/recordings"

    /// All of them; one that cannot exist where the folder is missing, so that the tests fail and say so.
    static let all: [Recording] = {
        let list = (try? Data(contentsOf: URL(fileURLWithPath: folder + "/expected.json"))) ?? Data()
        let missing = Recording(
            name: "\(folder) is missing: \(command)", topic: nil, error: nil, gaps: 0, frames: [])
        return (try? JSONDecoder().decode([Recording].self, from: list)) ?? [missing]
    }()

    static let readable = all.filter { $0.error == nil }

    static func path(_ name: String) throws -> String {
        let path = "\(folder)/\(name).mcap"
        try #require(FileManager.default.fileExists(atPath: path), "\(path) is missing: \(command)")
        return path
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// The frames' packed bytes.
    func expectedBytes() throws -> [[UInt8]] {
        let path = try Self.path(name).dropLast(4) + "bin"
        var rest = Array(try Data(contentsOf: URL(fileURLWithPath: String(path))))[...]
        return frames.map { frame in
            defer { rest = rest.dropFirst(frame.bytes) }
            return Array(rest.prefix(frame.bytes))
        }
    }

    /// Compares all that a source gave.
    func expect(_ reading: Reading, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(!reading.truncated && reading.corruptions.isEmpty, sourceLocation: sourceLocation)
        #expect(reading.frames.map(\.header.captureNanoseconds) == frames.map(\.capture_ns))
        #expect(reading.frames.map(\.header.payload.name) == frames.map(\.payload))
        #expect(reading.frames.map(\.header.width) == frames.map(\.width))
        #expect(reading.frames.map(\.header.height) == frames.map(\.height))
        #expect(reading.frames.map(\.header.id) == Array(0..<UInt64(frames.count)))
        #expect(reading.frames.map(\.bytes) == (try expectedBytes()), sourceLocation: sourceLocation)
    }
}
