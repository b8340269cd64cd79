internal import CKernels

/// fp32 blocked planes -> 8-bit planes; a chunk is a piece of one plane of 32 channels.
struct QuantizeStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_quantize_run>?) -> Void
    let input: Operand
    let output: Operand
    let inverseScale: UnsafePointer<Float>
    let zero: UnsafePointer<Float>
    /// fp32 planes of 8 channels.
    let planes: Int
    let width: Int
    let planePixels: Int
    var bands: PlaneBands
    /// Whether a chunk is a band of all planes, as the links of a chain want it.
    var takesAllPlanes = false
    /// 8-bit planes, from one up to another, whose input passes by (`ChainStep.Passing`).
    var passingBegin = 0
    var passingEnd = 0

    var chunkCount: Int32 { takesAllPlanes ? bands.rows.count : bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        run(chunk: chunk, worker: worker, inputShift: 0, context: context)
    }

    /// `inputShift`: bytes from where rows of passing planes would lie in the input to where they do.
    func run(chunk: Int32, worker: Int32, inputShift: Int, context: borrowing StepContext) {
        guard takesAllPlanes else {
            let (plane, rows) = bands.part(chunk)
            return run(plane: plane, rows: rows, inputShift: inputShift, context: context)
        }
        for plane in 0..<Int(bands.planes) {
            run(plane: plane, rows: bands.rows.rows(of: chunk), inputShift: inputShift, context: context)
        }
    }

    private func run(plane: Int, rows: Range<Int>, inputShift: Int, context: borrowing StepContext) {
        let place = rows.lowerBound * width * 32
        var run = dh_quantize_run()
        run.input = UnsafePointer(
            (context.buffers[input] + plane * 4 * planePixels * 32 + place
                + (passingBegin <= plane && plane < passingEnd ? inputShift : 0)).assumingMemoryBound(to: Float.self))
        run.input_plane = Int64(planePixels * 8)
        run.inverse_scale = inverseScale + plane * 32
        run.zero = zero + plane * 32
        run.output = (context.buffers[output] + plane * planePixels * 32 + place).assumingMemoryBound(to: UInt8.self)
        run.pixels = Int64(rows.count * width)
        run.planes = Int32(min(4, planes - plane * 4))
        function(&run)
    }
}

/// 8-bit planes -> fp32 blocked planes; a chunk is a piece of one plane of 32 channels.
struct DequantizeStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_dequantize_run>?) -> Void
    let input: Operand
    let output: Operand
    let scale: UnsafePointer<Float>
    let zero: UnsafePointer<Float>
    /// fp32 planes of 8 channels.
    let planes: Int
    let width: Int
    let planePixels: Int
    let bands: PlaneBands

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, rows) = bands.part(chunk)
        let place = rows.lowerBound * width * 32
        var run = dh_dequantize_run()
        run.input = UnsafePointer(
            (context.buffers[input] + plane * planePixels * 32 + place).assumingMemoryBound(to: UInt8.self))
        run.scale = scale + plane * 32
        run.zero = zero + plane * 32
        run.output = (context.buffers[output] + plane * 4 * planePixels * 32 + place)
            .assumingMemoryBound(to: Float.self)
        run.output_plane = Int64(planePixels * 8)
        run.pixels = Int64(rows.count * width)
        run.planes = Int32(min(4, planes - plane * 4))
        function(&run)
    }
}

/// The packed fp32 picture [H][W][3] -> [H][W][3] u8; a chunk is a band of rows.
struct QuantizePictureStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_quantize_picture_run>?) -> Void
    let input: Operand
    let output: Operand
    let inverseScale: UnsafePointer<Float>
    let zero: UnsafePointer<Float>
    let width: Int
    let bands: PlaneBands

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (_, rows) = bands.part(chunk)
        let first = rows.lowerBound * width
        var run = dh_quantize_picture_run()
        run.input = UnsafePointer((context.buffers[input] + first * 12).assumingMemoryBound(to: Float.self))
        run.inverse_scale = inverseScale
        run.zero = zero
        run.output = (context.buffers[output] + first * 3).assumingMemoryBound(to: UInt8.self)
        run.pixels = Int64(rows.count * width)
        function(&run)
    }
}

/// Copies channels of 8-bit planes into a concatenation whose parts are not whole planes, or could not be placed in it.
struct QuantizedCopyStep: PlanStep {
    let input: Operand
    let output: Operand
    /// First channel in the output.
    let to: Int
    let count: Int
    let pixels: Int
    let pixelsPerChunk: Int

    var chunkCount: Int32 { Int32((pixels + pixelsPerChunk - 1) / pixelsPerChunk) }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let first = Int(chunk) * pixelsPerChunk
        dh_copy_quantized_channels(
            context.buffers[input].assumingMemoryBound(to: UInt8.self) + first * 32,
            context.buffers[output].assumingMemoryBound(to: UInt8.self) + first * 32, Int64(pixels * 32), Int32(to),
            Int32(count), Int64(min(pixelsPerChunk, pixels - first)))
    }
}
