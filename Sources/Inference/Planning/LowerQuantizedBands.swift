internal import CKernels
internal import ModelGraph

/// How an int8 convolution is taken by bands of output rows: always where its input is the picture, and where a max pool
/// follows.
struct QuantizedBands {
    /// Windows of the picture are gathered before they are multiplied.
    let gathers: Bool
    /// Window of the max pool; 1x1 for none.
    let poolHeight: Int
    let poolWidth: Int
    /// Output rows of a band. The rows of one band share their gathered windows.
    let rows: Int
    /// Bytes from one gathered window to the next; its last K-group may reach beyond the window.
    let windowStep: Int

    init(_ geometry: ConvolutionGeometry, gathers: Bool, pool: Node?) {
        self.gathers = gathers
        var window = [1, 1]
        if case .pool(let attributes)? = pool?.operation { window = attributes.kernel }
        (poolHeight, poolWidth) = (window[0], window[1])
        // With 4 rows of a stride of 2, most rows of the picture are gathered once, and 70 windows of 7x7 are 19 KB.
        rows = max(1, 4 / poolHeight) * poolHeight
        let inputRows = (rows - 1) * geometry.window.rows.stride + geometry.kernelHeight
        windowStep = gathers ? (inputRows * geometry.kernelWidth * 3 + 6) / 4 * 4 : 0
    }
}

extension PlanBuilder {
    /// Wraps a convolution's step. `output` is the pool's if there is one.
    mutating func quantizedBandsStep(
        _ bands: QuantizedBands, _ step: QuantizedConvolutionStep, _ geometry: ConvolutionGeometry, output: Operand,
        pool: Node?
    ) -> QuantizedBandsStep {
        let window = geometry.window
        var gather: QuantizedBandsStep.Gather?
        if bands.gathers {
            let insides = window.columns.spans.map { span in
                QuantizedBandsStep.Gather.Inside(
                    first: Int32(span.taps.lowerBound * 3), last: Int32(span.taps.upperBound * 3))
            }
            gather = .init(
                function: kernels.quantized_planes.gather_windows, insides: memory.store(insides),
                kernelHeight: geometry.kernelHeight, stride: window.rows.stride, top: window.rows.padBegin,
                left: window.columns.padBegin * 3, inputHeight: geometry.input.height,
                inputRowBytes: geometry.input.width * 3, inputStep: window.columns.stride * 3,
                windowRowBytes: geometry.kernelWidth * 3)
        }
        var pooling: QuantizedBandsStep.Pool?
        let panel = Int(step.panel)
        let rowBytes = panel * 32 * Int(step.blockCount)
        if let pool, let pooled = graph.image(pool.outputs[0]) {
            let offsets = (0..<bands.poolHeight).flatMap { y in
                (0..<bands.poolWidth).map { x in Int32(y * rowBytes + x * 32) }
            }
            pooling = .init(
                function: kernels.quantized_planes.pool, offsets: memory.store(offsets), height: bands.poolHeight,
                width: bands.poolWidth, outputHeight: pooled.height, outputWidth: pooled.width)
        }
        let gathered = (bands.windowStep * panel + 63) & ~63
        scratchBytes = max(scratchBytes, gathered + (pooling == nil ? 0 : bands.poolHeight * rowBytes))
        let rows = pooling.map { $0.outputHeight * $0.height } ?? Int(step.outputHeight)
        let count = (rows + bands.rows - 1) / bands.rows
        return QuantizedBandsStep(
            convolution: step, gather: gather, pool: pooling, output: output, bandRows: bands.rows, bandCount: count,
            behindGathered: gathered, chunkCount: Int32(min(count, threads * 6)))
    }
}
