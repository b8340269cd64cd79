internal import CKernels

/// A grouped convolution whose groups lie inside planes of 8 channels, lane by lane: see `dh_grouped_run`.
struct GroupedConvolutionStep: PlanStep {
    /// The taps inside the input for one border case.
    struct Table {
        let offsets: UnsafePointer<Int32>
        let taps: UnsafePointer<Int32>
        let count: Int32
    }

    let function: @convention(c) (UnsafePointer<dh_grouped_run>?) -> Void
    let input: Operand
    let output: Operand
    /// [outputs][taps][8]
    let weights: UnsafePointer<Float>
    let weightTaps: Int
    /// Byte offset of the plane that each output reads.
    let planes: UnsafePointer<Int64>
    let bias: UnsafePointer<Float>
    let slope: UnsafePointer<Float>
    let columns: UnsafePointer<ConvolutionStep.Columns>
    let columnCount: Int32
    let spanOfRow: UnsafePointer<UInt16>
    /// [row span][column span]
    let tables: UnsafePointer<Table>
    let activation: Int32
    let rowStep: Int
    let pixelStep: Int
    let origin: Int
    let outputWidth: Int
    let outputPlaneBytes: Int
    let bands: PlaneBands

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, rows) = bands.part(chunk)
        let target = context.buffers[output] + plane * outputPlaneBytes
        for row in rows {
            compute(row: row, plane: plane, into: target + row * outputWidth * 32, context: context)
        }
    }

    /// One row of one plane of outputs.
    func compute(row: Int, plane: Int, into target: UnsafeMutableRawPointer, context: borrowing StepContext) {
        let source = UnsafeRawPointer(context.buffers[input]) + origin + row * rowStep
        var run = dh_grouped_run()
        run.planes = planes + plane * 8
        run.weights = weights + plane * 8 * weightTaps * 8
        run.weight_taps = Int32(weightTaps)
        run.bias = bias + plane * 8
        run.slope = slope + plane * 8
        run.input_stride = Int64(pixelStep)
        run.activation = activation
        for span in 0..<Int(columnCount) {
            let table = tables[Int(spanOfRow[row]) * Int(columnCount) + span]
            let begin = Int(columns[span].begin)
            run.input = (source + begin * pixelStep).assumingMemoryBound(to: UInt8.self)
            run.offsets = table.offsets
            run.taps = table.taps
            run.tap_count = table.count
            run.output = (target + begin * 32).assumingMemoryBound(to: Float.self)
            run.pixels = columns[span].end - columns[span].begin
            function(&run)
        }
    }
}

/// Average pooling of a packed picture [H][W][C] into one blocked plane, so that the picture itself is never blocked.
struct PackedPoolStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_packed_pool_run>?) -> Void
    let input: Operand
    let output: Operand
    let rowBegin: UnsafePointer<Int32>
    let rowEnd: UnsafePointer<Int32>
    let rowFactors: UnsafePointer<Float>
    let columnBegin: UnsafePointer<Int32>
    let columnEnd: UnsafePointer<Int32>
    let columnFactors: UnsafePointer<Float>
    let inputWidth: Int
    let channels: Int32
    let outputWidth: Int
    var bands: PlaneBands

    /// One summed row, and three floats that the kernel wants behind it.
    var scratchBytes: Int { (inputWidth * Int(channels) + 3) * 4 }
    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let rows = bands.part(chunk).rows
        let source = UnsafePointer(context.buffers[input].assumingMemoryBound(to: Float.self))
        let target = context.buffers[output].assumingMemoryBound(to: Float.self)
        let rowFloats = inputWidth * Int(channels)
        var run = dh_packed_pool_run()
        run.row_stride = Int64(rowFloats)
        run.begin = columnBegin
        run.end = columnEnd
        run.factor = columnFactors
        run.line = context.scratch(of: worker).assumingMemoryBound(to: Float.self)
        run.width = Int32(inputWidth)
        run.channels = channels
        run.pixels = Int32(outputWidth)
        for row in rows {
            run.input = source + Int(rowBegin[row]) * rowFloats
            run.row_factor = rowFactors[row]
            run.rows = rowEnd[row] - rowBegin[row]
            run.output = target + row * outputWidth * 8
            function(&run)
        }
    }
}
