internal import CKernels

/// Max or average pooling over blocked pixels; an average may be one of `relu(x * scale[c] + shift[c])`.
struct PoolStep: PlanStep {
    /// Window offsets of one border case.
    struct Table {
        let offsets: UnsafePointer<Int32>
        let count: Int32
        let factor: Float
    }

    let function: @convention(c) (UnsafePointer<dh_pool_run>?) -> Void
    let input: Operand
    let output: Operand
    /// [planes][8], of the prologue; nil for none.
    let scale: UnsafePointer<Float>?
    let shift: UnsafePointer<Float>?
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
    /// For a pool over the whole input that follows; nil for none.
    let means: RowMeans?

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, rows) = bands.part(chunk)
        let source = UnsafeRawPointer(context.buffers[input]) + plane * inputPlaneBytes + origin
        let target = context.buffers[output] + plane * outputPlaneBytes
        let map = UnsafeRawPointer(context.buffers[input]) + plane * inputPlaneBytes
        var run = dh_pool_run()
        run.input_stride = Int64(pixelStep)
        run.is_max = isMax ? 1 : 0
        if let scale, let shift {
            run.scale = scale + plane * 8
            run.shift = shift + plane * 8
        }
        for row in rows {
            for span in 0..<Int(columnCount) {
                let table = tables[Int(spanOfRow[row]) * Int(columnCount) + span]
                let begin = Int(columns[span].begin)
                run.input = (source + row * rowStep + begin * pixelStep).assumingMemoryBound(to: UInt8.self)
                run.offsets = table.offsets
                run.offset_count = table.count
                run.factor = table.factor
                run.output = (target + (row * outputWidth + begin) * 32).assumingMemoryBound(to: Float.self)
                run.pixels = columns[span].end - columns[span].begin
                function(&run)
            }
            // They are in the cache: this row's window, or what is left of the one before.
            means?.compute(map, group: row, plane: plane, context: context)
        }
    }
}

/// Averages of equally many rows of a map each, [planes][groups][8]: the map's average is theirs. Whoever reads all of the
/// map a row at a time makes them on the way.
struct RowMeans {
    let function: @convention(c) (UnsafePointer<dh_adaptive_run>?) -> Void
    let output: Operand
    /// 0, and the map's width.
    let begin: UnsafePointer<Int32>
    let end: UnsafePointer<Int32>
    let width: Int
    /// Rows of a group.
    let rows: Int
    let groups: Int

    /// One group of one plane, which starts at `map`.
    func compute(_ map: UnsafeRawPointer, group: Int, plane: Int, context: borrowing StepContext) {
        var run = dh_adaptive_run()
        run.input = (map + group * rows * width * 32).assumingMemoryBound(to: Float.self)
        run.row_stride = Int64(width * 8)
        run.begin = begin
        run.end = end
        run.rows = Int32(rows)
        run.pixels = 1
        run.output = (context.buffers[output] + (plane * groups + group) * 32).assumingMemoryBound(to: Float.self)
        function(&run)
    }
}

/// Adaptive (and global) average pooling of blocked pixels.
struct AdaptivePoolStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_adaptive_run>?) -> Void
    let input: Operand
    let output: Operand
    let rowBegin: UnsafePointer<Int32>
    let rowEnd: UnsafePointer<Int32>
    let columnBegin: UnsafePointer<Int32>
    let columnEnd: UnsafePointer<Int32>
    let inputWidth: Int
    let inputPlaneBytes: Int
    let outputWidth: Int
    let outputPlaneBytes: Int
    let bands: PlaneBands

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, rows) = bands.part(chunk)
        let source = UnsafeRawPointer(context.buffers[input]) + plane * inputPlaneBytes
        let target = context.buffers[output] + plane * outputPlaneBytes
        var run = dh_adaptive_run()
        run.row_stride = Int64(inputWidth * 8)
        run.begin = columnBegin
        run.end = columnEnd
        run.pixels = Int32(outputWidth)
        for row in rows {
            run.input = (source + Int(rowBegin[row]) * inputWidth * 32).assumingMemoryBound(to: Float.self)
            run.rows = rowEnd[row] - rowBegin[row]
            run.output = (target + row * outputWidth * 32).assumingMemoryBound(to: Float.self)
            function(&run)
        }
    }
}
