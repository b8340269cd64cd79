internal import CKernels

/// Adaptive (and global) average pooling of 8-bit planes into fp32: the bytes' exact sums, no map of floats between.
struct QuantizedAverageStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_quantized_average_run>?) -> Void
    let input: Operand
    let output: Operand
    /// [planes][32], both.
    let scale: UnsafePointer<Float>
    let zero: UnsafePointer<Float>
    let rows: AdaptiveWindows
    let columns: AdaptiveWindows
    let inputWidth: Int
    let inputPlaneBytes: Int
    let outputWidth: Int
    let outputPlaneBytes: Int
    /// fp32 planes of 8 channels.
    let outputPlanes: Int
    /// Of the output, by planes of 32 channels.
    let bands: PlaneBands

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, band) = bands.part(chunk)
        let source = UnsafeRawPointer(context.buffers[input]) + plane * inputPlaneBytes
        let target = context.buffers[output] + plane * 4 * outputPlaneBytes
        var run = dh_quantized_average_run()
        run.input_row = Int64(inputWidth * 32)
        run.scale = scale + plane * 32
        run.zero = zero + plane * 32
        run.output_plane = Int64(outputPlaneBytes / 4)
        run.planes = Int32(min(4, outputPlanes - plane * 4))
        for row in band {
            run.rows = rows.end[row] - rows.begin[row]
            for column in 0..<outputWidth {
                run.pixels = columns.end[column] - columns.begin[column]
                run.factor = 1 / Float(run.rows * run.pixels)
                let first = Int(rows.begin[row]) * inputWidth + Int(columns.begin[column])
                run.input = (source + first * 32).assumingMemoryBound(to: UInt8.self)
                run.output = (target + (row * outputWidth + column) * 32).assumingMemoryBound(to: Float.self)
                function(&run)
            }
        }
    }
}

/// What each position of an output axis averages: input positions `begin` to `end` - 1.
struct AdaptiveWindows {
    let begin: UnsafePointer<Int32>
    let end: UnsafePointer<Int32>
}
