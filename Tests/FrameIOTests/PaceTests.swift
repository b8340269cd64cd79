import Foundation
import TestSupport
import Testing

@testable import FrameIO

/// A clock that moves only when it is waited on, or told to.
private final class ManualTimer: PaceTimer {
    var time: Int64 = 1_000
    var waits: [Int64] = []
    var stopsAfter = Int.max

    func now() -> Int64 { time }

    func wait(until moment: Int64) -> Bool {
        if waits.count == stopsAfter { return false }
        waits.append(moment)
        time = max(time, moment)
        return true
    }
}

/// Frames with these times, out of nothing.
private final class TimedSource: FrameSource {
    var properties = StreamProperties(format: .mjpeg)
    let names: NameTable? = nil
    private let times: [Int64?]
    private var next = 0

    init(_ times: [Int64?], rate: FrameRate? = nil) {
        self.times = times
        properties.hasCaptureTimes = times.contains { $0 != nil }
        properties.frameRate = rate
    }

    func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        guard next < times.count else { return .end(truncated: false) }
        frame.header = FrameHeader(
            id: UInt64(next), captureNanoseconds: times[next], payload: .jpeg, width: 1, height: 1, byteCount: 0)
        next += 1
        return .frame
    }

    func rewind() throws(FrameIOError) -> Bool {
        next = 0
        return true
    }
}

@Suite struct PaceTests {
    private static let second: Int64 = 1_000_000_000

    private func waits(_ times: [Int64?], rate: Double, frameRate: FrameRate? = nil, loop: Int = 1) throws -> [Int64] {
        let timer = ManualTimer()
        var selection = FrameSelection()
        selection.loop = loop
        let source = try PacedSource(
            try SelectedSource(TimedSource(times), selection), rate: rate, frameRate: frameRate, timer: timer)
        _ = try Reading(source)
        return timer.waits.map { $0 - 1_000 }
    }

    @Test func framesComeAtTheirTimes() throws {
        let times: [Int64?] = [50, 60, 85, 85, 100].map { $0 * Self.second }
        #expect(try waits(times, rate: 1) == [0, 10, 35, 35, 50].map { $0 * Self.second })
        #expect(
            try waits(times, rate: 2) == [0, 5, 17, 17, 25].map { $0 * Self.second + ($0 == 17 ? Self.second / 2 : 0) })
        #expect(try waits(times, rate: 0.5) == [0, 20, 70, 70, 100].map { $0 * Self.second })
    }

    @Test func aNewPassGoesOnOneStepLater() throws {
        #expect(try waits([10, 12, 16], rate: 1, loop: 3) == [0, 2, 6, 10, 12, 16, 20, 22, 26])
        // A clock that was set back in the middle of a drive.
        #expect(try waits([100, 110, 20, 30], rate: 1) == [0, 10, 20, 30])
    }

    @Test func framesWithoutTimes() throws {
        let rate = try #require(FrameRate("10"))
        #expect(try waits([nil, nil, nil], rate: 1, frameRate: rate, loop: 2).map { $0 / 100_000_000 } == Array(0..<6))
        #expect(try waits([10, 20, nil, 40], rate: 1) == [0, 10, 20, 30])
        let declared = ManualTimer()
        let source = try PacedSource(TimedSource([nil, nil], rate: rate), rate: 2, frameRate: nil, timer: declared)
        _ = try Reading(source)
        #expect(declared.waits == [1_000, 1_000 + 50_000_000])
        #expect(message { _ = try waits([nil], rate: 1) }.contains("--framerate"))
        #expect(message { _ = try waits([1], rate: 0) }.contains("--rate"))
    }

    @Test func whoIsLateDoesNotWaitAndCatchesUp() throws {
        let timer = ManualTimer()
        let source = try PacedSource(
            TimedSource([0, 10, 20, 30, 40, 50]), rate: 1, frameRate: nil, timer: timer)
        var frame = FrameBuffer()
        var arrivals: [Int64] = []
        for _ in 0..<6 {
            guard try source.next(into: &frame) == .frame else { break }
            arrivals.append(frame.header.arrivalMonotonicNanoseconds - 1_000)
            // Whoever takes the second frame is busy for 25.
            if arrivals.count == 2 { timer.time += 25 }
        }
        #expect(arrivals == [0, 10, 35, 35, 40, 50])
    }

    @Test func randomTimesAreKept() throws {
        var random = SeededGenerator(label: "pace")
        for _ in 0..<50 {
            let rate = Double.random(in: 0.01...100, using: &random)
            var time = Int64.random(in: 0...2_000_000_000_000_000_000, using: &random)
            var times: [Int64] = []
            for _ in 0..<40 {
                times.append(time)
                time += Int64.random(in: 0...10_000_000_000, using: &random)
            }
            let got = try waits(times, rate: rate)
            for (moment, time) in zip(got, times) {
                let exact = Double(time - times[0]) / rate
                #expect(abs(Double(moment) - exact) <= 1 + exact * 1e-15)
            }
        }
    }

    @Test func aStopEndsTheWait() throws {
        let timer = ManualTimer()
        timer.stopsAfter = 1
        let source = try PacedSource(TimedSource([0, 10]), rate: 1, frameRate: nil, timer: timer)
        var frame = FrameBuffer()
        #expect(try source.next(into: &frame) == .frame)
        #expect(try source.next(into: &frame) == .stopped)
        // The real clock: an hour until the second frame.
        let stop = try StopSignal()
        let real = try PacedSource(TimedSource([0, 3600 * Self.second]), stop: stop)
        #expect(try real.next(into: &frame) == .frame)
        let thread = Thread {
            Thread.sleep(forTimeInterval: 0.1)
            stop.stop()
        }
        thread.start()
        #expect(try real.next(into: &frame) == .stopped)
    }

    @Test func theRealClockWaits() throws {
        let source = try PacedSource(TimedSource([0, 30_000_000, 60_500_000]), rate: 1)
        var frame = FrameBuffer()
        let start = FrameClock.monotonic()
        while try source.next(into: &frame) == .frame {}
        // A lower bound alone: how much later depends on the machine.
        #expect(FrameClock.monotonic() - start >= 60_500_000)
        #expect(try source.rewind())
        #expect(try source.next(into: &frame) == .frame)
    }
}
