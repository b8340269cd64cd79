internal import Foundation
internal import FrameIO

/// The folder of the slowest frames: `worst.json`, and for each frame a folder `frame-000123` with its times, its input, a
/// trace and, where asked for, the overlay. Used by one thread.
final class WorstFolder: Sendable {
    private let path: String
    private let messages: @Sendable (String) -> Void

    init(path: String, messages: @escaping @Sendable (String) -> Void) {
        self.path = path
        self.messages = messages
    }

    /// Writes a frame's folder aside and puts it in place of an older one; what went wrong, if anything. Nothing is left
    /// aside.
    func write(_ frame: WorstFrame, trace: TraceSlice?) -> String? {
        let name = Self.name(frame.record.frameID)
        let aside = "\(path)/.\(name).partial"
        defer { try? FileManager.default.removeItem(atPath: aside) }
        return attempt(name) {
            try? FileManager.default.removeItem(atPath: aside)
            try FileManager.default.createDirectory(atPath: aside, withIntermediateDirectories: false)
            try Self.put(Data(frame.json.utf8), in: aside, "frame.json")
            if let trace { try Self.put(Data(trace.text(title: name).utf8), in: aside, "trace.json") }
            let input = try FrameFile(frame.header, frame.encoded.contents)
            try Self.put(Data(input.contents), in: aside, "input.\(input.ending)")
            if frame.overlay.count > 0 {
                let picture = try FrameFile(
                    FrameHeader(
                        id: frame.header.id, payload: .raw(.rgb24), width: frame.header.width,
                        height: frame.header.height, byteCount: frame.overlay.count), frame.overlay.contents)
                try Self.put(Data(picture.contents), in: aside, "overlay.\(picture.ending)")
            }
            let place = "\(path)/\(name)"
            if FileManager.default.fileExists(atPath: place) {
                // Two folders cannot change places in one step portably: the older one goes first, the newer is whole.
                try FileManager.default.removeItem(atPath: place)
            }
            guard rename(aside, place) == 0 else {
                throw FrameIOError.system(operation: "rename to", path: place, code: errno)
            }
        }
    }

    /// Writes the list, the slowest first.
    func rank(_ frames: [UInt64]) -> String? {
        attempt("worst.json") {
            let names = frames.map { "\"\(Self.name($0))\"" }
            let text = "{\"slowest_first\":[" + names.joined(separator: ",") + "]}\n"
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/worst.json"), options: .atomic)
        }
    }

    /// Whether there is a folder of the frame.
    func holds(_ frame: UInt64) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(Self.name(frame))") }

    /// Removes a frame that is no longer among the slowest.
    func remove(_ frame: UInt64) { try? FileManager.default.removeItem(atPath: "\(path)/\(Self.name(frame))") }

    private func attempt(_ what: String, _ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            let text =
                "worst frames: cannot write \(what) in \(path): \((error as? FrameIOError)?.description ?? error.localizedDescription)"
            messages(text)
            return text
        }
    }

    private static func put(_ data: Data, in folder: String, _ name: String) throws {
        try data.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }

    private static func name(_ frame: UInt64) -> String {
        let number = "\(frame)"
        return "frame-" + String(repeating: "0", count: max(0, 6 - number.count)) + number
    }
}
