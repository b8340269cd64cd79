import Foundation
import Testing

@testable import WebView

@Suite struct AccessTests {
    private func head(_ target: String, _ headers: [String: String]) -> RequestHead {
        let lines = headers.map { "\($0): \($1)\r\n" }.joined()
        guard case .head(let head, _) = RequestHead.parse(Array("GET \(target) HTTP/1.1\r\n\(lines)\r\n".utf8)) else {
            fatalError("the test's own request is wrong: \(target) \(headers)")
        }
        return head
    }

    private func status(_ rules: AccessRules, _ headers: [String: String], target: String = "/") -> Int {
        switch rules.verdict(head(target, headers)) {
        case .allowed: 200
        case .refused(let reply): reply.status
        }
    }

    @Test func readsAddresses() throws {
        let address = try WebAddress("127.0.0.1:9109")
        #expect(address.host == "127.0.0.1" && address.port == 9109 && address.isLoopback)
        for text in [":9109", "9109", "localhost:9109", "Localhost:9109"] { #expect(try WebAddress(text) == address) }
        let six = try WebAddress("[::1]:0")
        #expect(six.host == "::1" && six.port == 0 && six.isLoopback && six.description == "[::1]:0")
        for text in ["0.0.0.0:1", "[::]:1", "10.0.0.7:80", "128.0.0.1:1"] { #expect(try !WebAddress(text).isLoopback) }
        for text in [
            "", ":", "localhost", "127.0.0.1", "127.0.0.1:", "car.example:80", ":65536", ":-1", "::1:80x", "127.1:80",
        ] {
            #expect(throws: WebError.self, "\(text)") { try WebAddress(text) }
        }
    }

    @Test func servesOtherMachinesOnlyWithBothOptionAndToken() throws {
        func access(_ address: String, _ allows: Bool, _ token: String?) throws -> WebAccess {
            try WebAccess(address: address, allowsRemote: allows, tokenFile: nil, environmentToken: token)
        }
        let token = "0123456789abcdef"
        #expect(throws: WebError.self) { try access("0.0.0.0:1", false, nil) }
        #expect(throws: WebError.self) { try access("0.0.0.0:1", false, token) }
        #expect(throws: WebError.self) { try access("0.0.0.0:1", true, nil) }
        #expect(throws: WebError.self) { try access("0.0.0.0:1", true, "") }
        #expect(throws: WebError.self) { try access("127.0.0.1:1", false, "short") }
        #expect(throws: WebError.self) { try access("127.0.0.1:1", false, "0123456789 abcdef") }
        #expect(try access("0.0.0.0:1", true, token).token == token)
        #expect(try access("127.0.0.1:1", false, nil).token == nil)
    }

    @Test func readsTheTokenFromAFile() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)").path
        try "0123456789abcdef\n".write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let access = try WebAccess(address: ":1", allowsRemote: false, tokenFile: path, environmentToken: "ignored")
        #expect(access.token == "0123456789abcdef")
        #expect(throws: WebError.self) {
            try WebAccess(address: ":1", allowsRemote: false, tokenFile: path + "-no", environmentToken: nil)
        }
    }

    @Test func answersOnlyToNamesOfItsOwn() throws {
        let loopback = AccessRules(address: try WebAddress(":9109"), port: 9109, token: nil, machine: "Car")
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:9109"] {
            #expect(status(loopback, ["host": host]) == 200)
        }
        for host in ["evil.example", "10.0.0.7", "car", "localhost.evil.example", "", "127.0.0.1.nip.io"] {
            #expect(status(loopback, ["host": host]) == 403, "\(host)")
        }
        let open = AccessRules(address: try WebAddress("0.0.0.0:9109"), port: 9109, token: nil, machine: "Car")
        for host in ["10.0.0.7:9109", "[fe80::1]:9109", "localhost", "car", "car.local:80"] {
            #expect(status(open, ["host": host]) == 200)
        }
        for host in ["evil.example", "car.evil.example", ""] { #expect(status(open, ["host": host]) == 403) }
    }

    @Test func asksForTheToken() throws {
        let token = "0123456789abcdef"
        let rules = AccessRules(address: try WebAddress(":9109"), port: 9109, token: token, machine: "car")
        let host = ["host": "localhost"]
        #expect(status(rules, host) == 401)
        #expect(status(rules, host.merging(["authorization": "Bearer \(token)"]) { $1 }) == 200)
        #expect(status(rules, host.merging(["authorization": "Bearer \(token)0"]) { $1 }) == 403)
        #expect(status(rules, host.merging(["authorization": "Basic \(token)"]) { $1 }) == 401)
        #expect(status(rules, host, target: "/?token=\(token.dropLast())0") == 403)
        #expect(status(rules, host.merging(["cookie": "densehybrid-9109=\(token)"]) { $1 }) == 401)
    }

    @Test func turnsTheTokenIntoACookieOfThisRun() throws {
        let token = "0123456789abcdef"
        let rules = AccessRules(address: try WebAddress(":9109"), port: 9109, token: token, machine: "car")
        guard case .refused(let reply) = rules.verdict(head("/metrics?token=\(token)", ["host": "localhost"])) else {
            Issue.record("the token in the address is not turned into a cookie")
            return
        }
        let headers = Dictionary(uniqueKeysWithValues: reply.headers)
        #expect(reply.status == 303 && headers["Location"] == "/metrics")
        let cookie = try #require(headers["Set-Cookie"])
        #expect(!cookie.contains(token) && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
        let pair = cookie.prefix { $0 != ";" }
        #expect(status(rules, ["host": "localhost", "cookie": "other=1; \(pair)"]) == 200)
        let next = AccessRules(address: try WebAddress(":9109"), port: 9109, token: token, machine: "car")
        #expect(status(next, ["host": "localhost", "cookie": String(pair)]) == 401)
        guard case .refused(let away) = rules.verdict(head("//evil.example/?token=\(token)", ["host": "localhost"]))
        else {
            Issue.record("allowed")
            return
        }
        #expect(Dictionary(uniqueKeysWithValues: away.headers)["Location"] == "/")
    }

    @Test func comparesWholeTokens() {
        let token = Array("0123456789abcdef".utf8)
        #expect(AccessRules.equal(token, token))
        #expect(!AccessRules.equal([], token) && !AccessRules.equal(token, []))
        for index in token.indices {
            var other = token
            other[index] ^= 1
            #expect(!AccessRules.equal(other, token))
            #expect(!AccessRules.equal(Array(token[..<index]), token))
        }
        #expect(!AccessRules.equal(token + [0], token))
    }
}
