/// A window of unread bytes over an `InputChannel`: scanners look at the window, then take or skip from its front.
///
/// The window grows only with bytes that have really arrived; after the largest frame has passed it allocates no more.
struct StreamReader: ~Copyable {
    enum Fill {
        case ready
        case end
        case stopped
    }

    private let channel: InputChannel
    private var buffer: ByteBuffer
    private var front = 0

    /// Bytes taken or skipped since the beginning: where the window begins, for error messages.
    private(set) var position = 0

    /// Below this much free space the window is moved to the front, or grown when it fills the buffer.
    private static let leastRead = 32 * 1024

    init(channel: consuming InputChannel) {
        self.channel = channel
        buffer = ByteBuffer(capacity: 256 * 1024)
    }

    var path: String { channel.path }

    /// The input's size now; nil for pipes.
    var size: Int? { channel.size }

    /// Reads `count` bytes at `offset` of a regular file, apart from the stream; nil where there are not as many.
    func bytes(at offset: Int, count: Int) throws(FrameIOError) -> ByteBuffer? {
        guard let size, offset >= 0, count >= 0, offset <= size, count <= size - offset else { return nil }
        var buffer = ByteBuffer(capacity: count)
        let got = try channel.read(at: offset, into: buffer.base, count: count)
        buffer.setCount(got)
        guard got == count else { return nil }
        return consume buffer
    }

    /// Memory that the window takes.
    var capacity: Int { buffer.capacity }

    /// Unread bytes at hand.
    var available: Int { buffer.count - front }

    /// First unread byte. Valid until the next mutating call.
    var start: UnsafePointer<UInt8> { UnsafePointer(buffer.start + front) }

    /// The unread bytes. Valid until the next mutating call.
    var window: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: available) }

    /// Blocks until at least `wanted` bytes are at hand, the input ends, or reading is stopped.
    mutating func fill(_ wanted: Int) throws(FrameIOError) -> Fill {
        while available < wanted {
            makeRoom()
            switch try channel.read(into: buffer.base + buffer.count, count: buffer.capacity - buffer.count) {
            case .bytes(let got): buffer.setCount(buffer.count + got)
            case .end: return .end
            case .stopped: return .stopped
            }
        }
        return .ready
    }

    /// Drops `length` bytes of the window.
    mutating func skip(_ length: Int) {
        precondition(length >= 0 && length <= available, "more skipped than read")
        front += length
        position += length
        if front == buffer.count {
            buffer.removeAll()
            front = 0
        }
    }

    /// Copies the first `length` bytes of the window to `destination` and drops them.
    mutating func take(_ length: Int, into destination: inout ByteBuffer) {
        destination.removeAll()
        destination.append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(window)[..<length]))
        skip(length)
    }

    /// Reads exactly `wanted` bytes into `destination`, past the window where that saves a copy. On `.end` and
    /// `.stopped` the destination holds what came.
    ///
    /// Room is made as bytes arrive (doubling from 1 MiB), so that a header's claim alone reserves nothing.
    mutating func read(_ wanted: Int, into destination: inout ByteBuffer) throws(FrameIOError) -> Fill {
        destination.removeAll()
        destination.reserveExactly(min(wanted, max(1 << 20, available)))
        let held = min(available, wanted)
        destination.append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(window)[..<held]))
        skip(held)
        while destination.count < wanted {
            if destination.count == destination.capacity {
                destination.reserveExactly(min(wanted, destination.capacity * 2))
            }
            let room = min(wanted, destination.capacity) - destination.count
            switch try channel.read(into: destination.base + destination.count, count: room) {
            case .bytes(let got):
                destination.setCount(destination.count + got)
                position += got
            case .end: return .end
            case .stopped: return .stopped
            }
        }
        return .ready
    }

    /// Starts over at the first byte; false where the input cannot.
    mutating func rewind() -> Bool {
        guard channel.rewind() else { return false }
        buffer.removeAll()
        front = 0
        position = 0
        return true
    }

    private mutating func makeRoom() {
        guard buffer.capacity - buffer.count < Self.leastRead else { return }
        if front > 0 {
            buffer.removeFirst(front)
            front = 0
        }
        if buffer.capacity - buffer.count < Self.leastRead { buffer.reserve(buffer.capacity + 1) }
    }
}
