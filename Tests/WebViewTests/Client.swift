import Foundation
import Testing

/// A connection to a server on loopback that waits at most 30 s for anything.
final class Client {
    private let descriptor: Int32

    init(_ url: String) throws {
        let port = try #require(URL(string: url)?.port)
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(code == 0, "cannot connect to \(url): \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    /// Sends as much as the other side takes; false when it takes no more.
    @discardableResult
    func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Whether the next bytes that come begin with `text`.
    func receives(_ text: String) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 && String(decoding: buffer[..<count], as: UTF8.self).hasPrefix(text)
    }

    /// All that comes until the other side closes.
    func readToEnd() throws -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 || (count < 0 && errno == ECONNRESET) { return String(decoding: all, as: UTF8.self) }
            try #require(count > 0, "the server neither answers nor closes: \(String(cString: strerror(errno)))")
            all += buffer[..<count]
        }
    }

    /// One request on a connection of its own, and all that comes back.
    static func get(_ url: String, _ path: String, method: String = "GET", headers: String = "") throws -> String {
        let client = try Client(url)
        client.send("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(headers)\r\n")
        return try client.readToEnd()
    }
}

extension String {
    /// The status of a reply.
    var status: Int? { split(separator: " ").dropFirst().first.flatMap { Int($0) } }

    /// What is behind the head of a reply.
    var body: String? { range(of: "\r\n\r\n").map { String(self[$0.upperBound...]) } }
}
