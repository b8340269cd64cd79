internal import Foundation

/// What a finished segment says of itself: the run's summary, with the drive's identity, everything that was asked for,
/// and where and when it ran.
struct SegmentManifest {
    /// Who ran it, and when.
    struct Circumstances {
        let started: Date
        let ended: Date
        let wallSeconds: Double
        let version: String
        let shard: Shard
        let total: Int
        let exitCode: Int32
    }

    let segment: Segment
    let source: SourceIdentity
    let sourceDigest: String
    let settings: [String: String]
    let result: RunResult
    let circumstances: Circumstances

    /// One JSON object.
    var json: String {
        var object = RunSummary(result).object
        object["kind"] = BatchFiles.manifestKind
        object["format"] = 1
        object["segment"] = segment.name
        object["batch"] = [
            "position": segment.position, "of": circumstances.total, "shard": circumstances.shard.description,
        ]
        object["source"] = [
            "path": segment.path, "files": source.files, "bytes": source.bytes,
            "modified_ms": source.modifiedMilliseconds, "digest": sourceDigest,
        ]
        object["settings"] = settings
        object["exit_code"] = Int(circumstances.exitCode)
        object["started"] = Self.text(circumstances.started)
        object["ended"] = Self.text(circumstances.ended)
        object["wall_seconds"] = (circumstances.wallSeconds * 1000).rounded() / 1000
        object["host"] = Self.host
        object["version"] = circumstances.version
        return JSONText.pretty(object)
    }

    /// The machine's name as it calls itself; no name service is asked.
    static var host: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// RFC 3339 in UTC, to the millisecond.
    private static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
