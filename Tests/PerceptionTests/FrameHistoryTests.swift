import FrameIO
import TestSupport
import Testing

@testable import Perception

@Suite struct FrameHistoryTests {
    /// A frame with `bytes` bytes of input and a map of `pixels` pixels, all told from its number.
    private func frame(_ number: UInt64, bytes: [UInt8], map: [UInt8], _ body: (HistoryFrame) -> Void) {
        var header = FrameHeader(
            id: number, captureNanoseconds: Int64(number) * 1000, payload: .jpeg, width: map.count, height: 1,
            byteCount: bytes.count)
        header.arrivalNanoseconds = 5
        let record = FrameRecord(header, status: .delivered)
        let regions = (0..<Int(number % 3)).map { index in
            RegionRecord(
                x: index, y: Int(number), width: 1, height: 1, area: 1, maxScore: 0, centroidX: 0, centroidY: 0)
        }
        bytes.withUnsafeBytes { encoded in
            map.withUnsafeBytes { map in
                regions.withUnsafeBufferPointer { regions in
                    body(
                        HistoryFrame(
                            record: record, header: header, encoded: encoded, openSet: map, regions: regions))
                }
            }
        }
    }

    /// Frames of random sizes in a small ring, with a random pin: every frame that is there is whole, the pinned ones are
    /// there, and a frame is refused only when pinned ones are in the way.
    @Test func framesStayWholeUntilTheyArePushedOut() {
        var random = SeededGenerator(label: "frame history")
        for _ in 0..<20 {
            let byteCount = Int.random(in: 3000...20_000, using: &random)
            let history = FrameHistory(byteCount: byteCount)
            var places = FrameHistory.Places(byteCount: byteCount, frames: Int.random(in: 2...40, using: &random))
            var kept: [UInt64: (bytes: [UInt8], map: [UInt8], regions: Int)] = [:]
            var pinned = UInt64.max
            var map = ByteBuffer()
            for number in 0..<400 as Range<UInt64> {
                let isLost = Int.random(in: 0..<6, using: &random) == 0
                let bytes = (0..<Int.random(in: 0...1500, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                let label = UInt8.random(in: 0...9, using: &random)
                let pixels = [UInt8](repeating: label, count: Int.random(in: 1...900, using: &random))
                frame(number, bytes: bytes, map: pixels) { whole in
                    let frame = isLost ? HistoryFrame(record: whole.record) : whole
                    let held = places.next - places.first
                    guard let place = places.reserve(FrameHistory.bound(frame), pinned: pinned) else {
                        #expect(pinned < places.next && places.first <= pinned, "refused though nothing is pinned")
                        return
                    }
                    #expect(places.next - places.first <= held)
                    let sequence = places.add(history.store(frame, at: place))
                    kept[sequence] = isLost ? ([], [], -1) : (bytes, pixels, Int(number % 3))
                }
                switch Int.random(in: 0..<10, using: &random) {
                case 0 where places.next > places.first:
                    pinned = UInt64.random(in: places.first..<places.next, using: &random)
                case 1, 2: pinned = .max
                default: break
                }
                #expect(pinned == .max || places.first <= pinned)
                var offsets: [Range<Int>] = []
                for sequence in places.first..<places.next {
                    let entry = places[sequence]
                    let expected = kept[sequence]!
                    offsets.append(entry.offset..<entry.offset + entry.span)
                    #expect(entry.offset + entry.span <= byteCount)
                    guard expected.regions >= 0 else {
                        #expect(entry.header == nil && entry.span == 0)
                        continue
                    }
                    #expect(Array(history.encoded(entry)) == expected.bytes)
                    let isUnpacked = history.openSet(entry, into: &map)
                    #expect(isUnpacked && Array(map.bytes) == expected.map)
                    #expect(history.regions(entry)?.count == expected.regions)
                    #expect(
                        history.regions(entry)?.last.map(\.y) ?? Int(entry.record.frameID) == Int(entry.record.frameID))
                }
                for (a, b) in zip(offsets, offsets.dropFirst()) { #expect(!a.overlaps(b)) }
            }
        }
    }

    @Test func theFirstFrameOfAClipIsFoundByTime() {
        var places = FrameHistory.Places(byteCount: 1000, frames: 100)
        func add(_ times: [Int64]) {
            for time in times {
                var entry = FrameHistory.Entry()
                entry.time = time * ClipWindow.jitter
                _ = places.add(entry)
            }
        }
        add([50, 51, 52, 1, 2, 3, 4])
        let second = ClipWindow.jitter
        #expect(places.first(from: 2 * second, jitter: second) == 4)
        #expect(places.first(from: 3 * second - 1, jitter: second) == 5)
        #expect(
            places.first(from: -9 * second, jitter: second) == 3, "frames of another stretch of time are left alone")
        #expect(places.first(from: 5 * second, jitter: second) == 7)
    }

    @Test func aClipMayBeginWithAFrameThatWasPushedOut() {
        var places = FrameHistory.Places(byteCount: 1000, frames: 10)
        for time in 0..<25 as Range<Int64> {
            var entry = FrameHistory.Entry()
            entry.time = time * ClipWindow.jitter
            entry.offset = places.reserve(400, pinned: .max) ?? 0
            entry.span = 400
            _ = places.add(entry)
        }
        #expect(places.first > 20)
        #expect(places.first(from: 18 * ClipWindow.jitter, jitter: ClipWindow.jitter) == 18)
        #expect(places.first(from: 0, jitter: ClipWindow.jitter) == 15, "the books hold ten")
    }
}
