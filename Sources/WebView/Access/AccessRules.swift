/// Who may look: by the name under which the server is addressed, and by a token.
///
/// The name is checked because a page of another site can make a browser on this machine ask this server by a name of
/// that site's own that it lets resolve to 127.0.0.1 (DNS rebinding), and then read the answers.
struct AccessRules: Sendable {
    /// What the rules say of a request.
    enum Verdict {
        case allowed
        case refused(WebReply)
    }

    private let token: [UInt8]?
    /// What the browser gets in place of the token: worth nothing after this run.
    private let session: [UInt8]
    private let cookie: String
    private let names: Set<String>
    private let takesAnyAddress: Bool

    /// `machine` is this machine's name, under which others may address it unless only loopback is served.
    init(address: WebAddress, port: UInt16, token: String?, machine: String) {
        self.token = token.map { Array($0.utf8) }
        session = (0..<32).map { _ in Array("0123456789abcdef".utf8)[Int.random(in: 0..<16)] }
        // Cookies know no ports: two programs on one machine must not take each other's.
        cookie = "densehybrid-\(port)"
        takesAnyAddress = !address.isLoopback
        let own = machine.lowercased()
        names =
            address.isLoopback ? ["localhost", "127.0.0.1", "::1", address.host] : ["localhost", own, "\(own).local"]
    }

    func verdict(_ head: RequestHead) -> Verdict {
        let host = Self.name(head.headers["host"] ?? "")
        guard names.contains(host) || (takesAnyAddress && WebAddress.isNumeric(host)) else {
            return .refused(
                WebReply(status: 403, line: "403: this server is not called '\(host)'; use its IP address or localhost")
            )
        }
        guard let token else { return .allowed }
        if let bearer = head.headers["authorization"], bearer.lowercased().hasPrefix("bearer ") {
            return Self.equal(Array(bearer.dropFirst(7).utf8), token) ? .allowed : .refused(Self.wrongToken)
        }
        if let given = head.query["token"] {
            guard Self.equal(Array(given.utf8), token) else { return .refused(Self.wrongToken) }
            // Out of the address bar and the history at once. Two slashes would lead to another server.
            let place = head.path.hasPrefix("//") ? "/" : head.path
            var reply = WebReply(status: 303, line: "see \(place)")
            let value = String(decoding: session, as: UTF8.self)
            reply.headers = [
                ("Location", place), ("Set-Cookie", "\(cookie)=\(value); Path=/; HttpOnly; SameSite=Strict"),
            ]
            return .refused(reply)
        }
        for pair in (head.headers["cookie"] ?? "").split(separator: ";") {
            let sides = pair.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, sides[0].drop(while: { $0 == " " }) == cookie else { continue }
            if Self.equal(Array(sides[1].utf8), session) { return .allowed }
        }
        var reply = WebReply(
            status: 401, line: "401: a token is needed: open /?token=TOKEN, or send Authorization: Bearer TOKEN")
        reply.headers = [("WWW-Authenticate", "Bearer")]
        return .refused(reply)
    }

    private static let wrongToken = WebReply(status: 403, line: "403: this is not the token of this run")

    /// Compares in a time that depends on the lengths alone.
    static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        var difference = a.count ^ b.count
        for index in b.indices { difference |= Int((index < a.count ? a[index] : 0) ^ b[index]) }
        return difference == 0
    }

    /// The host without its port. Any port is right: ssh -L gives another one.
    private static func name(_ host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return host[host.index(after: host.startIndex)..<end].lowercased()
        }
        return String(host.prefix { $0 != ":" }).lowercased()
    }
}
