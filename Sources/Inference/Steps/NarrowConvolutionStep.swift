internal import CKernels

/// A pointwise convolution with few outputs, stored as planes of single floats, perhaps after relu(x * scale + shift).
struct NarrowConvolutionStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_narrow_run>?) -> Void
    let input: Operand
    let output: Operand
    let planes: Int
    let outputs: Int
    /// [outputs][planes][8]
    let weights: UnsafePointer<Float>
    let bias: UnsafePointer<Float>
    /// Of the prologue, [planes][8]; nil for none.
    let scale: UnsafePointer<Float>?
    let shift: UnsafePointer<Float>?
    let pixels: Int

    var bands: PixelBands

    var chunkCount: Int32 { bands.count }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        run(chunk: chunk, worker: worker, inputShift: 0, context: context)
    }

    /// `inputShift`: bytes from where the input's rows would lie in its map to where they do.
    func run(chunk: Int32, worker: Int32, inputShift: Int, context: borrowing StepContext) {
        let (begin, end) = bands.pixels(of: chunk)
        var run = dh_narrow_run()
        run.input = UnsafePointer(
            (context.buffers[input] + begin * 32 + inputShift).assumingMemoryBound(to: UInt8.self))
        run.input_plane = Int64(pixels * 32)
        run.weights = weights
        run.bias = bias
        run.scale = scale
        run.shift = shift
        run.output = context.buffers[output].assumingMemoryBound(to: Float.self) + begin
        run.output_stride = Int64(pixels)
        run.planes = Int32(planes)
        run.outputs = Int32(outputs)
        run.pixels = Int32(end - begin)
        function(&run)
    }
}
