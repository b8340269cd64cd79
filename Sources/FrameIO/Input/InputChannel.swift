import Glibc

/// A descriptor that frames are read from: standard input, a FIFO or a file. Every read can be ended by a `StopSignal`.
struct InputChannel: ~Copyable {
    enum Outcome {
        case bytes(Int)
        case end
        case stopped
    }

    /// For error messages.
    let path: String
    let isSeekable: Bool
    private let descriptor: Int32
    private let owned: Bool
    private let stop: StopSignal?

    /// Opens `path` (`-` is standard input). A FIFO is opened without waiting for its writer, so that waiting for it is
    /// part of the first read and can be stopped.
    init(path: String, stop: StopSignal?) throws(FrameIOError) {
        self.path = path == "-" ? "standard input" : path
        self.stop = stop
        owned = path != "-"
        if owned {
            descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { throw .last("open", path) }
        } else {
            descriptor = STDIN_FILENO
        }
        isSeekable = Self.isRegular(descriptor)
    }

    private static func isRegular(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Takes over `descriptor`, which was opened for reading at `path` without blocking.
    init(descriptor: Int32, path: String, stop: StopSignal?) {
        self.path = path
        self.stop = stop
        self.descriptor = descriptor
        owned = true
        isSeekable = Self.isRegular(descriptor)
    }

    deinit { if owned { close(descriptor) } }

    /// Whether standard input is a terminal, where no frames can come from.
    static var standardInputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Waits for bytes and reads at most `count` of them. Blocks until there is something to say.
    func read(into destination: UnsafeMutableRawPointer, count: Int) throws(FrameIOError) -> Outcome {
        while true {
            guard try waitUntilReadable() else { return .stopped }
            let got = Glibc.read(descriptor, destination, count)
            if got > 0 { return .bytes(got) }
            if got == 0 { return .end }
            // Another reader of the same pipe may have been faster; a signal may have come.
            guard errno == EAGAIN || errno == EINTR else { throw .last("read", path) }
        }
    }

    /// The file's size now; nil for what is no regular file.
    var size: Int? {
        var status = stat()
        guard isSeekable, fstat(descriptor, &status) == 0 else { return nil }
        return Int(status.st_size)
    }

    /// Reads up to `count` bytes at `offset` of a regular file without moving; how many there were.
    func read(at offset: Int, into destination: UnsafeMutableRawPointer, count: Int) throws(FrameIOError) -> Int {
        var got = 0
        while got < count {
            let step = pread(descriptor, destination + got, count - got, off_t(offset + got))
            if step == 0 { break }
            if step > 0 {
                got += step
                continue
            }
            guard errno == EINTR else { throw .last("read", path) }
        }
        return got
    }

    /// Goes back to the first byte; false where the input cannot.
    func rewind() -> Bool { isSeekable && lseek(descriptor, 0, SEEK_SET) == 0 }

    private func waitUntilReadable() throws(FrameIOError) -> Bool {
        if let stop {
            if stop.isStopped { return false }
            // Regular files are always ready: the flag above is all there is to watch.
            if isSeekable { return true }
        }
        return try InputWait.wait(for: descriptor, path: path, stop: stop) != .stopped
    }
}
