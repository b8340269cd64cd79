public import Foundation
internal import Glibc
internal import Streaming

/// A connection to a run's control socket. Used by one thread.
public final class ControlClient {
    private let descriptor: Int32
    private let path: String
    private var received: [UInt8] = []

    /// Connects. Throws if nobody listens there, or lets nobody in for two seconds.
    public init(path: String) throws(MonitoringError) {
        self.path = path
        let connection: Int32
        do throws(MonitoringError) {
            connection = try LocalSocket.connected(to: path)
        } catch {
            switch errno {
            case ENOENT: throw MonitoringError("there is no control socket \(path)")
            case ECONNREFUSED: throw MonitoringError("nobody answers at \(path): the process has ended")
            case EAGAIN: throw Self.silent(path)
            default: throw error
            }
        }
        descriptor = connection
    }

    deinit { close(descriptor) }

    private static func silent(_ path: String) -> MonitoringError {
        MonitoringError("\(path) does not answer: does the process hang or stop?")
    }

    /// Asks for the numbers as they are now and waits for them, at most `timeout` seconds.
    public func snapshot(timeout: Double = 5) throws(MonitoringError) -> Data {
        let request = Array("snapshot\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw MonitoringError("the process has ended")
        }
        let deadline = MonotonicTime.now() + Int64(timeout * 1e9)
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(received[..<end])
                received.removeSubrange(...end)
                return line
            }
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = (deadline - MonotonicTime.now()) / 1_000_000
            let ready = left > 0 ? poll(&watched, 1, Int32(clamping: left)) : 0
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else { throw Self.silent(path) }
            let got = recv(descriptor, &bytes, bytes.count, 0)
            guard got > 0 else { throw MonitoringError("the process has ended") }
            received += bytes.prefix(got)
        }
    }
}
