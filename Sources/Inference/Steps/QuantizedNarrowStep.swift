internal import CKernels

/// A pointwise convolution over 8-bit planes with few outputs, stored as planes of single floats, perhaps after a clamp.
struct QuantizedNarrowStep: PlanStep {
    /// Brings the input into 8-bit planes, a panel at a time.
    struct Quantization {
        let function: @convention(c) (UnsafePointer<dh_quantize_run>?) -> Void
        /// [planes][32]
        let inverseScale: UnsafePointer<Float>
        let zero: UnsafePointer<Float>
        /// fp32 planes of 8 channels.
        let planes: Int

        /// Pixels that are in the first-level cache when they are multiplied.
        static let panel = 256
    }

    let function: @convention(c) (UnsafePointer<dh_quantized_narrow_run>?) -> Void
    let input: Operand
    /// nil: the input has 8 bits.
    let quantization: Quantization?
    let output: Operand
    let planes: Int
    let outputs: Int
    /// [outputs][planes][32]
    let weights: UnsafePointer<Int16>
    /// [outputs]
    let scale: UnsafePointer<Float>
    let bias: UnsafePointer<Float>
    /// [planes][32]
    let low: UnsafePointer<UInt8>
    let high: UnsafePointer<UInt8>
    let pixels: Int

    var bands: PixelBands

    var chunkCount: Int32 { bands.count }

    var scratchBytes: Int { quantization == nil ? 0 : planes * Quantization.panel * 32 }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (begin, end) = bands.pixels(of: chunk)
        guard let quantization else {
            return compute(begin..<end, from: context.buffers[input] + begin * 32, plane: pixels * 32, context: context)
        }
        let panel = context.scratch(of: worker)
        for first in stride(from: begin, to: end, by: Quantization.panel) {
            let some = first..<min(end, first + Quantization.panel)
            quantize(some, by: quantization, into: panel, context: context)
            compute(some, from: panel, plane: Quantization.panel * 32, context: context)
        }
    }

    private func quantize(
        _ some: Range<Int>, by quantization: Quantization, into panel: UnsafeMutableRawPointer,
        context: borrowing StepContext
    ) {
        var run = dh_quantize_run()
        run.input_plane = Int64(pixels * 8)
        run.pixels = Int64(some.count)
        for plane in 0..<planes {
            run.input = UnsafePointer(
                (context.buffers[input] + (plane * 4 * pixels + some.lowerBound) * 32)
                    .assumingMemoryBound(to: Float.self))
            run.inverse_scale = quantization.inverseScale + plane * 32
            run.zero = quantization.zero + plane * 32
            run.output = (panel + plane * Quantization.panel * 32).assumingMemoryBound(to: UInt8.self)
            run.planes = Int32(min(4, quantization.planes - plane * 4))
            quantization.function(&run)
        }
    }

    /// `source` is the first pixel's input.
    private func compute(
        _ some: Range<Int>, from source: UnsafeRawPointer, plane: Int, context: borrowing StepContext
    ) {
        var run = dh_quantized_narrow_run()
        run.input = source.assumingMemoryBound(to: UInt8.self)
        run.input_plane = Int64(plane)
        run.low = low
        run.high = high
        run.weights = weights
        run.scale = scale
        run.bias = bias
        run.output = context.buffers[output].assumingMemoryBound(to: Float.self) + some.lowerBound
        run.output_stride = Int64(pixels)
        run.planes = Int32(planes)
        run.outputs = Int32(outputs)
        run.pixels = Int32(some.count)
        function(&run)
    }
}
