internal import CKernels

/// y = activation(x * scale[c] + shift[c] + residual) over 8-bit planes, stored with a scale of its own.
struct QuantizedAffineStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_quantized_affine_run>?) -> Void
    let input: Operand
    let residual: Operand
    let output: Operand
    /// All vectors [planes][32].
    let scale: UnsafePointer<Float>
    let shift: UnsafePointer<Float>
    let residualScale: UnsafePointer<Float>
    let slope: UnsafePointer<Float>
    let zero: UnsafePointer<Float>
    let activation: Int32
    let width: Int
    let planePixels: Int
    let bands: PlaneBands

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, rows) = bands.part(chunk)
        let place = (plane * planePixels + rows.lowerBound * width) * 32
        var run = dh_quantized_affine_run()
        run.input = UnsafePointer((context.buffers[input] + place).assumingMemoryBound(to: UInt8.self))
        if residual.isPresent {
            run.residual = UnsafePointer((context.buffers[residual] + place).assumingMemoryBound(to: UInt8.self))
        }
        run.scale = scale + plane * 32
        run.shift = shift + plane * 32
        run.residual_scale = residualScale + plane * 32
        run.slope = slope + plane * 32
        run.zero = zero + plane * 32
        run.output = (context.buffers[output] + place).assumingMemoryBound(to: UInt8.self)
        run.pixels = Int64(rows.count * width)
        run.activation = activation
        function(&run)
    }
}

/// Max or average pooling over 8-bit planes: scales and zero points stay the input's, or the average is one of
/// `relu(q * scale[c] + shift[c])`, which has a scale of its own.
struct QuantizedPoolStep: PlanStep {
    /// Window offsets of one border case.
    struct Table {
        let offsets: UnsafePointer<Int32>
        /// [planes][32]: of padded taps, or of the prologue.
        let shift: UnsafePointer<Float>
        let count: Int32
        let factor: Float
    }

    let function: @convention(c) (UnsafePointer<dh_quantized_pool_run>?) -> Void
    let input: Operand
    let output: Operand
    /// [planes][32], of the prologue; nil for none.
    let scale: UnsafePointer<Float>?
    let columns: UnsafePointer<ConvolutionStep.Columns>
    let columnCount: Int32
    let spanOfRow: UnsafePointer<UInt16>
    /// [row span][column span]
    let tables: UnsafePointer<Table>
    let isMax: Bool
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
        var run = dh_quantized_pool_run()
        run.input_stride = Int64(pixelStep)
        run.is_max = isMax ? 1 : 0
        if let scale { run.scale = scale + plane * 32 }
        run.input_row = Int64(rowStep)
        run.output_row = Int64(outputWidth * 32)
        var row = rows.lowerBound
        while row < rows.upperBound {
            // Rows that see the same taps are one call.
            var end = row + 1
            while end < rows.upperBound && spanOfRow[end] == spanOfRow[row] { end += 1 }
            run.rows = Int32(end - row)
            for span in 0..<Int(columnCount) {
                let table = tables[Int(spanOfRow[row]) * Int(columnCount) + span]
                let begin = Int(columns[span].begin)
                run.input = (source + row * rowStep + begin * pixelStep).assumingMemoryBound(to: UInt8.self)
                run.offsets = table.offsets
                run.offset_count = table.count
                run.shift = table.shift + plane * 32
                run.factor = table.factor
                run.output = (target + (row * outputWidth + begin) * 32).assumingMemoryBound(to: UInt8.self)
                run.pixels = columns[span].end - columns[span].begin
                function(&run)
            }
            row = end
        }
    }
}

/// Bilinear resizing of 8-bit planes; scales and zero points stay the input's.
struct QuantizedResizeStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_quantized_resize_run>?) -> Void
    let input: Operand
    let output: Operand
    let upper: UnsafePointer<Int32>
    let lower: UnsafePointer<Int32>
    let lowerWeight: UnsafePointer<Float>
    let left: UnsafePointer<Int32>
    let right: UnsafePointer<Int32>
    let rightWeight: UnsafePointer<Float>
    /// `rightWeight` in sixteenths, where the kernel can do with whole ones.
    let sixteenths: UnsafePointer<UInt32>?
    /// Whether columns are doubled as `dh_quantized_resize_run` has it, in runs of whole pairs.
    let doubles: Bool
    let inputWidth: Int
    let inputPlaneBytes: Int
    let outputWidth: Int
    let outputPlaneBytes: Int
    let bands: PlaneBands

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, rows) = bands.part(chunk)
        let target = context.buffers[output] + plane * outputPlaneBytes
        for row in rows {
            compute(
                row: row, columns: 0..<outputWidth, plane: plane, into: target + row * outputWidth * 32,
                context: context)
        }
    }

    /// Some columns of one row of one plane. The call after this one computes as many of the columns that follow in the row,
    /// or the same, of another plane: `next` bytes further on in the input, if known.
    func compute(
        row: Int, columns: Range<Int>, plane: Int, into target: UnsafeMutableRawPointer, next: Int = 0,
        context: borrowing StepContext
    ) {
        let source = UnsafeRawPointer(context.buffers[input]) + plane * inputPlaneBytes
        var run = dh_quantized_resize_run()
        run.left = left + columns.lowerBound
        run.right = right + columns.lowerBound
        run.weight = rightWeight + columns.lowerBound
        if let sixteenths { run.sixteenths = sixteenths + columns.lowerBound }
        run.pixels = Int32(columns.count)
        run.next = Int64(next)
        run.doubles = doubles && (columns.lowerBound | columns.count) % 2 == 0 ? 1 : 0
        run.upper = (source + Int(upper[row]) * inputWidth * 32).assumingMemoryBound(to: UInt8.self)
        run.lower = (source + Int(lower[row]) * inputWidth * 32).assumingMemoryBound(to: UInt8.self)
        run.lower_weight = lowerWeight[row]
        run.output = target.assumingMemoryBound(to: UInt8.self)
        function(&run)
    }
}
