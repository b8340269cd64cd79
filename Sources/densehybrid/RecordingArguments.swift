internal import ArgumentParser
internal import FrameIO

/// Options of the MCAP recording of results.
struct RecordingArguments: ParsableArguments {
    @Option(
        help: """
            Results in one MCAP recording, topics /densehybrid/openset, score (32FC1), overlay (JPEG) and meta (JSON; for ros2 as a std_msgs/String): \
            PATH or -. The file grows in place and survives a loss of power up to its last whole chunk.
            """)
    var mcap: String?

    @Option(
        name: .customLong("mcap-content"),
        help: "What it holds, of openset, labels, score, overlay, meta (default: all but labels).")
    var mcapContent: String?

    @Option(
        name: .customLong("mcap-profile"),
        help: "ros2 (sensor_msgs in CDR: rosbag2, Foxglove, PlotJuggler) or foxglove (Protocol Buffers).")
    var mcapProfile = "ros2"

    @Option(name: .customLong("mcap-compression"), help: "Of its chunks: none, lz4, zstd.")
    var mcapCompression = "lz4"

    func options() throws -> RecordingOptions {
        var options = RecordingOptions()
        if let mcapContent {
            options.content = Set(
                try mcapContent.split(separator: ",").map { name in
                    let results = RecordingOptions.Content.results
                    guard let content = results.first(where: { $0.rawValue == name }) else {
                        let names = results.map(\.rawValue).joined(separator: ", ")
                        throw ValidationError("--mcap-content takes a list of \(names), not '\(name)'")
                    }
                    return content
                })
        }
        guard let profile = RecordingProfile(rawValue: mcapProfile) else {
            throw ValidationError("--mcap-profile takes ros2 or foxglove, not '\(mcapProfile)'")
        }
        guard let compression = McapCompression(name: mcapCompression) else {
            throw ValidationError("--mcap-compression takes none, lz4 or zstd, not '\(mcapCompression)'")
        }
        options.profile = profile
        options.compression = compression
        return options
    }
}
