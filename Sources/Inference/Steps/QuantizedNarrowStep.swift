internal import CKernels

/// A pointwise convolution over 8-bit planes with few outputs, stored as planes of single floats, perhaps after a clamp.
struct QuantizedNarrowStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_quantized_narrow_run>?) -> Void
    let input: Operand
    let output: Operand
    let planes: Int
    let outputs: Int
    /// [planes][outputs][32]
    let weights: UnsafePointer<Int8>
    /// [outputs]
    let scale: UnsafePointer<Float>
    let bias: UnsafePointer<Float>
    /// [planes][32]
    let low: UnsafePointer<UInt8>
    let high: UnsafePointer<UInt8>
    let pixels: Int

    /// Pixels of a chunk: long enough for streams, short enough to balance.
    private static let chunk = 4096

    var chunkCount: Int32 { Int32((pixels + Self.chunk - 1) / Self.chunk) }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let begin = Int(chunk) * Self.chunk
        var run = dh_quantized_narrow_run()
        run.input = UnsafePointer((context.buffers[input] + begin * 32).assumingMemoryBound(to: UInt8.self))
        run.input_plane = Int64(pixels * 32)
        run.low = low
        run.high = high
        run.weights = weights
        run.scale = scale
        run.bias = bias
        run.output = context.buffers[output].assumingMemoryBound(to: Float.self) + begin
        run.output_stride = Int64(pixels)
        run.planes = Int32(planes)
        run.outputs = Int32(outputs)
        run.pixels = Int32(min(Self.chunk, pixels - begin))
        function(&run)
    }
}
