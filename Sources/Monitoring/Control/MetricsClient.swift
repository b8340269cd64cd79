public import Foundation
internal import Glibc
internal import Streaming

/// Asks a run's metrics address for its snapshot: one HTTP/1.0 request a connection, with the token in
/// `DENSEHYBRID_METRICS_TOKEN` if there is one. Used by one thread.
public final class MetricsClient: SnapshotSource {
    private let host: String
    private let port: String
    private let address: String

    /// An address `http://HOST:PORT`, with or without a slash at its end; HOST may be `[::1]`.
    public init(address: String) throws(MonitoringError) {
        self.address = address
        var rest = address.dropFirst("http://".count)
        if let slash = rest.firstIndex(of: "/") {
            guard rest[slash...] == "/" else {
                throw MonitoringError("\(address): name http://HOST:PORT without a path")
            }
            rest = rest[..<slash]
        }
        guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]), port > 0,
            colon != rest.startIndex
        else { throw MonitoringError("\(address): name http://HOST:PORT") }
        self.port = "\(port)"
        host = rest[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    }

    /// Asks and waits: for a connection five seconds at most with each address that the host's name has (how long names
    /// are looked up for is the system's business), then ten at most for the answer.
    public func snapshot() throws(MonitoringError) -> Data {
        let descriptor = try connected()
        defer { close(descriptor) }
        var lines = "GET /api/snapshot HTTP/1.0\r\nHost: \(host):\(port)\r\nAccept: application/json\r\n"
        if let token = ProcessInfo.processInfo.environment["DENSEHYBRID_METRICS_TOKEN"], !token.isEmpty {
            lines += "Authorization: Bearer \(token.filter { !$0.isNewline })\r\n"
        }
        let request = Array((lines + "\r\n").utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw MonitoringError("\(address) hung up")
        }
        let answer = try everything(from: descriptor)
        guard let blank = answer.firstRange(of: Data("\r\n\r\n".utf8)) else {
            throw MonitoringError("\(address) does not speak HTTP")
        }
        let head = String(decoding: answer[..<blank.lowerBound], as: UTF8.self)
        let status = head.split(separator: " ", maxSplits: 2).dropFirst().first ?? ""
        guard status == "200" else {
            throw MonitoringError("\(address)/api/snapshot answers \(status); is it a run with --metrics?")
        }
        return answer[blank.upperBound...]
    }

    private func connected() throws(MonitoringError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, port, &hints, &found)
        guard code == 0 else { throw MonitoringError("\(address): \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(found) }
        var next = found
        var reason = ECONNREFUSED
        while let one = next?.pointee {
            let descriptor = socket(one.ai_family, one.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), one.ai_protocol)
            if descriptor >= 0 {
                var limit = timeval(tv_sec: 5, tv_usec: 0)
                let size = socklen_t(MemoryLayout<timeval>.size)
                setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
                setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
                if connect(descriptor, one.ai_addr, one.ai_addrlen) == 0 { return descriptor }
                reason = errno
                close(descriptor)
            }
            next = one.ai_next
        }
        throw MonitoringError("nobody answers at \(address): \(systemText(reason))")
    }

    private func everything(from descriptor: Int32) throws(MonitoringError) -> Data {
        var answer = Data()
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let deadline = MonotonicTime.now() + 5_000_000_000
        while answer.count < 16 << 20 {
            let got = recv(descriptor, &bytes, bytes.count, 0)
            if got == 0 { return answer }
            guard got > 0 || errno == EINTR, MonotonicTime.now() < deadline else { break }
            answer += bytes.prefix(max(0, got))
        }
        throw MonitoringError("\(address) does not finish its answer")
    }
}
