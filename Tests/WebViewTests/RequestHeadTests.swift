import TestSupport
import Testing

@testable import WebView

@Suite struct RequestHeadTests {
    private func parse(_ text: String) -> RequestHead.Outcome { RequestHead.parse(Array(text.utf8)) }

    private func head(_ text: String) throws -> RequestHead {
        guard case .head(let head, let length) = parse(text) else {
            Issue.record("not taken: \(parse(text))")
            throw Refused()
        }
        #expect(length == text.utf8.count)
        return head
    }

    private struct Refused: Error {}

    private func status(_ text: String) -> Int? {
        if case .refused(let status, _) = parse(text) { return status }
        return nil
    }

    @Test func readsWhatABrowserSends() throws {
        let head = try head(
            "GET /api/history?after=17&token=a%2Bb%20c%zz HTTP/1.1\r\nHost: localhost:9109\r\nAccept: */*\r\n"
                + "Cookie: a=1\r\nCookie: b=2\r\nX-Many: 1\r\nx-many:2 \r\n\r\n")
        #expect(head.path == "/api/history")
        #expect(head.query == ["after": "17", "token": "a+b c%zz"])
        #expect(head.headers["host"] == "localhost:9109")
        #expect(head.headers["cookie"] == "a=1; b=2")
        #expect(head.headers["x-many"] == "1, 2")
        #expect(head.keepsAlive && !head.isHead)
    }

    @Test func knowsWhenTheConnectionEnds() throws {
        #expect(try !head("HEAD / HTTP/1.1\r\nhost: x\r\nconnection: Close\r\n\r\n").keepsAlive)
        #expect(try head("HEAD / HTTP/1.1\r\nhost: x\r\n\r\n").isHead)
        #expect(try !head("GET / HTTP/1.0\r\nhost: x\r\n\r\n").keepsAlive)
        #expect(try head("GET / HTTP/1.0\r\nhost: x\r\nconnection: keep-alive\r\n\r\n").keepsAlive)
    }

    @Test func refusesWhatItDoesNotAnswer() {
        let host = "Host: x\r\n"
        #expect(status("POST / HTTP/1.1\r\n\(host)\r\n") == 405)
        #expect(status("OPTIONS * HTTP/1.1\r\n\(host)\r\n") == 405)
        #expect(status("GET / HTTP/2\r\n\(host)\r\n") == 400)
        #expect(status("GET http://x/ HTTP/1.1\r\n\(host)\r\n") == 400)
        #expect(status("GET  / HTTP/1.1\r\n\(host)\r\n") == 400)
        #expect(status("GET / HTTP/1.1\r\n\r\n") == 400)
        #expect(status("GET / HTTP/1.1\r\n\(host)\(host)\r\n") == 400)
        #expect(status("GET / HTTP/1.1\r\n\(host)A b: c\r\n\r\n") == 400)
        #expect(status("GET / HTTP/1.1\r\n\(host): c\r\n\r\n") == 400)
        #expect(status("GET / HTTP/1.1\r\n\(host) folded\r\n\r\n") == 400)
        #expect(status("GET / HTTP/1.1\r\n\(host)A: \n b\r\n\r\n") == 400)
        #expect(status("GET / HTTP/1.1\r\n\(host)Content-Length: 1\r\n\r\n") == 413)
        #expect(status("GET / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n") == 413)
        #expect(status("\u{16}\u{3}\u{1}\r\n\r\n") == 400)
    }

    @Test func waitsForTheWholeHeadAndNoLonger() {
        let text = Array("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\n".utf8)
        let end = 28
        for length in 0..<end { #expect(RequestHead.parse(Array(text[..<length])) == .incomplete) }
        for length in end...text.count {
            guard case .head(let head, end) = RequestHead.parse(Array(text[..<length])) else {
                Issue.record("\(length) bytes: \(RequestHead.parse(Array(text[..<length])))")
                continue
            }
            #expect(head.path == "/a")
        }
    }

    @Test func readsNoMoreThanTheLimit() {
        let start = "GET / HTTP/1.1\r\nHost: x\r\nA: "
        let longest = start + String(repeating: "a", count: RequestHead.limit - start.utf8.count - 4) + "\r\n\r\n"
        guard case .head(_, RequestHead.limit) = parse(longest) else {
            Issue.record("a head of just the limit is refused")
            return
        }
        let longer = start + String(repeating: "a", count: RequestHead.limit - start.utf8.count - 3) + "\r\n\r\n"
        #expect(status(longer) == 431)
        #expect(status(String(longer.dropLast(4))) == nil)
        #expect(status(String(repeating: "x", count: RequestHead.limit)) == 431)
    }

    @Test func survivesAnyBytes() {
        var generator = SeededGenerator(label: "request heads")
        let whole = Array("GET /a?b=%41 HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\n\r\n".utf8)
        for _ in 0..<5000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if case .head(let head, let length) = RequestHead.parse(bytes) {
                #expect(length <= bytes.count && head.path.hasPrefix("/"))
            }
        }
    }
}
