/// One record at the front of the stream.
struct McapRecord {
    let opcode: UInt8
    /// Where it begins, in bytes from the start of the input.
    let position: Int
    /// Bytes behind opcode and length.
    let length: Int
    /// Its bytes, until the next record is asked for; none for kinds that are passed over.
    let body: UnsafeBufferPointer<UInt8>

    var kind: McapOpcode? { McapOpcode(rawValue: opcode) }
}

/// How a recording ends.
enum McapEnd: Equatable {
    /// As the format asks: footer and magic.
    case closed
    /// Behind a whole record, without footer and magic: the recorder was ended or lost its power.
    case unfinished
    /// Inside the record with this opcode, `held` bytes of which are there.
    case cut(opcode: UInt8, position: Int, held: Int)
}

/// Takes records from a stream, one after the other, whole.
///
/// Memory grows with bytes that have really arrived, whatever a length claims. Where lengths make no sense the reader
/// goes on with the next chunk: the fields of a chunk's head confirm each other, so that it can be told from noise.
struct McapRecordReader: ~Copyable {
    enum Step {
        case record(McapRecord)
        /// Bytes that make no records were passed over.
        case damaged(position: Int, bytes: Int)
        case end(McapEnd)
        case stopped
    }

    private var reader: StreamReader
    /// Bytes of the record that was given out last; they leave with the next call.
    private var held = 0
    private var hasMagic = false
    private var sawFooter = false
    private var searchesChunk = false
    private let checks: Bool
    /// CRC-32 of all bytes in front of the record that was given out last; 0 unless asked for at the start.
    private(set) var checksum: UInt32 = 0

    /// Largest record that is held in memory.
    static let maximumRecord = 1 << 30

    /// Takes over a reader that stands at the first byte. `checks` computes the running checksum.
    init(reader: consuming StreamReader, checks: Bool = false) {
        self.reader = reader
        self.checks = checks
    }

    var path: String { reader.path }
    var size: Int? { reader.size }
    var capacity: Int { reader.capacity }

    func bytes(at offset: Int, count: Int) throws(FrameIOError) -> ByteBuffer? {
        try reader.bytes(at: offset, count: count)
    }

    /// The next record. Blocks until it is whole.
    mutating func next() throws(FrameIOError) -> Step {
        consume(held)
        held = 0
        if !hasMagic {
            guard try reader.fill(McapFormat.magicBytes) != .stopped else { return .stopped }
            guard McapFormat.isMagic(reader.window) else { throw .malformed("\(reader.path): not an MCAP recording") }
            consume(McapFormat.magicBytes)
            hasMagic = true
        }
        if sawFooter { return try finish() }
        if searchesChunk { return try searchChunk(for: nil) }
        switch try reader.fill(McapFormat.recordHead) {
        case .stopped: return .stopped
        case .end: return .end(reader.available == 0 ? .unfinished : endInside(reader.available))
        case .ready: break
        }
        var head = ByteCursor(reader.window)
        let opcode = head.u8()
        let claimed = head.u64()
        let left = reader.size.map { $0 - reader.position - McapFormat.recordHead } ?? .max
        let isHeld = Self.isHeld(opcode)
        guard opcode != 0, claimed <= UInt64(max(0, left)), !isHeld || claimed <= UInt64(Self.maximumRecord) else {
            return try searchChunk(for: endInside(reader.available))
        }
        return isHeld ? try hold(opcode, Int(claimed)) : try passOver(opcode, Int(claimed))
    }

    /// Declares that the record given out last makes no sense, so that its length cannot be trusted either.
    mutating func reject() {
        held = 0
        searchesChunk = true
    }

    /// Starts over; false where the input cannot.
    mutating func rewind() -> Bool {
        guard reader.rewind() else { return false }
        (held, hasMagic, sawFooter, searchesChunk, checksum) = (0, false, false, false, 0)
        return true
    }

    /// Kinds whose bytes are needed. Attachments and kinds that are not known may be of any size, and are not.
    private static func isHeld(_ opcode: UInt8) -> Bool {
        guard let kind = McapOpcode(rawValue: opcode) else { return false }
        switch kind {
        case .attachment, .chunkIndex, .attachmentIndex, .metadataIndex, .summaryOffset: return false
        default: return true
        }
    }

    private mutating func hold(_ opcode: UInt8, _ length: Int) throws(FrameIOError) -> Step {
        let total = McapFormat.recordHead + length
        switch try reader.fill(total) {
        case .stopped: return .stopped
        case .end: return try searchChunk(for: endInside(reader.available))
        case .ready: break
        }
        held = total
        sawFooter = opcode == McapOpcode.footer.rawValue
        let body = UnsafeBufferPointer(rebasing: reader.window[McapFormat.recordHead..<total])
        return .record(McapRecord(opcode: opcode, position: reader.position, length: length, body: body))
    }

    private mutating func passOver(_ opcode: UInt8, _ length: Int) throws(FrameIOError) -> Step {
        let position = reader.position
        var left = McapFormat.recordHead + length
        while left > 0 {
            let step = min(left, reader.available)
            consume(step)
            left -= step
            if left == 0 { break }
            switch try reader.fill(1) {
            case .ready: continue
            case .stopped: return .stopped
            case .end:
                return .end(.cut(opcode: opcode, position: position, held: reader.position - position))
            }
        }
        let none = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        return .record(McapRecord(opcode: opcode, position: position, length: length, body: none))
    }

    private mutating func finish() throws(FrameIOError) -> Step {
        switch try reader.fill(McapFormat.magicBytes) {
        case .stopped: return .stopped
        case .ready where McapFormat.isMagic(reader.window): return .end(.closed)
        case .ready, .end: return .end(.unfinished)
        }
    }

    private func endInside(_ bytes: Int) -> McapEnd {
        .cut(opcode: reader.window.first ?? 0, position: reader.position, held: bytes)
    }

    /// Passes over bytes up to the next chunk. Without one the input ends as `end` says.
    private mutating func searchChunk(for end: McapEnd?) throws(FrameIOError) -> Step {
        let position = reader.position
        var ending = end ?? endInside(reader.available)
        searchesChunk = false
        // The record at the front is the one that cannot be.
        var offset = 1
        while true {
            while let found = Bytes.index(of: McapOpcode.chunk.rawValue, in: reader.window, from: offset) {
                offset = found
                guard reader.available - found >= McapChunk.confirmingBytes else { break }
                let candidate = UnsafeBufferPointer(rebasing: reader.window[found...])
                let left = reader.size.map { $0 - reader.position - found }
                if McapChunk.isPlausible(candidate, left: left) {
                    consume(found)
                    return .damaged(position: position, bytes: reader.position - position)
                }
                offset = found + 1
            }
            let kept = min(reader.available, McapChunk.confirmingBytes)
            let passed = reader.available - kept
            consume(passed)
            offset = max(0, offset - passed)
            switch try reader.fill(kept + 1) {
            case .ready: continue
            case .stopped: return .stopped
            case .end:
                if case .cut(let opcode, let begin, _) = ending {
                    ending = .cut(opcode: opcode, position: begin, held: reader.position + reader.available - begin)
                }
                consume(reader.available)
                return .end(ending)
            }
        }
    }

    private mutating func consume(_ count: Int) {
        if checks, count > 0 {
            checksum = Checksum.crc(of: UnsafeBufferPointer(start: reader.start, count: count), after: checksum)
        }
        reader.skip(count)
    }
}
