internal import Glibc

/// Unix domain sockets by path.
enum LocalSocket {
    enum Probe {
        case answers, stale, other
    }

    /// Whether somebody listens at `path`, nobody does any more, or something else is there (or nothing).
    static func probe(_ path: String) -> Probe {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return .other }
        do throws(MonitoringError) {
            close(try connected(to: path))
            return .answers
        } catch {
            // EAGAIN: somebody listens, but takes no more connections now.
            return errno == ECONNREFUSED ? .stale : errno == EAGAIN ? .answers : .other
        }
    }

    /// A connection to `path`. On failure `errno` says why: `EAGAIN` where a stopped process lets nobody in, which is
    /// waited for, two seconds at most; so is sending over the connection.
    static func connected(to path: String) throws(MonitoringError) -> Int32 {
        let address = try address(of: path)
        let descriptor = try open()
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        // With a time limit, signals end the wait.
        var code: Int32
        repeat { code = withPointer(to: address) { connect(descriptor, $0, $1) } } while code != 0 && errno == EINTR
        guard code == 0 else {
            let saved = errno
            close(descriptor)
            errno = saved
            throw .last("connect to \(path)")
        }
        return descriptor
    }

    /// A socket that listens at `path`, for the user alone. Whatever nobody listens to any more is replaced.
    static func listening(at path: String) throws(MonitoringError) -> Int32 {
        let address = try address(of: path)
        switch probe(path) {
        case .answers: throw MonitoringError("another process answers at \(path); name another --control PATH")
        case .stale: unlink(path)
        case .other: break
        }
        let descriptor = try open()
        // Before it has a name: nobody can connect in between.
        fchmod(descriptor, 0o600)
        let code = withPointer(to: address) { bind(descriptor, $0, $1) }
        guard code == 0, listen(descriptor, 8) == 0, setNonBlocking(descriptor) else {
            let error = MonitoringError.last("listen at \(path)")
            close(descriptor)
            throw error
        }
        chmod(path, 0o600)
        return descriptor
    }

    @discardableResult static func setNonBlocking(_ descriptor: Int32) -> Bool {
        fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0
    }

    private static func open() throws(MonitoringError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .last("make a socket") }
        return descriptor
    }

    private static func address(of path: String) throws(MonitoringError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else {
            throw MonitoringError("the socket's path may have \(room - 1) bytes, not \(bytes.count): \(path)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    private static func withPointer(
        to address: sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
