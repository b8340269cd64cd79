internal import Foundation
public import Inference
internal import Yams

/// `int8-ranges.yaml` beside a model: what `densehybrid calibrate ranges` measured, and with which file and frames.
public struct RangesFile: CalibrationFile, Sendable, Equatable {
    /// The file's name in the model's folder.
    public static let name = "int8-ranges.yaml"
    static let maker = "ranges"

    /// SHA-256 of the network that was measured.
    public let modelSHA256: String
    /// Frames that were measured.
    public let frames: Int
    /// Network input sizes that they had.
    public let sizes: [String]
    /// The command that made the file.
    public let command: String
    /// The measured numbers, rounded to five digits.
    public let ranges: ActivationRanges

    /// Values that were measured.
    public var valueCount: Int { ranges.values.count }

    /// Describes `ranges`.
    public init(modelSHA256: String, frames: Int, sizes: [String], command: String, ranges: ActivationRanges) {
        self.modelSHA256 = modelSHA256
        self.frames = frames
        self.sizes = sizes
        self.command = command
        self.ranges = ranges
    }

    /// Reads the ranges of the model in `bundle`. Errors name the file and the command that makes it.
    public init(of bundle: ModelBundle) throws(ModelError) {
        try self.init(of: bundle, need: "--precision int8 needs calibrated ranges")
    }

    /// Writes the file aside and renames it.
    public func write(to path: String) throws(ModelError) { try writeAside(to: path) }
}

// MARK: - Text

extension RangesFile {
    /// The file's text: YAML, one line of numbers per list, one number per channel.
    public var text: String {
        var lines = [
            "# Ranges of the network's values, for --precision int8. One number per channel in each list; a list of zeros",
            "# is left out. Made by the command below; calibrate again when the model or the program's passes change.",
            "format: 1",
            "model_sha256: \(modelSHA256)",
            "frames: \(frames)",
            "sizes: [\(sizes.joined(separator: ", "))]",
            "command: \(Self.quoted(command))",
            "higher_precision: [\(ranges.inHigherPrecision.sorted().map(Self.quoted).joined(separator: ", "))]",
        ]
        func list(_ key: String, _ numbers: [Float]) {
            if numbers.contains(where: { $0 != 0 }) {
                lines.append("    \(key): \(numbers.map(Self.short).joined(separator: " "))")
            }
        }
        lines.append("values:" + (ranges.values.isEmpty ? " {}" : ""))
        for (name, value) in ranges.values.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(Self.quoted(name)):")
            lines.append("    channels: \(value.mean.count)")
            list("min", value.minimum)
            list("max", value.maximum)
            list("mean", value.mean)
        }
        lines.append("prologues:" + (ranges.prologues.isEmpty ? " {}" : ""))
        for (name, prologue) in ranges.prologues.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(Self.quoted(name)):")
            lines.append("    channels: \(prologue.mean.count)")
            list("max", prologue.maximum)
            list("mean", prologue.mean)
            list("active", prologue.activity)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func short(_ number: Float) -> String { String(format: "%.5g", number) }

    /// Parses `text`; errors say what is wrong, not where the file is.
    init(text: String) throws(ModelError) {
        let content: Content
        do {
            content = try YAMLDecoder().decode(Content.self, from: text)
        } catch {
            throw ModelError("it cannot be read (\("\(error)".prefix(120)))".replacing("\n", with: " "))
        }
        guard content.format == 1 else {
            throw ModelError("format \(content.format) is not known; this program reads format 1")
        }
        var ranges = ActivationRanges(inHigherPrecision: Set(content.higherPrecision))
        for (name, entry) in content.values {
            let statistics = ChannelStatistics(
                minimum: try entry.list(entry.min, of: name), maximum: try entry.list(entry.max, of: name),
                mean: try entry.list(entry.mean, of: name))
            guard zip(statistics.minimum, statistics.maximum).allSatisfy({ $0 <= $1 }) else {
                throw ModelError("'\(name)' has a minimum above its maximum")
            }
            ranges.values[name] = statistics
        }
        for (name, entry) in content.prologues {
            let statistics = PrologueStatistics(
                maximum: try entry.list(entry.max, of: name), mean: try entry.list(entry.mean, of: name),
                activity: try entry.list(entry.active, of: name))
            guard statistics.activity.allSatisfy({ 0...1 ~= $0 }), statistics.maximum.allSatisfy({ $0 >= 0 }) else {
                throw ModelError("'\(name)' has an activity outside 0 to 1, or a maximum below 0")
            }
            ranges.prologues[name] = statistics
        }
        self.init(
            modelSHA256: content.modelSHA256, frames: content.frames, sizes: content.sizes, command: content.command,
            ranges: ranges)
    }
}

/// The file's shape.
private struct Content: Decodable {
    struct Entry: Decodable {
        let channels: Int
        let min: String?
        let max: String?
        let mean: String?
        let active: String?

        /// The numbers of one list.
        func list(_ text: String?, of name: String) throws(ModelError) -> [Float] {
            guard 1...65536 ~= channels else { throw ModelError("'\(name)' has \(channels) channels") }
            guard let text else { return Array(repeating: 0, count: channels) }
            let numbers = text.split(separator: " ").compactMap { Float($0) }.filter(\.isFinite)
            guard numbers.count == channels else {
                throw ModelError("'\(name)' has \(numbers.count) numbers in a list for \(channels) channels")
            }
            return numbers
        }
    }

    let format: Int
    let modelSHA256: String
    let frames: Int
    let sizes: [String]
    let command: String
    let higherPrecision: [String]
    let values: [String: Entry]
    let prologues: [String: Entry]

    enum CodingKeys: String, CodingKey {
        case format, frames, sizes, command, values, prologues
        case modelSHA256 = "model_sha256"
        case higherPrecision = "higher_precision"
    }
}
