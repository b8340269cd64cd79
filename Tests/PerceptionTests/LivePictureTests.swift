import Foundation
import FrameIO
import Streaming
import Synchronization
import TestSupport
import Testing

@testable import Perception

/// Pictures for lookers.
@Suite struct LivePictureTests {
    /// Keeps every overlay that the pipeline itself paints, and lets no frame go on while `isHeld` says so.
    private final class Witness: FrameObserver {
        let overlays = Mutex<[UInt64: Data]>([:])
        private let isHeld: @Sendable () -> Bool

        init(while isHeld: @escaping @Sendable () -> Bool) { self.isHeld = isHeld }

        var needs: PerceptionSettings.Maps {
            var needs = PerceptionSettings.Maps()
            needs.overlay = true
            return needs
        }

        func frameEnded(_ frame: borrowing EndedFrame) {
            let overlay = frame.overlay.map { Data($0) }
            overlays.withLock { $0[frame.record.frameID] = overlay }
            let end = ContinuousClock.now + .seconds(30)
            while isHeld(), ContinuousClock.now < end { usleep(1000) }
        }
    }

    @Test func pictureIsTheOverlayOfAFrameThatWasDelivered() async throws {
        let settings = try TestModel.settings()
        let live = try LivePicture(settings)
        defer { live.stop() }
        let hasBoth = Atomic<Bool>(false)
        // Frames wait for the looker: the test does not depend on who is faster.
        let witness = Witness { [tap = live.tap] in !tap.isAsked && !hasBoth.load(ordering: .relaxed) }
        let scratch = try Scratch()
        async let result = onOwnThread {
            var run = PerceptionRun(
                settings: settings, outputs: OutputRequest(), stream: StreamConfiguration(queue: .block),
                onCorrupt: .skip)
            run.observers = [witness, live.tap]
            return try run.run(
                try noise(frames: 8, in: scratch), control: PipelineControl(),
                messages: MessageSink(clock: { MonotonicTime.now() }, print: { _ in })
            ).summary.ledger.delivered
        }
        let first = await Self.picture(of: live, after: nil)
        let second = await Self.picture(of: live, after: first?.sequence)
        hasBoth.store(true, ordering: .relaxed)
        #expect(try await result == 8)
        let pictures = [try #require(first), try #require(second)]
        #expect(pictures[0].sequence < pictures[1].sequence)
        let encoder = try JPEGEncoder(quality: 80)
        for picture in pictures {
            #expect(picture.width == 64 && picture.height == 32)
            let overlay = try #require(witness.overlays.withLock { $0[picture.frameID] })
            var expected = ByteBuffer()
            try overlay.withUnsafeBytes {
                let pixels = try #require($0.assumingMemoryBound(to: UInt8.self).baseAddress)
                try encoder.encode(pixels, width: 64, height: 32, into: &expected)
            }
            #expect(picture.jpeg == Data(expected.bytes))
        }
    }

    /// Asks again where no frame came in time: the network may still be being compiled.
    private static func picture(of live: LivePicture, after last: UInt64?) async -> LivePicture.Picture? {
        for _ in 0..<30 {
            if let found = await live.picture(after: last) { return found }
        }
        return nil
    }

    @Test func lookersAreLetGoWhenNoFrameComes() async throws {
        let live = try LivePicture(try TestModel.settings())
        async let first = live.picture(after: nil)
        async let second = live.picture(after: 7)
        let none = await [first, second]
        #expect(none.allSatisfy { $0 == nil })
        live.stop()
        #expect(await live.picture(after: nil) == nil)
    }

    @Test func tapIsAskedOnlyWhileSomebodyWaits() {
        let tap = PictureTap()
        #expect(!tap.isAsked)
        #expect(tap.take(within: 1) { $0.frameID } == nil)
        #expect(!tap.isAsked)
    }
}
