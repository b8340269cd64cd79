internal import FrameIO
internal import Streaming

/// Encoded frame -> pixels: JPEG and PNG to rgb24, raw video as it is.
struct DecodeStage: Stage {
    let group: StageGroup = [.decode]
    let decoder: ImageDecoder
    let onCorrupt: CorruptPolicy
    let inspection: InspectionLimits?
    let delays: StageDelays
    let messages: MessageSink

    mutating func process(_ slot: inout FrameSlot, _ work: inout StageWork) -> StageOutcome {
        delays.spend(in: .decode)
        do throws(DecodeError) {
            try decoder.decode(slot.encoded, into: &slot.image)
        } catch {
            // Only lost frames pay for the text.
            messages.report(.corrupt, "frame \(work.stamp.id): \(error)")
            let reason: FailureReason
            switch error {
            case .truncated: reason = .truncated
            case .unacceptableSize, .implausibleSize: reason = .size
            case .unsupported: reason = .unsupported
            default: reason = .corrupt
            }
            return onCorrupt == .fail ? .failAndEnd(reason) : .fail(reason)
        }
        slot.findings = []
        if let inspection, let view = slot.image.view {
            slot.findings = PictureInspection.inspect(view, limits: inspection)
            messages.report(slot.findings, frame: work.stamp.id)
        }
        return .done
    }
}
