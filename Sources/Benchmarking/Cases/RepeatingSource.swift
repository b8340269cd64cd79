internal import FrameIO

/// Frames from memory, again and again: what a camera delivers without a disk in between.
///
/// Used by the pipeline's source thread only. `permit` is asked before every frame and may block; false ends the stream.
final class RepeatingSource: FrameSource {
    let properties: StreamProperties
    let names: NameTable? = nil
    private let frames: StoredFrames
    private let permit: () -> Bool
    private var next: UInt64 = 0

    init(_ frames: StoredFrames, permit: @escaping () -> Bool) {
        self.frames = frames
        self.permit = permit
        properties = frames.properties
    }

    func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        guard permit() else { return .end(truncated: false) }
        frames.copy(Int(next % UInt64(frames.count)), as: next, into: &frame)
        next += 1
        return .frame
    }

    func rewind() throws(FrameIOError) -> Bool {
        next = 0
        return true
    }
}

/// Encoded frames in memory. Immutable.
public final class StoredFrames {
    private struct Entry {
        let header: FrameHeader
        let bytes: UnsafeRawBufferPointer
    }

    let properties: StreamProperties
    private let entries: [Entry]

    /// How many there are.
    public var count: Int { entries.count }

    /// Width and height of the first.
    var frameSize: (width: Int, height: Int) { (entries[0].header.width, entries[0].header.height) }

    /// What they are, for instance `jpeg 1024x512`.
    public let summary: String

    /// Reads the first `limit` frames of a picture, folder or stream.
    public init(contentsOf path: String, limit: Int) throws(BenchmarkError) {
        var entries: [Entry] = []
        do throws(FrameIOError) {
            let source = try FrameInput.open(path)
            properties = source.properties
            var buffer = FrameBuffer()
            while entries.count < limit, try source.next(into: &buffer) == .frame {
                let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.bytes.count, alignment: 64)
                copy.copyMemory(from: buffer.bytes.contents)
                entries.append(Entry(header: buffer.header, bytes: UnsafeRawBufferPointer(copy)))
            }
        } catch {
            throw BenchmarkError("\(error)")
        }
        guard let first = entries.first?.header else {
            throw BenchmarkError("\(path) holds no whole frame: name a picture, a folder of pictures or a stream")
        }
        self.entries = entries
        summary = "\(first.payload.name) \(first.width)x\(first.height)"
    }

    /// One rgb24 frame of noise over a gradient.
    public init(syntheticWidth width: Int, height: Int) {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: width * height * 3, alignment: 64)
        var state: UInt32 = 88_172_645
        for index in bytes.indices {
            state = state &* 1_664_525 &+ 1_013_904_223
            let gradient = index / 3 % width * 200 / width
            bytes[index] = UInt8(truncatingIfNeeded: gradient + Int(state >> 27))
        }
        let header = FrameHeader(
            id: 0, payload: .raw(.rgb24), width: width, height: height, byteCount: bytes.count)
        entries = [Entry(header: header, bytes: UnsafeRawBufferPointer(bytes))]
        properties = StreamProperties(
            format: .raw, payload: .raw(.rgb24), width: width, height: height, frameRate: nil)
        summary = "rgb24 \(width)x\(height)"
    }

    deinit { for entry in entries { entry.bytes.deallocate() } }

    /// Copies frame `index` into `frame` with the number `id` and an arrival of now.
    func copy(_ index: Int, as id: UInt64, into frame: inout FrameBuffer) {
        let entry = entries[index]
        frame.bytes.removeAll()
        frame.bytes.append(entry.bytes)
        frame.header = FrameHeader(
            id: id, payload: entry.header.payload, width: entry.header.width, height: entry.header.height,
            colorRange: entry.header.colorRange, colorMatrix: entry.header.colorMatrix,
            byteCount: entry.header.byteCount)
    }
}
