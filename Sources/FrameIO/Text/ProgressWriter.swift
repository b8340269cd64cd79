/// Progress for programs (`--progress FD|FILE`): blocks of `key=value` lines as ffmpeg writes them, the last line of
/// each being `progress=continue` or `progress=end`.
///
/// Allocates nothing after opening. The caller decides how often; about once a second is usual.
public final class ProgressWriter {
    private let channel: OutputChannel
    private var block = ByteBuffer(capacity: 4096)

    /// Opens `target`: a number is an open descriptor, `-` standard output, all else a file.
    public init(_ target: String) throws(FrameIOError) {
        if let descriptor = Int32(target), descriptor >= 0 {
            channel = OutputChannel(descriptor: descriptor, owned: false, name: "descriptor \(target)")
        } else {
            channel = try OutputChannel(path: target)
        }
    }

    /// Adds an integer to the block.
    public func add(_ key: StaticString, _ value: Int) {
        begin(key)
        block.append(decimal: value)
        block.append("\n")
    }

    /// Adds a number to the block.
    public func add(_ key: StaticString, _ value: Double) {
        begin(key)
        block.append(number: value)
        block.append("\n")
    }

    /// Writes the block and begins the next.
    public func flush(isLast: Bool) throws(FrameIOError) {
        block.append(isLast ? "progress=end\n" : "progress=continue\n")
        defer { block.removeAll() }
        try channel.write(block.contents)
    }

    private func begin(_ key: StaticString) {
        block.append(key)
        block.append("=")
    }
}
