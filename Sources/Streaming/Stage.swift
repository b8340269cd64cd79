/// How a stage's work on a frame ended.
public enum StageOutcome: Hashable, Sendable {
    /// Done: on to the next stage.
    case done
    /// The frame is let go.
    case drop(DropReason)
    /// The frame could not be processed; the stream goes on.
    case fail(FailureReason)
    /// The frame could not be processed, and the stream ends: nothing more is read, and what was read is finished; if it
    /// was the sink that failed (its reader is gone), what is in the pipeline is dropped instead.
    case failAndEnd(FailureReason)
}

/// What a stage is told of the frame in its hands, and where it reports how a fused kernel spent its time.
public struct StageWork: ~Copyable {
    /// The position among all frames that were read.
    public let sequence: UInt64
    /// Number and times of the frame in its stream.
    public let stamp: FrameStamp
    /// The moment by which the frame must be delivered, on `MonotonicTime`, or nil.
    public let deadline: Int64?
    /// How the frame is answered: which network size computes it. Stages see only frames that are computed; the sink
    /// sees all.
    public private(set) var answer: FrameAnswer
    let group: StageGroup
    private(set) var shares = StageClock.Shares(repeating: 0)

    init(_ record: PipelineRecord, group: StageGroup) {
        sequence = record.sequence
        stamp = record.stamp
        deadline = record.deadline
        answer = record.answer
        self.group = group
    }

    /// Notes that there is no map to hold after all (the last one has another size): the sink gives out an unknown one.
    public mutating func holdIsUnknown(level: Int) { answer = FrameAnswer(.unknown, level: level) }

    /// Adds to the share of `stage` in the group's wall time, in any unit that the whole group uses: the kernel's own
    /// times per row band, summed over bands and workers. A stage of several names must share out its work; the wall
    /// time is split in proportion, so that the parts add up to it.
    public mutating func share(_ amount: UInt64, to stage: StageName) {
        precondition(group.contains(stage), "\(stage) is not one of the stages that this work is for")
        shares[stage.rawValue] &+= amount
    }
}

/// One stage of the pipeline, or several that one kernel does together.
///
/// A stage owns its scratch memory (plans, arenas); what crosses a stage boundary lives in the slot. It is called for
/// one frame at a time, in order, always on the same serial queue (not always the same thread), so it needs no locks.
/// It must not block on other stages and must not allocate once warm.
public protocol Stage<Slot>: ~Copyable {
    /// What the pipeline's frames live in: a final class that owns its buffers, or a struct of pointers.
    associatedtype Slot
    /// The stage's name, or the names of the stages that it does together.
    var group: StageGroup { get }
    /// Does the stage's work on one frame.
    mutating func process(_ slot: inout Slot, _ work: inout StageWork) -> StageOutcome
}

/// A stage whose type is forgotten, so that a pipeline can list its stages in an array.
public struct AnyStage<Slot>: @unchecked Sendable {
    let group: StageGroup
    // Invariant: called by one StageRunner only, on its serial queue. The stage was sent here, so nobody else has it.
    let process: (inout Slot, inout StageWork) -> StageOutcome

    /// Takes a stage over.
    public init<S: Stage & ~Copyable>(_ stage: consuming sending S) where S.Slot == Slot {
        group = stage.group
        let box = Box(stage)
        process = { slot, work in box.value.process(&slot, &work) }
    }
}

/// A place on the heap for a value that closures share.
final class Box<Value: ~Copyable> {
    var value: Value
    init(_ value: consuming Value) { self.value = value }
}
