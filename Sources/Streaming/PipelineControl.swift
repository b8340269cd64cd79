import Dispatch
import Synchronization

/// Why a stream ended.
public enum StreamEnd: Hashable, Sendable, CustomStringConvertible {
    /// The source had no more frames.
    case endOfStream
    /// A drain was asked for: no more was read, everything read was finished.
    case drained
    /// A stop was asked for: what was in the pipeline was dropped.
    case stopped
    /// A frame failed in a way that ends the stream.
    case failed(at: FramePlace, reason: FailureReason)

    /// For people and logs.
    public var description: String {
        switch self {
        case .endOfStream: "end of stream"
        case .drained: "drained"
        case .stopped: "stopped"
        case .failed(let at, let reason): "failed \(at):\(reason)"
        }
    }
}

/// The handle to end a running pipeline early, from any thread.
///
/// The phase only moves forward: running, draining, stopped. Made before the pipeline, so that a source or a stage can
/// hold it too.
public final class PipelineControl: Sendable {
    enum Phase: Int {
        case running, draining, stopped
    }

    private let phaseNumber = Atomic<Int>(Phase.running.rawValue)
    private let end = Guarded<StreamEnd?>(nil)
    private let interrupt: @Sendable () -> Void
    private let gaugeReader = Guarded<GaugeReader?>(nil)
    /// What the pipeline's parts are doing.
    public let activity = PipelineActivity()
    private let isPoked = Atomic<Bool>(false)
    private let sinkWorker = Guarded<SerialWorker?>(nil)
    // The source's thread sleeps on this while it waits for room.
    let sourceWake = DispatchSemaphore(value: 0)

    /// A control for one pipeline. `interrupt` is called (once, on the thread that asks) when reading shall end: it must
    /// wake a source that is blocked in a read, which then returns `.end`.
    public init(interrupt: @escaping @Sendable () -> Void = {}) { self.interrupt = interrupt }

    /// Stops reading; what was read is finished and delivered.
    public func requestDrain() { advance(to: .draining, because: .drained) }

    /// Stops reading and drops what is in the pipeline: stages at work finish their frame, no further stage begins.
    public func requestStop() { advance(to: .stopped, because: .stopped) }

    /// What a signal asks for: a drain the first time, a stop the second.
    public func escalate() { phase == .running ? requestDrain() : requestStop() }

    /// Whether reading shall end.
    public var isEnding: Bool { phase != .running }

    /// Whether no further stage shall begin.
    public var isStopped: Bool { phase == .stopped }

    /// What the pipeline holds now; after its end what it held then, nil before it was made. Any thread; takes the
    /// pipeline's short locks one after the other, so that counts of different parts may differ by the frames that
    /// moved meanwhile. Allocates nothing.
    public var gauges: PipelineGauges? { gaugeReader.withLock { $0 }?.read() }

    /// Sets where `gauges` come from.
    func attach(_ reader: @escaping @Sendable () -> PipelineGauges?) {
        gaugeReader.withLock { $0 = GaugeReader(read: reader) }
    }

    /// Makes the sink's queue call the sink's `poked` soon, between two frames, for work that no frame brings about. Any
    /// thread; neither blocks for long nor allocates. Lost where no pipeline runs, or where the sink hangs in a write.
    public func pokeSink() {
        isPoked.store(true, ordering: .releasing)
        sinkWorker.withLock { $0 }?.wake()
    }

    /// Whether a poke has come since the last call.
    func takePoke() -> Bool { isPoked.exchange(false, ordering: .acquiringAndReleasing) }

    /// Sets whom a poke wakes; nil once its work is over.
    func attach(sinkWorker: SerialWorker?) { self.sinkWorker.withLock { $0 = sinkWorker } }

    /// Stops reading because a frame failed for good; what was read is finished.
    func fail(at place: FramePlace, reason: FailureReason) {
        advance(to: place == .stage(.write) ? .stopped : .draining, because: .failed(at: place, reason: reason))
    }

    /// The first cause counts, save that a failure is never hidden and a drain can turn into a stop.
    func reason(orElse natural: StreamEnd) -> StreamEnd { end.withLock { $0 } ?? natural }

    private var phase: Phase { Phase(rawValue: phaseNumber.load(ordering: .acquiring)) ?? .stopped }

    private func advance(to next: Phase, because cause: StreamEnd) {
        end.withLock { end in
            switch (end, cause) {
            case (nil, _), (.drained, .stopped), (.drained, .failed): end = cause
            default: break
            }
        }
        let previous = phaseNumber.max(next.rawValue, ordering: .acquiringAndReleasing).oldValue
        guard previous < next.rawValue else { return }
        if previous == Phase.running.rawValue { interrupt() }
        sourceWake.signal()
    }
}

/// A closure in a box of its own: kept bare in a generic container, it would be wrapped anew by every access, until its
/// call runs out of stack.
private struct GaugeReader: Sendable {
    let read: @Sendable () -> PipelineGauges?
}
