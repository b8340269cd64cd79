import FrameIO
import Testing

@Suite struct MultipartTests {
    static func part(
        _ picture: [UInt8], boundary: String = "--frame", length: Int? = nil, extra: String = "", end: String = "\r\n"
    ) -> [UInt8] {
        ascii(
            "\(boundary)\(end)Content-Type: image/jpeg\(end)Content-Length: \(length ?? picture.count)\(end)\(extra)\(end)"
        )
            + picture + ascii(end)
    }

    @Test func framesEqualFfmpegsPictures() throws {
        let source = "-f lavfi -i testsrc2=s=67x45:r=10 -frames:v 6 -q:v 3"
        let stream = try ffmpeg("\(source) -f mpjpeg -")
        let plain = try read(try ffmpeg("\(source) -f mjpeg -"))
        let reading = try read(stream)
        #expect(reading.frames.map(\.bytes) == plain.frames.map(\.bytes))
        #expect(!reading.truncated && reading.corruptions.isEmpty)
        #expect(reading.frames.count == 6)
        for cut in stride(from: 20, to: stream.count, by: 7) {
            let reading = try read(Array(stream[..<cut]))
            #expect(reading.frames.map(\.bytes) == Array(plain.frames.map(\.bytes).prefix(reading.frames.count)))
        }
    }

    @Test func timestampsBecomeCaptureTimes() throws {
        let picture = try jpegs(1)[0]
        let stream =
            Self.part(picture, extra: "X-Timestamp: 1700000000.123456\r\n")
            + Self.part(picture, extra: "x-timestamp:12.5\r\n") + Self.part(picture)
            + Self.part(picture, extra: "X-Timestamp: noon\r\n")
        let reading = try read(stream)
        #expect(
            reading.frames.map(\.header.captureNanoseconds) == [1_700_000_000_123_456_000, 12_500_000_000, nil, nil])
    }

    @Test("variants that camera servers send", arguments: 0..<7)
    func variants(number: Int) throws {
        let pictures = try jpegs(3)
        func all(_ make: ([UInt8]) -> [UInt8]) -> [UInt8] { pictures.flatMap(make) }
        let bare = { (picture: [UInt8]) in
            ascii("--frame\r\nContent-Type: image/jpeg\r\n\r\n") + picture + ascii("\r\n")
        }
        let stream: [UInt8] =
            switch number {
            case 0: ascii("\r\n") + all { Self.part($0) }
            case 1: all { Self.part($0, end: "\n") }
            case 2: all(bare) + ascii("--frame--\r\n")
            case 3:
                ascii("HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n")
                    + all { Self.part($0) }
            case 4: all { Self.part($0 + [0, 0, 0], boundary: "--123456789000000000000987654321") }
            case 5:
                all {
                    Self.part($0)
                        + ascii("--frame\r\nContent-Type: application/json\r\n\r\n{\"a\": 1, \"b\": [1, 2, 3]}\r\n")
                }
            default: all { ascii("\r\n--frame\r\n\r\n") + $0 }
            }
        let reading = try read(stream)
        #expect(reading.frames.map(\.bytes) == pictures)
        #expect(reading.corruptions.isEmpty && !reading.truncated)
    }

    @Test func aWrongLengthLosesNoNeighbour() throws {
        let pictures = try jpegs(4)
        let longer =
            Self.part(pictures[0]) + Self.part(pictures[1], length: pictures[1].count + 300) + Self.part(pictures[2])
            + Self.part(pictures[3])
        #expect(try read(longer).frames.map(\.bytes) == pictures)
        let shorter =
            Self.part(pictures[0]) + Self.part(pictures[1], length: pictures[1].count - 50) + Self.part(pictures[2])
        let reading = try read(shorter)
        #expect(reading.frames.map(\.bytes) == [pictures[0], pictures[2]])
        #expect(reading.frames.map(\.header.id) == [0, 2])
        #expect(reading.corruptions.count == 1)
        #expect(reading.corruptions.first?.lostFrame == 1)
    }

    @Test func aHugeLengthReservesNothing() throws {
        let picture = try jpegs(1)[0]
        let stream = Self.part(picture) + Self.part(picture, length: 60 << 20)
        let reading = try read(stream)
        #expect(reading.frames.count >= 1)
        #expect(reading.capacity < 1 << 20)
        let absurd = try read(Self.part(picture, length: 1 << 60) + Self.part(picture))
        #expect(absurd.frames.map(\.bytes) == [picture])
        #expect(absurd.corruptions.first?.reason == .brokenPartHeader)
    }

    @Test func damageInsideAPart() throws {
        let pictures = try jpegs(3)
        let reading = try read(
            Self.part(pictures[0]) + ascii("noise noise") + Self.part(Array(pictures[1].prefix(200)))
                + Self.part(pictures[2]))
        #expect(reading.frames.map(\.bytes) == [pictures[0], pictures[2]])
        #expect(reading.corruptions.count == 2)
    }

    @Test func noBoundary() throws {
        let text = message {
            _ = try read([UInt8](repeating: 65, count: 40_000), InputOptions(format: .multipart))
        }
        #expect(text.contains("boundary"))
    }
}
