/// The head of an HTTP/1 request that the web view answers: GET or HEAD, without a body.
struct RequestHead: Equatable, Sendable {
    /// Begins with `/`; as it came, without the query.
    let path: String
    /// Names and values behind the `?`, percent-decoded.
    let query: [String: String]
    /// Values by name in small letters.
    let headers: [String: String]
    /// Whether only the reply's head is wanted.
    let isHead: Bool
    /// Whether the client means to send another request on this connection.
    let keepsAlive: Bool

    /// What a run of received bytes is.
    enum Outcome: Equatable {
        /// The head is not whole yet.
        case incomplete
        /// A head of so many bytes.
        case head(RequestHead, length: Int)
        /// Nothing that is answered otherwise than with this.
        case refused(status: Int, reason: String)
    }

    /// The longest head that is read, in bytes.
    static let limit = 8192

    /// Reads the head at the front of `bytes`. Looks at no more than `limit` bytes.
    static func parse(_ bytes: [UInt8]) -> Outcome {
        guard let end = endOfHead(bytes) else {
            return bytes.count >= limit
                ? .refused(status: 431, reason: "the request is longer than \(limit) bytes") : .incomplete
        }
        var lines: [Substring] = []
        // A bare line feed inside a line, like any other control character, is no header.
        for line in String(decoding: bytes[..<(end - 4)], as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        {
            guard !line.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\t" || $0.value == 127 }) else {
                return .refused(status: 400, reason: "the request has control characters")
            }
            lines.append(line)
        }
        return read(lines, length: end)
    }

    private static func read(_ lines: [Substring], length: Int) -> Outcome {
        let words = (lines.first ?? "").split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
            return .refused(status: 400, reason: "this is not an HTTP/1.1 request")
        }
        guard words[0] == "GET" || words[0] == "HEAD" else {
            return .refused(status: 405, reason: "only GET and HEAD are answered")
        }
        guard words[1].first == "/" else { return .refused(status: 400, reason: "the path must begin with /") }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), isName(line[..<colon]) else {
                return .refused(status: 400, reason: "a header line has no name")
            }
            let name = line[..<colon].lowercased()
            let value = line[line.index(after: colon)...].trimming(" \t")
            if let first = headers[name] {
                guard name != "host", name != "content-length" else {
                    return .refused(status: 400, reason: "the header \(name) is there twice")
                }
                headers[name] = "\(first)\(name == "cookie" ? "; " : ", ")\(value)"
            } else {
                headers[name] = value
            }
        }
        guard headers["transfer-encoding"] == nil, headers["content-length"].map({ $0 == "0" }) ?? true else {
            return .refused(status: 413, reason: "requests have no body here")
        }
        guard headers["host"] != nil else { return .refused(status: 400, reason: "the header host is missing") }
        let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let connection = headers["connection"]?.lowercased() ?? ""
        return .head(
            RequestHead(
                path: String(target[0]), query: target.count > 1 ? pairs(target[1]) : [:], headers: headers,
                isHead: words[0] == "HEAD",
                keepsAlive: words[2] == "HTTP/1.1" ? !connection.contains("close") : connection.contains("keep-alive")),
            length: length)
    }

    /// Behind the first empty line.
    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let last = min(bytes.count, limit)
        var index = 3
        while index < last {
            if bytes[index] == 10, bytes[index - 1] == 13, bytes[index - 2] == 10, bytes[index - 3] == 13 {
                return index + 1
            }
            index += 1
        }
        return nil
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static func pairs(_ text: Substring) -> [String: String] {
        var pairs: [String: String] = [:]
        for part in text.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            pairs[decoded(sides[0])] = sides.count > 1 ? decoded(sides[1]) : ""
        }
        return pairs
    }

    /// Percent-decoded; a `%` without two digits stays as it is.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16), rest.count >= 2 {
                rest = rest.dropFirst(2)
                bytes.append(value)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Substring {
    fileprivate func trimming(_ set: String) -> String {
        var text = self
        while let first = text.first, set.contains(first) { text.removeFirst() }
        while let last = text.last, set.contains(last) { text.removeLast() }
        return String(text)
    }
}
