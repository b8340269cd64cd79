/// What an earlier run decided for each frame, in the order of frames: a run that follows it gives the same answers,
/// whatever the speed of the machine.
public struct DecisionScript: Sendable {
    /// What became of one frame.
    public enum Verdict: Hashable, Sendable {
        /// It entered and got this answer.
        case answer(FrameAnswer)
        /// It was dropped, or failed before it entered.
        case lost(FrameFate)
    }

    /// The decisions, by the position of a frame among all that were read.
    public let verdicts: [Verdict]

    /// A script. Levels are those of a ladder of at most `LadderConfiguration.mostRungs` rungs.
    public init(_ verdicts: [Verdict]) { self.verdicts = verdicts }

    /// The decision on a frame; frames beyond the end of the script get the full answer. Allocates nothing.
    func verdict(_ sequence: UInt64) -> Verdict {
        sequence < UInt64(verdicts.count) ? verdicts[Int(sequence)] : .answer(.full)
    }
}
