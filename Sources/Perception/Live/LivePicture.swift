internal import Foundation
internal import FrameIO
internal import Streaming
internal import Synchronization

/// Pictures for people who look at a running program: the newest frame with its open-set map over it, made only when
/// somebody asks, once for all who ask, by a thread of low priority.
final class LivePicture: Sendable {
    /// A picture as it is sent.
    struct Picture: Sendable {
        let jpeg: Data
        /// The frame's number.
        let frameID: UInt64
        /// The frame's position in the run: rises from picture to picture.
        let sequence: UInt64
        /// Size of the frame; the JPEG may be smaller.
        let width: Int
        let height: Int
        /// The largest regions of the unknown.
        let regions: [RegionRecord]
    }

    private struct State {
        var latest: Picture?
        var madeAt: ContinuousClock.Instant?
        var waiting: [CheckedContinuation<Picture?, Never>] = []
        var isOver = false
    }

    /// The least time between two pictures, however many ask: what looking can cost is bounded.
    private static let interval = Duration.milliseconds(100)
    /// How long a picture is new for those who have seen none.
    private static let fresh = Duration.seconds(1)
    /// How long the next frame is waited for.
    private static let patience = 2000

    /// Sees the frames.
    let tap = PictureTap()
    private let state = Mutex(State())
    private let asked = DispatchSemaphore(value: 0)

    /// Starts the thread, which sleeps until somebody asks.
    init(_ settings: PerceptionSettings) throws {
        // Made here, so that a library that does not work is told before the first frame.
        _ = try PicturePainter(settings)
        // Never joined: it may wait for a frame when the run is over.
        _ = try DedicatedThread(name: "picture", isGentle: true) { [self] in
            Aside.run {
                guard var painter = try? PicturePainter(settings) else { return }
                while waitForAsker() { make(&painter) }
            }
        }
    }

    /// The newest picture behind number `last`; nil where no frame is delivered for two seconds, or the run is over.
    func picture(after last: UInt64?) async -> Picture? {
        await withCheckedContinuation { continuation in
            enum Answer {
                case now(Picture?)
                case later(isFirst: Bool)
            }
            let answer: Answer = state.withLock { state in
                if let latest = state.latest, let madeAt = state.madeAt, madeAt.duration(to: .now) < Self.fresh,
                    last.map({ latest.sequence > $0 }) ?? true
                {
                    return .now(latest)
                }
                if state.isOver { return .now(nil) }
                state.waiting.append(continuation)
                return .later(isFirst: state.waiting.count == 1)
            }
            switch answer {
            case .now(let picture): continuation.resume(returning: picture)
            case .later(let isFirst): if isFirst { asked.signal() }
            }
        }
    }

    /// Lets all who wait go, and ends the thread.
    func stop() {
        state.withLock { $0.isOver = true }
        answer(with: nil)
        asked.signal()
    }

    /// Sleeps until somebody asks; false when the run is over.
    private func waitForAsker() -> Bool {
        asked.wait()
        return state.withLock { !$0.isOver }
    }

    private func make(_ painter: inout PicturePainter) {
        if let madeAt = state.withLock({ $0.madeAt }) {
            let rest = Self.interval - madeAt.duration(to: .now)
            if rest > .zero { Thread.sleep(forTimeInterval: Double(rest.components.attoseconds) / 1e18) }
        }
        let picture = tap.take(within: Self.patience) { painter.paint($0) } ?? nil
        answer(with: picture)
    }

    private func answer(with picture: Picture?) {
        let waiting = state.withLock { state in
            if let picture {
                state.latest = picture
                state.madeAt = .now
            }
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: picture) }
    }
}
