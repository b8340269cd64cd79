internal import CKernels

/// A depthwise convolution (one filter a channel) over blocked pixels.
struct DepthwiseStep: PlanStep {
    let function: dh_convolution_function
    let input: Operand
    let output: Operand
    let residual: Operand
    /// [plane][tap][8]
    let weights: UnsafePointer<Float>
    let weightsPerPlane: Int
    let bias: UnsafePointer<Float>
    let slope: UnsafePointer<Float>
    let columns: UnsafePointer<ConvolutionStep.Columns>
    let columnCount: Int32
    let spanOfRow: UnsafePointer<UInt16>
    /// [row span][column span]
    let tables: UnsafePointer<ConvolutionStep.Table>
    let activation: Int32
    let rowStep: Int
    let pixelStep: Int
    let origin: Int
    /// Bytes from the row that goes with an output row to the last row of its window.
    let lastRow: Int
    let inputPlaneBytes: Int
    let outputWidth: Int32
    let outputHeight: Int32
    let bands: PlaneBands

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, rows) = bands.part(chunk)
        let rowBytes = Int(outputWidth) * 32
        let outputPlane = plane * rowBytes * Int(outputHeight)
        for row in rows {
            compute(
                row: row, plane: plane, into: context.buffers[output] + outputPlane + row * rowBytes, context: context)
        }
    }

    /// One row of one plane.
    func compute(row: Int, plane: Int, into target: UnsafeMutableRawPointer, context: borrowing StepContext) {
        let source = UnsafeRawPointer(context.buffers[input]) + plane * inputPlaneBytes + origin + row * rowStep
        let place = (plane * Int(outputHeight) + row) * Int(outputWidth) * 32
        let added = residual.isPresent ? UnsafeRawPointer(context.buffers[residual]) + place : nil
        var run = dh_convolution_run()
        run.weights = weights + plane * weightsPerPlane
        run.bias = bias + plane * 8
        run.slope = slope + plane * 8
        run.input_stride = Int64(pixelStep)
        run.activation = activation
        for span in 0..<Int(columnCount) {
            let table = tables[Int(spanOfRow[row]) * Int(columnCount) + span]
            let begin = Int(columns[span].begin)
            run.input = (source + begin * pixelStep).assumingMemoryBound(to: UInt8.self)
            run.segments = table.segments
            run.segment_count = table.count
            run.output = (target + begin * 32).assumingMemoryBound(to: UInt8.self)
            run.residual = added.map { ($0 + begin * 32).assumingMemoryBound(to: UInt8.self) }
            run.pixels = columns[span].end - columns[span].begin
            function(&run)
        }
    }

    /// The last row of the input that an output row reads, or one beyond the map: to be fetched, not read.
    func lastInput(of row: Int, plane: Int, context: borrowing StepContext) -> UnsafePointer<Float> {
        return UnsafePointer(
            (context.buffers[input] + plane * inputPlaneBytes + row * rowStep + lastRow).assumingMemoryBound(
                to: Float.self))
    }
}
