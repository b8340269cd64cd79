/// Every kind of step: a closed set, so that a plan is one flat array without existential boxes.
enum AnyStep {
    case convolution(ConvolutionStep)
    case winograd(WinogradStep)
    case product(GemmConvolutionStep)
    case depthwise(DepthwiseStep)
    case depthwiseSum(DepthwiseSumStep)
    case planarSum(PlanarSumStep)
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
    case quantizedConvolution(QuantizedConvolutionStep)
    case quantizedNarrow(QuantizedNarrowStep)
    case quantizedBands(QuantizedBandsStep)
    case quantizedWinograd(QuantizedWinogradStep)
    case winogradWeights(WinogradWeightsStep)
    case quantizedDepthwise(QuantizedDepthwiseStep)
    case quantizedAffine(QuantizedAffineStep)
    case quantizedPool(QuantizedPoolStep)
    case quantizedAverage(QuantizedAverageStep)
    case quantizedResize(QuantizedResizeStep)
    case quantize(QuantizeStep)
    case dequantize(DequantizeStep)
    case quantizePicture(QuantizePictureStep)
    case quantizedCopy(QuantizedCopyStep)
    case chain(ChainStep)
    case generic(GenericStep)

    /// Independent parts.
    var chunkCount: Int32 {
        switch self {
        case .convolution(let step): step.chunkCount
        case .winograd(let step): step.chunkCount
        case .product(let step): step.chunkCount
        case .depthwise(let step): step.chunkCount
        case .depthwiseSum(let step): step.chunkCount
        case .planarSum(let step): step.chunkCount
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
        case .quantizedConvolution(let step): step.chunkCount
        case .quantizedNarrow(let step): step.chunkCount
        case .quantizedBands(let step): step.chunkCount
        case .quantizedWinograd(let step): step.chunkCount
        case .winogradWeights(let step): step.chunkCount
        case .quantizedDepthwise(let step): step.chunkCount
        case .quantizedAffine(let step): step.chunkCount
        case .quantizedPool(let step): step.chunkCount
        case .quantizedAverage(let step): step.chunkCount
        case .quantizedResize(let step): step.chunkCount
        case .quantize(let step): step.chunkCount
        case .dequantize(let step): step.chunkCount
        case .quantizePicture(let step): step.chunkCount
        case .quantizedCopy(let step): step.chunkCount
        case .chain(let step): step.chunkCount
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
        case .planarSum(let step): step.run(chunk: chunk, worker: worker, context: context)
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
        case .quantizedConvolution(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .quantizedNarrow(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .quantizedBands(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .quantizedWinograd(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .winogradWeights(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .quantizedDepthwise(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .quantizedAffine(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .quantizedPool(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .quantizedAverage(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .quantizedResize(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .quantize(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .dequantize(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .quantizePicture(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .quantizedCopy(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .chain(let step): step.run(chunk: chunk, worker: worker, context: context)
        case .generic(let step): step.run(chunk: chunk, worker: worker, context: context)
        }
    }
}
