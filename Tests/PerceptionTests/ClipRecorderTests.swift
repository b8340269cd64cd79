import Dispatch
import Foundation
import FrameIO
import Testing

@testable import Perception

/// Clips from frames that are handed in one by one, read back by the reader of recordings.
@Suite struct ClipRecorderTests {
    private static let width = 32
    private static let height = 8

    private func request(_ folder: String, _ text: String, pre: Double, post: Double, memory: Int = 1 << 20) throws
        -> ClipRequest
    {
        ClipRequest(
            trigger: try TriggerExpression(text), pre: Int64(pre * 1e9), post: Int64(post * 1e9), folder: folder,
            memory: memory, recording: RecordingOptions())
    }

    /// Hands in raw grey frames, one a second; frame `n` is full of `n`, its map of `n % 5`, and its age is 1 s if `n` triggers.
    private func feed(
        _ recorder: ClipRecorder, _ numbers: Range<Int>, triggers: Set<Int>, lost: Set<Int> = [],
        time: (Int) -> Int64? = { Int64($0) * 1_000_000_000 }
    ) {
        for number in numbers {
            let pixels = [UInt8](repeating: UInt8(number % 256), count: Self.width * Self.height)
            let map = [UInt8](repeating: UInt8(number % 5), count: Self.width * Self.height)
            let header = FrameHeader(
                id: UInt64(number), captureNanoseconds: time(number), payload: .raw(.gray8), width: Self.width,
                height: Self.height, byteCount: pixels.count)
            let isLost = lost.contains(number)
            var record = FrameRecord(
                header, status: isLost ? .dropped(place: "backbone", reason: "deadline") : .delivered)
            record.totalNanoseconds = triggers.contains(number) ? 1_000_000_000 : 1
            pixels.withUnsafeBytes { encoded in
                map.withUnsafeBytes { map in
                    var frame = HistoryFrame(record: record)
                    if !isLost {
                        frame.header = header
                        frame.encoded = encoded
                        frame.openSet = map
                    }
                    recorder.take(frame)
                }
            }
        }
    }

    /// Frame numbers and first pixels of the input in a clip.
    private func frames(_ path: String) throws -> [(id: Int, pixel: UInt8)] {
        let source = try FrameInput.open(path, options: InputOptions())
        var frame = FrameBuffer()
        var found: [(id: Int, pixel: UInt8)] = []
        while case .frame = try source.next(into: &frame) {
            #expect(frame.header.width == Self.width && frame.header.payload == .raw(.gray8))
            found.append((Int((frame.header.captureNanoseconds ?? -1) / 1_000_000_000), frame.bytes.bytes[0]))
        }
        return found
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func clipsHoldTheFramesAroundTheirTriggers() throws {
        let scratch = try Scratch()
        let recorder = try ClipRecorder(
            try request(scratch.file("clips"), "total_ms > 0.5s", pre: 3, post: 2), fields: [("model", "none")],
            messages: { _ in })
        feed(recorder, 0..<60, triggers: [10, 11, 30, 59], lost: [9, 31])
        let summary = recorder.finish()
        #expect(summary.clips == 3 && summary.failed == 0 && summary.lost == 0 && summary.failure == nil)
        #expect(summary.frames == 7 + 6 + 4)
        let names = try names(scratch.file("clips"))
        #expect(
            names == [
                "clip-19700101T000010.000Z-frame000010.mcap", "clip-19700101T000030.000Z-frame000030.mcap",
                "clip-19700101T000059.000Z-frame000059.mcap",
            ])
        let expected = [[7, 8, 10, 11, 12, 13], [27, 28, 29, 30, 32], [56, 57, 58, 59]]
        for (name, numbers) in zip(names, expected) {
            let found = try frames(scratch.file("clips/\(name)"))
            #expect(found.map(\.id) == numbers, "\(name)")
            #expect(found.map(\.pixel) == numbers.map { UInt8($0) })
        }
    }

    @Test func damagedFramesHaveNoTimeAndMoveNoWindow() throws {
        let scratch = try Scratch()
        let recorder = try ClipRecorder(
            try request(scratch.file("clips"), "total_ms > 0.5s", pre: 3, post: 4), fields: [], messages: { _ in })
        // One in the middle of a clip, one in the time before another; their arrivals are of today, the drive of 1970.
        let damaged: Set = [12, 28]
        feed(recorder, 0..<60, triggers: [10, 30], lost: damaged) { number in
            damaged.contains(number) ? nil : Int64(number) * 1_000_000_000
        }
        let summary = recorder.finish()
        #expect(summary.clips == 2 && summary.lost == 0 && summary.frames == 8 + 8, "\(summary)")
        let expected = [[7, 8, 9, 10, 11, 13, 14], [27, 29, 30, 31, 32, 33, 34]]
        for (name, numbers) in zip(try names(scratch.file("clips")), expected) {
            #expect(try frames(scratch.file("clips/\(name)")).map(\.id) == numbers, "\(name)")
        }
    }

