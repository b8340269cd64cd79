/// Every kind of step: a closed set, so that a plan is one flat array without existential boxes.
enum AnyStep {
    case convolution(ConvolutionStep)
    case winograd(WinogradStep)
    case product(GemmConvolutionStep)
    case depthwise(DepthwiseStep)
    case depthwiseSum(DepthwiseSumStep)
    case branches(BranchesStep)
    case grouped(GroupedConvolutionStep)
    case packedPool(PackedPoolStep)
    case upsampleSum(UpsampleSumStep)
    case narrow(NarrowConvolutionStep)
    case affine(AffineStep)
    case pool(PoolStep)
    case resize(ResizeStep)
    case adaptivePool(AdaptivePoolStep)
    case layout(LayoutStep)
    case copyChannels(CopyChannelsStep)
    case copy(CopyStep)
    case generic(GenericStep)

    /// Independent parts.
    var chunkCount: Int32 {
        switch self {
        case .convolution(let step): step.chunkCount
        case .winograd(let step): step.chunkCount
        case .product(let step): step.chunkCount
        case .depthwise(let step): step.chunkCount
        case .depthwiseSum(let step): step.chunkCount
        case .branches(let step): step.chunkCount
        case .grouped(let step): step.chunkCount
        case .packedPool(let step): step.chunkCount
        case .upsampleSum(let step): step.chunkCount
        case .narrow(let step): step.chunkCount
        case .affine(let step): step.chunkCount
        case .pool(let step): step.chunkCount
        case .resize(let step): step.chunkCount
        case .adaptivePool(let step): step.chunkCount
        case .layout(let step): step.chunkCount
        case .copyChannels(let step): step.chunkCount
        case .copy(let step): step.chunkCount
        case .generic(let step): step.chunkCount
        }
    }

    /// Computes one part.
    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        switch self {
        case .convolution(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .winograd(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .product(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .depthwise(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .depthwiseSum(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .branches(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .grouped(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .packedPool(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .upsampleSum(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .narrow(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .affine(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .pool(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .resize(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .adaptivePool(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .layout(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .copyChannels(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .copy(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .generic(let step): step.run(chunk: chunk, worker: worker, context: context)
        }
    }
}
