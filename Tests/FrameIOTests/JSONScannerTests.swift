import Foundation
import TestSupport
import Testing

@testable import FrameIO

@Suite struct JSONScannerTests {
    private func isWhole(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            return scanner.skipValue() && scanner.isAtEnd
        }
    }

    @Test func values() {
        for text in [
            "{}", "[]", " { \"a\" : [ 1 , -2.5e3, true,null ] , \"b\\\"\" : {\"c\": \"}\"} }\n", "\"\\\\\"", "0",
        ] {
            #expect(isWhole(text), "\(text)")
        }
        for text in ["", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "\"a", "\"\\\"", "[1 2]", "{1:2}", "] "] {
            #expect(!isWhole(text), "\(text)")
        }
        #expect(!isWhole(String(repeating: "[", count: 100_000)))
        #expect(isWhole(String(repeating: "[", count: 40) + String(repeating: "]", count: 40)))
    }

    @Test func base64AsFoundationWritesIt() throws {
        var random = SeededGenerator(label: "base64")
        var target = ByteBuffer()
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Data(bytes).base64EncodedString()
            let forms = [
                text, text.replacingOccurrences(of: "=", with: ""), text.replacingOccurrences(of: "/", with: "\\/"),
                text.replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "+", with: "-"),
            ]
            for form in forms {
                target.removeAll()
                let isRead = Array(form.utf8).withUnsafeBufferPointer { Base64.decode($0, into: &target) }
                #expect(isRead && Array(target.bytes) == bytes)
            }
        }
        for form in ["A", "AB=C", "AB===", "A*BC", "ABC==", "ABCDE"] {
            let isRead = Array(form.utf8).withUnsafeBufferPointer { Base64.decode($0, into: &target) }
            #expect(!isRead, "\(form)")
        }
    }

    @Test func cursor() {
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
        bytes.withUnsafeBufferPointer { buffer in
            var little = ByteCursor(buffer)
            #expect(little.u8() == 1 && little.u16() == 0x0302 && little.left == 7)
            little.align(4)
            #expect(little.u32() == 0x0807_0605 && little.isValid)
            #expect(little.u32() == 0 && !little.isValid && little.u8() == 0)
            #expect(little.left == 0 && little.rest().isEmpty, "a loop over what is left ends")
            var big = ByteCursor(buffer, isBigEndian: true)
            #expect(big.u64() == 0x0102_0304_0506_0708 && Array(big.rest()) == [9, 10] && big.isValid)
            var claims = ByteCursor(buffer)
            #expect(claims.prefixed().isEmpty && !claims.isValid)
        }
    }
}
