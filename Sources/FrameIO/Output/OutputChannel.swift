import Glibc

/// A descriptor that results are written to. Writes are whole: a short write goes on until all bytes are out.
///
/// Opening a channel makes the process ignore SIGPIPE, so that a closed reader comes back as `.downstreamClosed`.
/// Blocks while the reader is slow. No allocation after opening.
final class OutputChannel {
    let name: String
    let descriptor: Int32
    private let owned: Bool

    init(descriptor: Int32, owned: Bool, name: String) {
        signal(SIGPIPE, SIG_IGN)
        self.descriptor = descriptor
        self.owned = owned
        self.name = name
    }

    deinit { if owned { close(descriptor) } }

    /// Standard output, or `path` created or emptied. FIFOs and devices are opened as they are.
    convenience init(path: String) throws(FrameIOError) {
        if path == "-" {
            self.init(descriptor: STDOUT_FILENO, owned: false, name: "standard output")
            return
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .last("create", path) }
        self.init(descriptor: descriptor, owned: true, name: path)
    }

    /// Whether a disk stands behind it.
    var isRegularFile: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Writes all of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer) throws(FrameIOError) {
        guard var next = bytes.baseAddress else { return }
        var left = bytes.count
        while left > 0 {
            let put = Glibc.write(descriptor, next, left)
            if put >= 0 {
                next += put
                left -= put
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: waitUntilWritable()
            case EPIPE: throw .downstreamClosed
            default: throw .last("write", name)
            }
        }
    }

    /// A descriptor inherited in non-blocking mode, such as a shared terminal or socket.
    private func waitUntilWritable() {
        var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&watched, 1, -1)
    }
}
