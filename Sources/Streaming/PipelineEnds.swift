/// What a source found when it was asked for the next frame.
public enum SourceEvent: Hashable, Sendable {
    /// The slot holds a whole encoded frame.
    case frame(FrameStamp)
    /// There was a frame, but it is lost: it counts as read and as failed at the source. The stream goes on.
    case unusable(FrameStamp, FailureReason)
    /// There are no more frames, or reading was interrupted.
    case end
}

/// Where frames come from. Called on a thread of its own, which is the only one of the pipeline that may block.
public protocol PipelineSource<Slot>: ~Copyable {
    /// What the pipeline's frames live in.
    associatedtype Slot
    /// Reads the next frame, still encoded, into `slot`; waits for it as long as needed. After the control's `interrupt`
    /// was called it returns `.end` soon. The slot may hold an earlier frame's data.
    mutating func next(into slot: inout Slot) -> SourceEvent
}

/// Where frames end. Called on one serial queue, in the order in which frames were read, exactly once per frame.
public protocol PipelineSink<Slot>: ~Copyable {
    /// What the pipeline's frames live in.
    associatedtype Slot
    /// Writes a finished frame; its time counts as the stage `write`.
    mutating func write(_ slot: inout Slot, _ work: inout StageWork) -> StageOutcome
    /// Takes the record of a frame that was written, with its slot for a last look.
    mutating func delivered(_ slot: inout Slot, _ record: PipelineRecord)
    /// Takes the record of a frame that was dropped or failed.
    mutating func lost(_ record: PipelineRecord)
    /// Called between two frames after `PipelineControl.pokeSink`.
    mutating func poked()
    /// Called once, after the last record.
    mutating func finish()
}

extension PipelineSink where Self: ~Copyable {
    /// Does nothing.
    public mutating func poked() {}
}

/// A source whose type is forgotten.
struct AnySource<Slot>: @unchecked Sendable {
    // Invariant: called by the source's thread only. The source was sent here, so nobody else has it.
    let next: (inout Slot) -> SourceEvent

    init<S: PipelineSource & ~Copyable>(_ source: consuming sending S) where S.Slot == Slot {
        let box = Box(source)
        next = { slot in box.value.next(into: &slot) }
    }
}

/// A sink whose type is forgotten.
struct AnySink<Slot>: @unchecked Sendable {
    // Invariant: called by the SinkRunner only, on its serial queue. The sink was sent here, so nobody else has it.
    let write: (inout Slot, inout StageWork) -> StageOutcome
    let delivered: (inout Slot, PipelineRecord) -> Void
    let lost: (PipelineRecord) -> Void
    let poked: () -> Void
    let finish: () -> Void

    init<S: PipelineSink & ~Copyable>(_ sink: consuming sending S) where S.Slot == Slot {
        let box = Box(sink)
        write = { slot, work in box.value.write(&slot, &work) }
        delivered = { slot, record in box.value.delivered(&slot, record) }
        lost = { record in box.value.lost(record) }
        poked = { box.value.poked() }
        finish = { box.value.finish() }
    }
}
