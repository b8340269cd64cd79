internal import FrameIO
internal import Inference
internal import Kernels
internal import Streaming

/// Network input -> pre-logits, and the outlier logits where they need no more than those.
struct BackboneStage: Stage {
    let group: StageGroup = [.backbone]
    let pool: WorkerPool
    let delays: StageDelays
    let messages: MessageSink

    mutating func process(_ slot: inout FrameSlot, _ work: inout StageWork) -> StageOutcome {
        delays.spend(in: .backbone)
        guard let network = slot.geometry?.variants[work.answer.variant].network else { return .fail(.size) }
        do throws(InferenceError) {
            try network.runBackbone(
                image: slot.input.base, preLogits: slot.preLogits.base, outlierLogits: slot.outlierLogits.base, on: pool
            )
        } catch {
            messages.report(.compute, "frame \(work.stamp.id): \(error)")
            return .fail(.compute)
        }
        return .done
    }
}

/// Pre-logits -> class logits and outlier logits at the head's resolution.
struct HeadsStage: Stage {
    let group: StageGroup = [.heads]
    let pool: WorkerPool
    let delays: StageDelays
    let messages: MessageSink

    mutating func process(_ slot: inout FrameSlot, _ work: inout StageWork) -> StageOutcome {
        delays.spend(in: .heads)
        guard let network = slot.geometry?.variants[work.answer.variant].network else { return .fail(.size) }
        do throws(InferenceError) {
            try network.runHeads(
                preLogits: slot.preLogits.base, logits: slot.logits.base,
                outlierLogits: network.outlierLogits == nil ? nil : slot.outlierLogits.base,
                activations: network.hasOwnActivations ? slot.activations.base : nil, on: pool)
        } catch {
            messages.report(.compute, "frame \(work.stamp.id): \(error)")
            return .fail(.compute)
        }
        return .done
    }
}
