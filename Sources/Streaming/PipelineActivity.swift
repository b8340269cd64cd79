import Synchronization

/// What the parts of a pipeline are doing, for timers that must see it even when a part hangs.
///
/// A few relaxed stores a frame and stage; readers take no lock. Numbers of different parts may differ by what happened
/// between two loads.
public final class PipelineActivity: @unchecked Sendable {
    // Invariant: entry s is written by the one worker of stage s; 0 is idle.
    private let starts: UnsafeMutablePointer<Atomic<Int64>>
    private let frames: UnsafeMutablePointer<Atomic<UInt64>>
    private let reading = Atomic<Int64>(0)

    init() {
        starts = .allocate(capacity: StageName.count)
        frames = .allocate(capacity: StageName.count)
        for stage in 0..<StageName.count {
            (starts + stage).initialize(to: Atomic(0))
            (frames + stage).initialize(to: Atomic(0))
        }
    }

    deinit {
        starts.deinitialize(count: StageName.count)
        starts.deallocate()
        frames.deinitialize(count: StageName.count)
        frames.deallocate()
    }

    func begin(_ stage: StageName, frame: UInt64, at now: Int64) {
        frames[stage.rawValue].store(frame, ordering: .relaxed)
        starts[stage.rawValue].store(now, ordering: .releasing)
    }

    func end(_ stage: StageName) { starts[stage.rawValue].store(0, ordering: .releasing) }

    func beginReading(at now: Int64) { reading.store(now, ordering: .relaxed) }

    func endReading() { reading.store(0, ordering: .relaxed) }

    /// What is going on now. Any thread; neither blocks nor allocates.
    public var work: PipelineWork {
        var work = PipelineWork()
        let since = reading.load(ordering: .relaxed)
        if since != 0 { work.readingSince = since }
        for position in 0..<StageName.count {
            let start = starts[position].load(ordering: .acquiring)
            guard start != 0, let stage = StageName(rawValue: position) else { continue }
            if let longest = work.longest, longest.since <= start { continue }
            work.longest = PipelineWork.Job(
                stage: stage, frame: frames[position].load(ordering: .relaxed), since: start)
        }
        return work
    }
}

/// What a pipeline is doing at one moment.
public struct PipelineWork: Hashable, Sendable {
    /// A stage at work on a frame.
    public struct Job: Hashable, Sendable {
        /// The stage; of several that one kernel does together, the first.
        public let stage: StageName
        /// The frame's number in its stream.
        public let frame: UInt64
        /// When it began, on `MonotonicTime`.
        public let since: Int64

        /// A job.
        public init(stage: StageName, frame: UInt64, since: Int64) {
            self.stage = stage
            self.frame = frame
            self.since = since
        }
    }

    /// Since when the source has been waiting for its input; nil while it waits for room in the pipeline, or does not run.
    public var readingSince: Int64?
    /// The job that has taken longest so far.
    public var longest: Job?

    /// Nothing is done.
    public init(readingSince: Int64? = nil, longest: Job? = nil) {
        self.readingSince = readingSince
        self.longest = longest
    }
}
