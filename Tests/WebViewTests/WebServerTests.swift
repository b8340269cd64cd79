import Foundation
import TestSupport
import Testing

@testable import WebView

/// The server over real sockets on loopback.
@Suite struct WebServerTests {
    private func server(
        token: String? = nil, limits: WebServer.Limits = WebServer.Limits(), routes: [String: WebRoute] = [:]
    ) throws -> WebServer {
        let access = try WebAccess(address: ":0", allowsRemote: false, tokenFile: nil, environmentToken: token)
        let server = try WebServer(access, routes: routes, limits: limits)
        server.start()
        return server
    }

    @Test func servesThePageAndTheRoutes() async throws {
        try await onOwnThread {
            let server = try server(routes: ["/metrics": { _ in WebReply(Data("a 1\n".utf8), type: "text/plain") }])
            defer { server.stop() }
            let page = try Client.get(server.url, "/")
            #expect(page.status == 200)
            #expect(page.contains("Content-Type: text/html; charset=utf-8\r\n"))
            #expect(page.contains("Content-Security-Policy: default-src 'none'; script-src 'self';"))
            #expect(page.hasSuffix("</html>\n"))
            #expect(try Client.get(server.url, "/metrics").body == "a 1\n")
            let head = try Client.get(server.url, "/metrics", method: "HEAD")
            #expect(head.contains("Content-Length: 4\r\n") && head.body == "")
        }
    }

