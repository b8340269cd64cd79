internal import CKernels

/// A depthwise convolution (one filter a channel) over 8-bit planes.
struct QuantizedDepthwiseStep: PlanStep {
    let function: dh_quantized_convolution_function
    let input: Operand
    let output: Operand
    let residual: Operand
    /// [plane][tap][32]
    let weights: UnsafePointer<Int8>
    let weightsPerPlane: Int
    /// All vectors [planes][32]; biases per border case [row span][column span][planes][32], or one for all where
    /// `biasStride` is 0.
    let biases: UnsafePointer<Float>
    let biasStride: Int
    let scale: UnsafePointer<Float>
    let slope: UnsafePointer<Float>
    let zero: UnsafePointer<Float>
    let residualScale: UnsafePointer<Float>
    let columns: UnsafePointer<ConvolutionStep.Columns>
    let columnCount: Int32
    let spanOfRow: UnsafePointer<UInt16>
    /// [row span][column span]
    let tables: UnsafePointer<ConvolutionStep.Table>
    let activation: Int32
    let rowStep: Int
    let pixelStep: Int
    let origin: Int
    let inputPlaneBytes: Int
    let outputWidth: Int
    let outputPlaneBytes: Int
    let bands: PlaneBands

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, rows) = bands.part(chunk)
        let source = UnsafeRawPointer(context.buffers[input]) + plane * inputPlaneBytes + origin
        let target = context.buffers[output] + plane * outputPlaneBytes
        let added = residual.isPresent ? UnsafeRawPointer(context.buffers[residual]) + plane * outputPlaneBytes : nil
        var run = dh_quantized_convolution_run()
        run.weights = UnsafeRawPointer(weights + plane * weightsPerPlane)
        run.scale = scale + plane * 32
        run.slope = slope + plane * 32
        run.zero = zero + plane * 32
        run.residual_scale = residualScale + plane * 32
        run.input_stride = Int64(pixelStep)
        run.activation = activation
        for row in rows {
            for span in 0..<Int(columnCount) {
                let border = Int(spanOfRow[row]) * Int(columnCount) + span
                let begin = Int(columns[span].begin)
                let place = (row * outputWidth + begin) * 32
                run.input = (source + row * rowStep + begin * pixelStep).assumingMemoryBound(to: UInt8.self)
                run.segments = tables[border].segments
                run.segment_count = tables[border].count
                run.bias = biases + border * biasStride + plane * 32
                run.output = (target + place).assumingMemoryBound(to: UInt8.self)
                run.residual = added.map { ($0 + place).assumingMemoryBound(to: UInt8.self) }
                run.pixels = columns[span].end - columns[span].begin
                function(&run)
            }
        }
    }
}
