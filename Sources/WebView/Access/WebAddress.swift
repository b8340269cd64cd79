internal import Foundation

/// Where the web view listens: an IP address of this machine and a port.
///
/// Names are not looked up: which address a name means today must not decide who can look in.
public struct WebAddress: Sendable, Equatable, CustomStringConvertible {
    /// Numeric, IPv6 without brackets.
    public let host: String
    /// 0 lets the system choose.
    public let port: UInt16

    /// Takes `127.0.0.1:9109`, `[::1]:9109`, `localhost:9109`, `:9109` and `9109`; the last two mean loopback.
    public init(_ text: String) throws(WebError) {
        let complaint = WebError(
            "--metrics takes an IP address of this machine and a port, such as 127.0.0.1:9109 or :9109, not '\(text)'",
            isUsage: true)
        let (name, digits) = Self.split(text)
        guard !digits.isEmpty, digits.allSatisfy(\.isNumber), let port = UInt16(digits) else { throw complaint }
        let host = name.isEmpty || name.lowercased() == "localhost" ? "127.0.0.1" : name
        guard Self.isNumeric(host) else { throw complaint }
        self.host = host
        self.port = port
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

    var isIPv6: Bool { host.contains(":") }

    /// As in a URL.
    public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func split(_ text: String) -> (host: String, port: String) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let rest = text[text.index(after: end)...]
            return (
                String(text[text.index(after: text.startIndex)..<end]),
                rest.hasPrefix(":") ? String(rest.dropFirst()) : ""
            )
        }
        guard let colon = text.lastIndex(of: ":") else { return ("", text) }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }

    /// Whether `host` is an IPv4 or IPv6 address in digits.
    static func isNumeric(_ host: String) -> Bool {
        var bytes = in6_addr()
        return inet_pton(AF_INET, host, &bytes) == 1 || inet_pton(AF_INET6, host, &bytes) == 1
    }
}
