internal import Glibc

/// A file that text is written to. Blocks while the reader or the disk is slow; for threads beside the frame path.
final class TextFile: Sendable {
    private let descriptor: Int32
    private let name: String

    /// Creates or empties `path`; `-` is standard output.
    init(creating path: String) throws(MonitoringError) {
        name = path == "-" ? "standard output" : path
        if path == "-" {
            descriptor = dup(STDOUT_FILENO)
        } else {
            descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        }
        guard descriptor >= 0 else { throw .last("create \(path)") }
    }

    deinit { close(descriptor) }

    /// Writes all of `text`.
    func write(_ text: String) throws(MonitoringError) {
        var text = text
        let code: Int32 = text.withUTF8 { bytes in
            var next = UnsafeRawBufferPointer(bytes)
            while !next.isEmpty {
                let put = Glibc.write(descriptor, next.baseAddress, next.count)
                if put >= 0 {
                    next = UnsafeRawBufferPointer(rebasing: next.dropFirst(put))
                } else if errno == EAGAIN {
                    var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&watched, 1, -1)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
        guard code == 0 else { throw MonitoringError("cannot write \(name): \(systemText(code))") }
    }
}
