/// Judges frames as they come in, before they are decoded: content, numbers and times. For one thread.
///
/// Neither blocks nor allocates. A frame whose content is new costs about a thousand loads; a repeated one is read whole.
public struct FrameInspector: ~Copyable {
    private let limits: InspectionLimits
    private var repetition = ContentRepetition()
    private var epoch: UInt32 = 0
    private var lastCapture: Int64?
    /// The usual step of capture times: a running mean in which each step weighs an eighth, a longer one than twice the
    /// mean as if it were twice: a gap moves it little, and a camera that has become slower is learnt.
    private var step: Int64 = 0
    private var steps = 0

    /// Steps that are needed before one can be unusual.
    private static let stepsToLearn = 4

    /// An inspector that has seen nothing. Allocates its memory.
    public init(_ limits: InspectionLimits = InspectionLimits()) { self.limits = limits }

    /// What is to be said of the next frame. Call for every frame, in their order.
    public mutating func inspect(_ header: FrameHeader, _ bytes: UnsafeRawBufferPointer) -> FrameFindings {
        if header.epoch != epoch {
            // Another pass over a drive, or another stream: what came before tells nothing of it.
            epoch = header.epoch
            lastCapture = nil
            steps = 0
            repetition.reset()
        }
        var findings = header.findings
        if let capture = header.captureNanoseconds { findings.formUnion(judge(capture)) }
        if limits.frozenFrames > 0 {
            repetition.take(bytes)
            if repetition.count >= limits.frozenFrames { findings.insert(.frozen) }
        }
        return findings
    }

    private mutating func judge(_ capture: Int64) -> FrameFindings {
        defer { lastCapture = capture }
        guard let last = lastCapture else { return [] }
        let (newStep, overflow) = capture.subtractingReportingOverflow(last)
        if newStep < 0 || overflow { return .backwards }
        if newStep == 0 { return .duplicateTime }
        let isGap = steps >= Self.stepsToLearn && Double(newStep) >= Double(step) * limits.gapFactor
        step = steps == 0 ? newStep : step + min(newStep - step, step) / 8
        steps += 1
        return isGap ? .gap : []
    }
}
