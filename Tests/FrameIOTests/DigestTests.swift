import CDigest
import FrameIO
import TestSupport
import Testing

@Suite struct DigestTests {
    static func digest(_ bytes: [UInt8], instructions: Bool, pieces: [Int] = []) -> String {
        var state = dh_sha256()
        dh_sha256_start(&state, instructions ? 1 : 0)
        var offset = 0
        for piece in pieces + [bytes.count] {
            let end = min(bytes.count, offset + piece)
            bytes[offset..<end].withUnsafeBufferPointer { dh_sha256_update(&state, $0.baseAddress, $0.count) }
            offset = end
        }
        var out = [UInt8](repeating: 0, count: 32)
        dh_sha256_finish(&state, &out)
        return out.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("NIST's examples", arguments: [false, true])
    func vectors(instructions: Bool) {
        let cases: [([UInt8], String)] = [
            ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (ascii("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                ascii("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                ascii(
                    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
                ),
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
            (
                [UInt8](repeating: 0x61, count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ]
        for (bytes, expected) in cases { #expect(Self.digest(bytes, instructions: instructions) == expected) }
    }

    @Test func instructionsEqualTheScalarRounds() {
        if dh_sha256_has_instructions() == 0 { print("no SHA instructions here: both runs are the scalar rounds") }
        var random = SeededGenerator(label: "digest")
        for length in 0..<300 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let pieces = (0..<3).map { _ in Int.random(in: 0...100, using: &random) }
            #expect(
                Self.digest(bytes, instructions: true, pieces: pieces) == Self.digest(bytes, instructions: false))
        }
    }

    @Test func mapsAndSizesAndOrderCount() {
        func run(_ maps: [(Int, Int, UInt8)]) -> String {
            let sink = DigestSink()
            for (width, height, value) in maps {
                sink.write([UInt8](repeating: value, count: width * height), width: width, height: height)
            }
            return sink.hexadecimal()
        }
        #expect(run([(4, 2, 7)]) == Self.digest(ascii("4x2\n") + [7, 7, 7, 7, 7, 7, 7, 7], instructions: false))
        #expect(run([(4, 2, 7)]) != run([(2, 4, 7)]))
        #expect(run([(1, 1, 1), (1, 1, 2)]) != run([(1, 1, 2), (1, 1, 1)]))
        #expect(run([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