    @Test func timesAtTheLimitsOfTheirTypeAreNoOverflow() throws {
        let scratch = try Scratch()
        let recorder = try ClipRecorder(
            try request(scratch.file("clips"), "total_ms > 0.5s", pre: 3, post: 2), fields: [], messages: { _ in })
        let times: [Int64] = [.min, .min + 1, .max - 1, .max, .min, .max]
        feed(recorder, 0..<6, triggers: [1, 2, 4, 5]) { times[$0] }
        let summary = recorder.finish()
        #expect(summary.clips == 4 && summary.frames == 2 + 2 + 1 + 1 && summary.failure == nil, "\(summary)")
    }

    @Test func whatMemoryPushedOutOfTheTimeBeforeATriggerIsCounted() throws {
        let scratch = try Scratch()
        // Room for about 20 of these frames, 40 of which are asked for.
        let recorder = try ClipRecorder(
            try request(scratch.file("clips"), "total_ms > 0.5s", pre: 40, post: 5, memory: 20 * 350), fields: [],
            messages: { _ in })
        feed(recorder, 0..<80, triggers: [60])
        let summary = recorder.finish()
        #expect(summary.clips == 1 && summary.failed == 0)
        #expect(summary.lost > 10 && summary.frames + summary.lost == 41 + 5, "\(summary)")
        #expect(summary.note.contains("\(summary.lost) frames are missing in them (more --record-memory-mb"))
    }

    @Test func aSlowDiskLosesFramesOfTheClipAndHoldsNobodyUp() throws {
        let scratch = try Scratch()
        let gate = DispatchSemaphore(value: 0)
        // Room for about 20 of these frames.
        let recorder = try ClipRecorder(
            try request(scratch.file("clips"), "total_ms > 0.5s", pre: 4, post: 1000, memory: 20 * 700), fields: [],
            messages: { _ in }, beforeWrite: { gate.wait() })
        // Nothing is written meanwhile: if the frame path waited for the disk, this would not return.
        feed(recorder, 0..<200, triggers: [5])
        for _ in 0..<200 { gate.signal() }
        let summary = recorder.finish()
        #expect(summary.clips == 1 && summary.failed == 0)
        #expect(summary.lost > 100 && summary.frames + summary.lost == 200 - 1, "\(summary)")
        let name = try #require(try names(scratch.file("clips")).first)
        let found = try frames(scratch.file("clips/\(name)"))
        #expect(found.count == summary.frames)
        // What is there is whole, in order, and begins with the time before the trigger.
        #expect(found.allSatisfy { $0.pixel == UInt8($0.id) })
        #expect(found.map(\.id) == found.map(\.id).sorted() && found.first?.id == 1)
    }

    @Test func aFolderThatVanishesIsToldAndTheRunGoesOn() throws {
        let scratch = try Scratch()
        let recorder = try ClipRecorder(
            try request(scratch.file("clips"), "total_ms > 0.5s", pre: 1, post: 1), fields: [], messages: { _ in })
        try FileManager.default.removeItem(atPath: scratch.file("clips"))
        feed(recorder, 0..<20, triggers: [3])
        let summary = recorder.finish()
        #expect(summary.clips == 0 && summary.failed == 1 && summary.frames == 0 && summary.lost == 3)
        #expect(summary.failure?.contains("clips") == true)
        #expect(summary.note == "record-if: 0 clips with 0 frames, 3 frames are missing", "memory is no help there")
    }

    @Test func manyClipsInARow() throws {
        let scratch = try Scratch()
        let recorder = try ClipRecorder(
            try request(scratch.file("clips"), "total_ms > 0.5s", pre: 0, post: 0), fields: [], messages: { _ in })
        let triggers = Set((0..<40).map { $0 * 5 })
        feed(recorder, 0..<200, triggers: triggers)
        let summary = recorder.finish()
        // More than eight that wait for the disk at once join the last of them; no frame of a trigger is lost.
        #expect(summary.failed == 0 && summary.lost == 0 && summary.frames >= 40)
        var found: [Int] = []
        for name in try names(scratch.file("clips")) { found += try frames(scratch.file("clips/\(name)")).map(\.id) }
        #expect(Set(found).isSuperset(of: triggers) && found == found.sorted())
        #expect(Set(found).count == found.count, "no frame is in two clips")
    }
}
