import Foundation
import FrameIO
import Synchronization
import Testing

/// A folder of its own for each test, removed with it.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/frameio-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let target = file(name)
        try FileManager.default.createDirectory(
            atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: target))
        return target
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file(name)))) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

/// Runs ffmpeg and gives its standard output. Where ffmpeg is missing the test fails: install the package `ffmpeg`.
@discardableResult
func ffmpeg(_ arguments: String, input: [UInt8]? = nil) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"] + arguments.split(separator: " ").map(String.init)
    let scratch = try Scratch()
    if let input {
        process.standardInput = try FileHandle(
            forReadingFrom: URL(fileURLWithPath: try scratch.write(input, to: "input")))
    } else {
        process.standardInput = FileHandle.nullDevice
    }
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "ffmpeg \(arguments) failed (is the package ffmpeg installed?)")
    return Array(data)
}

/// Runs `body` with a path that opens the reading end of `pipe`, which stays open meanwhile.
func withPath<Result>(of pipe: Pipe, _ body: (String) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(pipe) { try body("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)") }
}

/// One frame as it came out of a source.
struct Frame: Equatable {
    var header: FrameHeader
    var bytes: [UInt8]
}

/// All that a source said, up to its end.
struct Reading {
    var frames: [Frame] = []
    var corruptions: [Corruption] = []
    var truncated = false
    var stopped = false
    /// Largest memory that the frame buffer took.
    var capacity = 0

    /// Nothing yet.
    init() {}

    init(_ source: any FrameSource, limit: Int = 100_000) throws {
        var buffer = FrameBuffer()
        for _ in 0..<limit {
            let event = try source.next(into: &buffer)
            capacity = max(capacity, buffer.bytes.capacity)
            switch event {
            case .frame:
                #expect(buffer.header.byteCount == buffer.bytes.count)
                frames.append(Frame(header: buffer.header, bytes: Array(buffer.bytes.bytes)))
            case .corrupt(let corruption): corruptions.append(corruption)
            case .end(let isTruncated):
                truncated = isTruncated
                // The end stays the end.
                if case .end = try source.next(into: &buffer) { return }
                Issue.record("a source gave more after its end")
                return
            case .stopped:
                stopped = true
                return
            }
        }
        Issue.record("a source did not come to an end")
    }
}

/// Reads `bytes` as a stream from a file.
func read(_ bytes: [UInt8], _ options: InputOptions = InputOptions()) throws -> Reading {
    let scratch = try Scratch()
    return try Reading(try FrameInput.open(try scratch.write(bytes, to: "stream.bin"), options: options))
}

/// The message of the error that `body` must throw.
func message(_ body: () throws -> Void) -> String {
    do {
        try body()
    } catch {
        return "\(error)"
    }
    return "no error"
}

/// Decodes `bytes` and gives the rgb24 pixels.
func decode(_ bytes: [UInt8], _ payload: FramePayload = .jpeg) throws -> (width: Int, height: Int, pixels: [UInt8]) {
    let decoder = try ImageDecoder()
    var frame = FrameBuffer()
    bytes.withUnsafeBytes { frame.bytes.append($0) }
    frame.header = FrameHeader(id: 0, payload: payload, width: 0, height: 0, byteCount: bytes.count)
    var image = DecodedImage()
    try decoder.decode(frame, into: &image)
    let decoded = image.view
    let view = try #require(decoded)
    let pixels = UnsafeBufferPointer(start: view.plane0, count: view.stride0 * view.height)
    return (view.width, view.height, Array(pixels))
}

/// Largest and mean difference of two equally long pictures.
func difference(_ a: [UInt8], _ b: [UInt8]) -> (largest: Int, mean: Double) {
    precondition(a.count == b.count)
    var largest = 0
    var sum = 0
    for (x, y) in zip(a, b) {
        let step = abs(Int(x) - Int(y))
        largest = max(largest, step)
        sum += step
    }
    return (largest, Double(sum) / Double(max(1, a.count)))
}

/// Small JPEG pictures that differ from each other; made once for each size.
func jpegs(_ count: Int, size: String = "32x24") throws -> [[UInt8]] {
    try pictureCache.withLock { cache in
        if let known = cache[size] { return Array(known.prefix(count)) }
        let scratch = try Scratch()
        try ffmpeg("-f lavfi -i testsrc=s=\(size):r=10 -frames:v 4 -q:v 4 \(scratch.path)/%03d.jpg")
        let pictures = try scratch.names().map(scratch.read)
        cache[size] = pictures
        return Array(pictures.prefix(count))
    }
}

private let pictureCache = Mutex<[String: [[UInt8]]]>([:])

func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }
