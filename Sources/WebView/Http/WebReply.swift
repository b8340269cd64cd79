public import Foundation

/// What a request asked for.
public struct WebRequest: Sendable {
    /// Begins with `/`.
    public let path: String
    /// Names and values behind the `?`.
    public let query: [String: String]
    /// The header `Accept`; empty where the client has no wish.
    public let accept: String
}

/// An answer: status, type, body and headers of its own.
public struct WebReply: Sendable {
    /// HTTP status.
    public var status: Int
    /// MIME type.
    public var contentType: String
    /// Further headers; the rules that every reply carries are added when it is sent.
    public var headers: [(name: String, value: String)] = []
    /// The content.
    public var body: Data

    /// A reply with a body.
    public init(_ body: Data, type: String, status: Int = 200, headers: [(name: String, value: String)] = []) {
        self.body = body
        contentType = type
        self.status = status
        self.headers = headers
    }

    /// One line of plain text.
    public init(status: Int, line: String) {
        self.init(Data((line + "\n").utf8), type: "text/plain; charset=utf-8", status: status)
    }

    /// Nothing to tell.
    public static var empty: WebReply { WebReply(Data(), type: "text/plain; charset=utf-8", status: 204) }

    /// Everything comes from this process, and no other page may frame it, read it or be fetched by it.
    private static let rules = [
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Cross-Origin-Resource-Policy: same-origin",
        "Cache-Control: no-store",
    ]

    /// The bytes that are sent.
    func encoded(isHead: Bool, keepsAlive: Bool) -> Data {
        var lines = ["HTTP/1.1 \(status) \(Self.phrases[status] ?? "Status")"]
        if status != 204 { lines += ["Content-Type: \(contentType)", "Content-Length: \(body.count)"] }
        lines += Self.rules
        lines += headers.map { "\($0.name): \($0.value)" }
        if !keepsAlive { lines.append("Connection: close") }
        var bytes = Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        if !isHead && status != 204 { bytes.append(body) }
        return bytes
    }

    private static let phrases = [
        200: "OK", 204: "No Content", 303: "See Other", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
        404: "Not Found", 405: "Method Not Allowed", 413: "Content Too Large", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 503: "Service Unavailable",
    ]
}
