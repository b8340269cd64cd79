import Foundation
import TestSupport
import Testing

@testable import FrameIO

/// What is said of frames as input.
@Suite struct HealthTests {
    /// Frames of `size` random bytes.
    private struct Camera {
        var generator: SeededGenerator
        let size: Int
        var bytes: [UInt8] = []

        mutating func expose() { bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) } }
    }

    private func header(_ id: UInt64, at capture: Int64? = nil, epoch: UInt32 = 0) -> FrameHeader {
        var header = FrameHeader(
            id: id, captureNanoseconds: capture, payload: .raw(.gray8), width: 1, height: 1, byteCount: 1)
        header.epoch = epoch
        return header
    }

    /// The findings of frames with these contents.
    private func inspect(
        _ contents: [[UInt8]], limits: InspectionLimits = InspectionLimits(), epochs: [UInt32]? = nil
    ) -> [FrameFindings] {
        var inspector = FrameInspector(limits)
        return contents.enumerated().map { index, bytes in
            bytes.withUnsafeBytes { inspector.inspect(header(UInt64(index), epoch: epochs?[index] ?? 0), $0) }
        }
    }

    /// Below and above the size from which bytes are sampled; odd sizes have a tail that no word covers.
    @Test(arguments: [1, 100, 8192, 8193, 100_003])
    func repeatedContentIsFrozen(size: Int) throws {
        var camera = Camera(generator: SeededGenerator(label: "frozen content"), size: size)
        camera.expose()
        let first = camera.bytes
        camera.expose()
        let other = size == 1 ? [first[0] ^ 1] : camera.bytes
        var limits = InspectionLimits()
        limits.frozenFrames = 3
        let found = inspect([other, first, first, first, first, first, other, first], limits: limits)
        #expect(found == [[], [], [], [], .frozen, .frozen, [], []])
    }

    @Test func oneByteThatNoSampleSeesIsEnoughForALivingPicture() throws {
        var camera = Camera(generator: SeededGenerator(label: "a byte between samples"), size: 500_000)
        camera.expose()
        var limits = InspectionLimits()
        limits.frozenFrames = 2
        // Words are taken from every 488th byte: the one at 11 lies between the first two.
        let contents = (0..<12).map { index in
            var bytes = camera.bytes
            bytes[11] = UInt8(index)
            return bytes
        }
        #expect(inspect(contents, limits: limits).allSatisfy { $0.isEmpty })
    }

    @Test func aNewPassIsNoRepetition() throws {
        var limits = InspectionLimits()
        limits.frozenFrames = 2
        let picture = [UInt8](repeating: 7, count: 50)
        #expect(
            inspect([picture, picture, picture, picture], limits: limits, epochs: [0, 1, 2, 3])
                .allSatisfy { $0.isEmpty })
        limits.frozenFrames = 0
        #expect(inspect([[UInt8]](repeating: picture, count: 40), limits: limits).allSatisfy { $0.isEmpty })
    }

    private func times(_ captures: [(Int64?, UInt32)]) -> [FrameFindings] {
        var inspector = FrameInspector()
        return captures.enumerated().map { index, capture in
            withUnsafeBytes(of: index) {
                inspector.inspect(header(UInt64(index), at: capture.0, epoch: capture.1), $0)
            }
        }
    }

    @Test func timesThatStandStillOrRunBackwards() {
        let found = times([(1000, 0), (1100, 0), (1100, 0), (1200, 0), (900, 0), (1000, 0), (nil, 0), (1100, 0)])
        #expect(found == [[], [], .duplicateTime, [], .backwards, [], [], []])
    }

    @Test func timesThatStartAnewWithAPassAreNoFault() {
        #expect(times([(1000, 0), (1100, 0), (1000, 1), (1100, 1), (1000, 2)]).allSatisfy { $0.isEmpty })
    }

    @Test func aStepMuchLongerThanTheUsualOneIsAGap() {
        let regular = (0..<6).map { (Int64($0) * 100, UInt32(0)) }
        #expect(times(regular + [(749, 0)]).last == [])
        #expect(times(regular + [(750, 0)]).last == .gap)
        // Too early to know what is usual.
        #expect(times([(0, 0), (100, 0), (900, 0)]).last == [])
        #expect(times([(Int64.min, 0), (Int64.max, 0)]).last == .backwards)
    }

    @Test func aCameraThatBecomesSlowerIsLearnt() {
        let regular = (0...6).map { (Int64($0) * 100, UInt32(0)) }
        let found = times(regular + (1...30).map { (600 + Int64($0) * 300, 0) })
        #expect(found[7] == .gap && found.last == [])
        // Another stream has a step of its own.
        #expect(times(regular + (0...6).map { (Int64($0) * 300, 1) }).allSatisfy { $0.isEmpty })
    }

    private func look(_ format: PixelFormat, _ width: Int, _ height: Int, _ pixel: (Int) -> UInt8) -> FrameFindings {
        let bytes = (0..<format.byteCount(width: width, height: height)).map(pixel)
        return bytes.withUnsafeBufferPointer { pixels in
            PictureInspection.inspect(
                ImageView(
                    packed: pixels.baseAddress!, format: format, width: width, height: height, colorRange: .full,
                    colorMatrix: .bt601), limits: InspectionLimits())
        }
    }

    @Test(arguments: [PixelFormat.rgb24, .gray8, .yuv420p, .nv12], [(1, 1), (3, 5), (640, 360)])
    func coveredAndBlankCameras(format: PixelFormat, size: (Int, Int)) {
        var generator = SeededGenerator(label: "covered cameras")
        let (width, height) = size
        #expect(look(format, width, height) { _ in UInt8.random(in: 0...24, using: &generator) } == .black)
        #expect(look(format, width, height) { _ in UInt8.random(in: 127...128, using: &generator) } == .blank)
        guard width > 100 else { return }
        #expect(look(format, width, height) { _ in UInt8.random(in: 0...60, using: &generator) } == [])
        // A night with a few lamps is no covered camera.
        #expect(look(format, width, height) { $0 / (width / 8) % 8 == 0 ? 200 : 10 } == [])
    }

    @Test func aCounterThatRepeatsOrSkips() {
        var counter = SequenceCounter()
        #expect(
            [5, 6, 6, 9, 2, 3, UInt32.max, 0].map { counter.take($0) }
                == [.next, .next, .repeated, .missing(2), .next, .next, .missing(Int(UInt32.max) - 4), .next])
        var idle = SequenceCounter()
        #expect([0, 0, 0].map { idle.take($0) } == [.next, .next, .next])
    }
}
