internal import Glibc

/// The way to the service manager: systemd's notification protocol, one datagram a message to the socket that
/// `NOTIFY_SOCKET` names. A path, or with a leading `@` a name in the abstract namespace.
public struct ServiceSocket: ~Copyable {
    private let descriptor: Int32
    private let address: sockaddr_un
    private let length: socklen_t

    /// Nil where `name` is neither a path nor an abstract name, or is too long for a socket. Opens a descriptor.
    public init?(_ name: String) {
        let bytes = Array(name.utf8)
        var address = sockaddr_un()
        guard let first = bytes.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"),
            bytes.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: bytes)
            // The abstract namespace is told by a zero in front; such names are as long as the address says.
            if first == UInt8(ascii: "@") { path[0] = 0 }
        }
        let opened = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard opened >= 0 else { return nil }
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        descriptor = opened
        length = socklen_t(offset + bytes.count + (first == UInt8(ascii: "@") ? 0 : 1))
        self.address = address
    }

    deinit { close(descriptor) }

    /// Sends one message; false where the manager does not take it now. Never blocks.
    @discardableResult
    public func send(_ message: String) -> Bool {
        var text = message
        var target = address
        return text.withUTF8 { bytes in
            withUnsafePointer(to: &target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
                }
            }
        } == message.utf8.count
    }
}
