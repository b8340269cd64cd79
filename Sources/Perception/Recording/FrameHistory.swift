internal import FrameIO

/// A frame as the history takes it. Pointers are valid during the call.
struct HistoryFrame {
    let record: FrameRecord
    /// Nil where the frame was lost: then only its record is kept.
    var header: FrameHeader?
    var encoded = UnsafeRawBufferPointer(start: nil, count: 0)
    var openSet = UnsafeRawBufferPointer(start: nil, count: 0)
    var regions: UnsafeBufferPointer<RegionRecord>?

    /// The time by which clips are cut, as `ClipRecorder` tells it.
    var time: Int64 = 0
}

/// The last frames of a stream, in memory that is reserved once: input bytes as they came, the open-set map packed, the
/// record and the regions.
///
/// Frames lie one behind the other in a ring of bytes and are numbered. The newest push out the oldest; those from a
/// pinned number on stay, and where that leaves no room the new frame is refused. One thread appends; whoever reads keeps
/// the frame pinned. The numbers and places are the caller's to guard by a lock (`Places`), the bytes are not.
struct FrameHistory: ~Copyable {
    /// Where a frame lies.
    struct Entry {
        var record = FrameRecord(FrameHeader.none, status: .delivered)
        var header: FrameHeader?
        var time: Int64 = 0
        var offset = 0
        var span = 0
        var encodedCount = 0
        var packedCount = 0
        var mapCount = 0
        var regionCount: Int?
    }

    /// The books of the ring: no bytes are touched here.
    struct Places: ~Copyable {
        // Invariant: frames first..<next are at index number % capacity; so are those in front of them that were pushed
        // out, as far as no later one has taken their index.
        private let entries: UnsafeMutablePointer<Entry>
        private let capacity: Int
        private let byteCount: Int
        private(set) var first: UInt64 = 0
        private(set) var next: UInt64 = 0
        private var write = 0

        init(byteCount: Int, frames: Int) {
            entries = .allocate(capacity: frames)
            entries.initialize(repeating: Entry(), count: frames)
            capacity = frames
            self.byteCount = byteCount
        }

        deinit { entries.deallocate() }

        subscript(number: UInt64) -> Entry { entries[Int(number % UInt64(capacity))] }

        /// Finds room for `bytes` bytes, pushing out frames in front of `pinned`; where they may go, or nil.
        mutating func reserve(_ bytes: Int, pinned: UInt64) -> Int? {
            guard bytes <= byteCount else { return nil }
            while true {
                if next - first < UInt64(capacity), let place = fitting(bytes) { return place }
                guard first < min(pinned, next) else { return nil }
                first += 1
            }
        }

        /// The place of the next frame if it fits now. The ring is never filled to the last byte by more than one frame,
        /// so that equal ends mean that nothing is in the way.
        private func fitting(_ bytes: Int) -> Int? {
            guard first < next else { return 0 }
            let oldest = self[first].offset
            guard write >= oldest else { return oldest - write > bytes ? write : nil }
            if byteCount - write >= bytes { return write }
            return oldest > bytes ? 0 : nil
        }

        /// Adds a frame at the place that `reserve` gave; its number.
        mutating func add(_ entry: Entry) -> UInt64 {
            entries[Int(next % UInt64(capacity))] = entry
            write = entry.offset + entry.span
            next += 1
            return next - 1
        }

        /// The first of the newest frames that are all of at least `time` and in one stretch of time. It may have been
        /// pushed out: the books of the last `capacity` frames are kept.
        func first(from time: Int64, jitter: Int64) -> UInt64 {
            let oldest = next > UInt64(capacity) ? next - UInt64(capacity) : 0
            var number = next
            while number > oldest {
                let entry = self[number - 1]
                if entry.time < time { break }
                if number < next && entry.time > self[number].time + jitter { break }
                number -= 1
            }
            return number
        }
    }

    private let bytes: UnsafeMutableRawPointer
    private let codec = MapCodec()

    /// Reserves `byteCount` bytes, so that the memory is there before the first frame.
    init(byteCount: Int) {
        bytes = .allocate(byteCount: byteCount, alignment: 64)
        bytes.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    deinit { bytes.deallocate() }

    /// The most bytes that a frame takes.
    static func bound(_ frame: HistoryFrame) -> Int {
        guard frame.header != nil else { return 0 }
        return aligned(frame.encoded.count) + aligned(MapCodec.bound(frame.openSet.count))
            + (frame.regions?.count ?? 0) * MemoryLayout<RegionRecord>.stride + 64
    }

    /// Copies a frame to `offset`, where `bound` bytes are reserved; what it takes.
    func store(_ frame: HistoryFrame, at offset: Int) -> Entry {
        var entry = Entry()
        entry.record = frame.record
        entry.time = frame.time
        entry.offset = offset
        guard let header = frame.header else { return entry }
        entry.header = header
        entry.encodedCount = frame.encoded.count
        entry.mapCount = frame.openSet.count
        if let source = frame.encoded.baseAddress {
            (bytes + offset).copyMemory(from: source, byteCount: frame.encoded.count)
        }
        let regionsAt = offset + Self.aligned(frame.encoded.count)
        let regionBytes = (frame.regions?.count ?? 0) * MemoryLayout<RegionRecord>.stride
        if let regions = frame.regions, let source = regions.baseAddress {
            (bytes + regionsAt).copyMemory(from: source, byteCount: regionBytes)
        }
        entry.regionCount = frame.regions?.count
        entry.packedCount = codec.pack(frame.openSet, into: bytes + regionsAt + Self.aligned(regionBytes))
        entry.span = Self.aligned(frame.encoded.count) + Self.aligned(regionBytes) + Self.aligned(entry.packedCount)
        return entry
    }

    /// The frame's bytes as they came.
    func encoded(_ entry: Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes + entry.offset, count: entry.encodedCount)
    }

    /// The frame's regions.
    func regions(_ entry: Entry) -> UnsafeBufferPointer<RegionRecord>? {
        guard let count = entry.regionCount else { return nil }
        let start = bytes + entry.offset + Self.aligned(entry.encodedCount)
        // Copied there by `store`, at a multiple of 64; the type is trivial.
        return UnsafeBufferPointer(start: start.assumingMemoryBound(to: RegionRecord.self), count: count)
    }

    /// Unpacks the frame's open-set map; false where that is not possible.
    func openSet(_ entry: Entry, into map: inout ByteBuffer) -> Bool {
        map.reserveExactly(entry.mapCount)
        map.setCount(entry.mapCount)
        let regionBytes = (entry.regionCount ?? 0) * MemoryLayout<RegionRecord>.stride
        let start = bytes + entry.offset + Self.aligned(entry.encodedCount) + Self.aligned(regionBytes)
        return MapCodec.unpack(
            UnsafeRawBufferPointer(start: start, count: entry.packedCount), into: map.base, count: entry.mapCount)
    }

    private static func aligned(_ count: Int) -> Int { (count + 63) / 64 * 64 }
}