    /// Every file that the page and its scripts name is served, and names no other server.
    @Test func servesAllFilesOfThePage() async throws {
        try await onOwnThread {
            let server = try server()
            defer { server.stop() }
            var pending = ["/"]
            var seen: Set<String> = []
            while let path = pending.popLast() {
                guard seen.insert(path).inserted else { continue }
                let reply = try Client.get(server.url, path)
                #expect(reply.status == 200, "\(path)")
                let text = try #require(reply.body)
                let expected = path.hasSuffix(".js") ? "text/javascript" : path.hasSuffix(".css") ? "text/css" : ""
                #expect(reply.contains("Content-Type: \(expected)"))
                for match in text.matches(of: /(?:href|src)="(\/[a-z.]+\.[a-z]+)"|from "\.(\/[a-z]+\.js)"/) {
                    if let found = match.1 ?? match.2, found != "/frame.jpg" { pending.append(String(found)) }
                }
                let foreign = text.matches(of: /https?:\/\/[^"' )]+/).map { String($0.0) }.filter {
                    $0 != "http://www.w3.org/2000/svg"
                }
                #expect(foreign == [], "\(path) names other servers")
            }
            #expect(seen.contains("/main.js") && seen.contains("/chart.js") && seen.contains("/style.css"))
            #expect(seen.count == Pages.routes.count)
        }
    }

    @Test(arguments: [
        "/no", "/../metrics", "/..%2f..%2fetc/passwd", "/%2e%2e/", "//etc/passwd", "/index.html/../../etc/passwd",
        "/style.css/",
    ])
    func hasNoOtherPaths(path: String) async throws {
        try await onOwnThread {
            let server = try server()
            defer { server.stop() }
            #expect(try Client.get(server.url, path).status == 404)
        }
    }

    @Test func refusesInOneLine() async throws {
        try await onOwnThread {
            let server = try server(token: "0123456789abcdef")
            defer { server.stop() }
            let refused = try Client.get(server.url, "/")
            #expect(refused.status == 401 && refused.contains("WWW-Authenticate: Bearer\r\n"))
            #expect(refused.body?.filter { $0 == "\n" }.count == 1)
            #expect(
                try Client.get(server.url, "/", headers: "Authorization: Bearer 0123456789abcdef\r\n").status == 200)
            #expect(
                try Client.get(server.url, "/", headers: "Authorization: Bearer 0123456789abcdee\r\n").status == 403)
            #expect(try Client.get(server.url, "/", method: "POST").status == 405)
            #expect(try Client.get(server.url, "/", headers: "Content-Length: 5\r\n").status == 413)
            #expect(
                try Client.get(server.url, "/", headers: "A: \(String(repeating: "a", count: 9000))\r\n").status == 431)
            let foreign = try Client(server.url)
            foreign.send("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            #expect(try foreign.readToEnd().status == 403)
        }
    }

    @Test func answersManyRequestsOnOneConnection() async throws {
        try await onOwnThread {
            let server = try server(routes: [
                "/a": { WebReply(Data("<\($0.query["n"] ?? "")>".utf8), type: "text/plain") }
            ])
            defer { server.stop() }
            let client = try Client(server.url)
            let requests = (0..<50).map { "GET /a?n=\($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined()
            // Cut anywhere: heads come in pieces, and several in one piece.
            for start in stride(from: 0, to: requests.count, by: 37) {
                client.send(String(requests.dropFirst(start).prefix(37)))
            }
            client.send("GET /a?n=end HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let answers = try client.readToEnd().matches(of: /<([a-z0-9]+)>/).map { String($0.1) }
            #expect(answers == (0..<50).map(String.init) + ["end"])
        }
    }

    @Test func closesConnectionsThatDoNotGetOn() async throws {
        try await onOwnThread {
            var limits = WebServer.Limits()
            limits.request = .milliseconds(200)
            let server = try server(limits: limits)
            defer { server.stop() }
            let silent = try Client(server.url)
            let slow = try Client(server.url)
            slow.send("GET / HTTP/1.1\r\nHo")
            #expect(try silent.readToEnd() == "")
            #expect(try slow.readToEnd() == "")
            #expect(try Client.get(server.url, "/").status == 200)
        }
    }

    /// Clients that ask for much and read nothing neither hold up others nor stay.
    @Test func letsNoReaderHoldUpOthers() async throws {
        try await onOwnThread {
            let large = Data(count: 16 << 20)
            var limits = WebServer.Limits()
            limits.reply = .milliseconds(500)
            let server = try server(limits: limits, routes: ["/large": { _ in WebReply(large, type: "image/jpeg") }])
            defer { server.stop() }
            let stalled = try (0..<8).map { _ in try Client(server.url) }
            for client in stalled { client.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n") }
            for _ in 0..<20 { #expect(try Client.get(server.url, "/").status == 200) }
            let end = ContinuousClock.now + .seconds(30)
            while server.openConnections > 0, ContinuousClock.now < end { usleep(10_000) }
            #expect(server.openConnections == 0, "stalled clients are still served after 30 s")
            // The server has given them up: what it had written comes, then the end.
            for client in stalled { #expect(try client.readToEnd().utf8.count < large.count) }
        }
    }

    @Test func takesOnlySoManyConnections() async throws {
        try await onOwnThread {
            var limits = WebServer.Limits()
            limits.connections = 4
            let server = try server(limits: limits)
            defer { server.stop() }
            // An answer each proves that they have been admitted.
            var held: [Client] = []
            for _ in 0..<4 {
                let client = try Client(server.url)
                client.send("GET /favicon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n")
                held.append(client)
            }
            for client in held { #expect(client.receives("HTTP/1.1 200")) }
            let surplus = try Client(server.url)
            surplus.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try surplus.readToEnd() == "")
            held.removeLast()
            // The place of the one that went becomes free; how soon is the scheduler's business.
            let end = ContinuousClock.now + .seconds(30)
            var status: Int?
            while status != 200, ContinuousClock.now < end { status = try Client.get(server.url, "/").status }
            #expect(status == 200)
        }
    }

    @Test func saysWhenThePortIsTaken() async throws {
        try await onOwnThread {
            let server = try server()
            defer { server.stop() }
            let port = try #require(URL(string: server.url)?.port)
            let access = try WebAccess(address: ":\(port)", allowsRemote: false, tokenFile: nil, environmentToken: nil)
            let error = #expect(throws: WebError.self) { try WebServer(access, routes: [:]) }
            #expect(error?.description.contains("127.0.0.1:\(port): Address already in use") == true)
            #expect(error?.description.contains("\n") == false && error?.isUsage == false)
        }
    }

    @Test func freesThePortWhenItStops() async throws {
        try await onOwnThread {
            let server = try server()
            let idle = try Client(server.url)
            server.stop()
            #expect(try idle.readToEnd() == "")
            let port = try #require(URL(string: server.url)?.port)
            let access = try WebAccess(address: ":\(port)", allowsRemote: false, tokenFile: nil, environmentToken: nil)
            let end = ContinuousClock.now + .seconds(30)
            while ContinuousClock.now < end {
                if let next = try? WebServer(access, routes: [:]) {
                    next.stop()
                    return
                }
            }
            Issue.record("port \(port) is still taken 30 s after the server was stopped")
        }
    }
}
