internal import CKernels

/// A convolution in int8 that is taken by bands of output rows, and panels of their columns.
///
/// What it reads of the picture is gathered first, so that a pixel's window is one run of bytes: windows of a band are as
/// high as all its rows need, and each row finds its own further on in them. What it makes may go through a max pool
/// while it is in the cache; the pool's result is then all that is stored.
struct QuantizedBandsStep: PlanStep {
    struct Gather {
        /// Bytes of a window's row that lie inside the picture: from `first` on, up to `last`.
        struct Inside {
            let first: Int32
            let last: Int32
        }

        let function: @convention(c) (UnsafePointer<dh_gather_windows_run>?) -> Void
        /// One for each of the convolution's spans of columns.
        let insides: UnsafePointer<Inside>
        let kernelHeight: Int
        let stride: Int
        /// Rows of padding above the picture, and bytes of padding left of it.
        let top: Int
        let left: Int
        let inputHeight: Int
        let inputRowBytes: Int
        /// Bytes between horizontally adjacent windows.
        let inputStep: Int
        let windowRowBytes: Int
    }

    struct Pool {
        let function: @convention(c) (UnsafePointer<dh_quantized_pool_run>?) -> Void
        /// [height][width], in the scratch.
        let offsets: UnsafePointer<Int32>
        let height: Int
        let width: Int
        let outputHeight: Int
        let outputWidth: Int
    }

    /// What computes the rows. Where windows are gathered, its `pixelStep` lies between those. Its panels are a multiple of
    /// the pool's width.
    let convolution: QuantizedConvolutionStep
    let gather: Gather?
    let pool: Pool?
    /// The pool's, or else the convolution's.
    let output: Operand
    /// A multiple of the pool's height.
    let bandRows: Int
    let bandCount: Int
    /// Where the rows that are to be pooled begin in the scratch: [pool height][blocks][panel][32].
    let behindGathered: Int
    let chunkCount: Int32

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        // Rows and columns that no window of the pool covers are not computed.
        let height = pool.map { $0.outputHeight * $0.height } ?? Int(convolution.outputHeight)
        let width = pool.map { $0.outputWidth * $0.width } ?? Int(convolution.outputWidth)
        let panel = Int(convolution.panel)
        let first = bandCount * Int(chunk) / Int(chunkCount)
        let last = bandCount * (Int(chunk) + 1) / Int(chunkCount)
        for band in first..<last {
            let rows = band * bandRows..<min(height, (band + 1) * bandRows)
            for begin in stride(from: 0, to: width, by: panel) {
                compute(rows, begin..<min(width, begin + panel), worker: worker, context: context)
            }
        }
    }

    private func compute(
        _ rows: Range<Int>, _ columns: Range<Int>, worker: Int32, context: borrowing StepContext
    ) {
        let source = UnsafeRawPointer(context.buffers[convolution.input])
        let scratch = context.scratch(of: worker)
        let made = scratch + behindGathered
        let (width, panel) = (Int(convolution.outputWidth), Int(convolution.panel))
        let plane = width * Int(convolution.outputHeight) * 32
        let residual = convolution.residual
        var addresses = QuantizedConvolutionStep.Addresses(
            target: context.buffers[output],
            added: residual.isPresent ? UnsafeRawPointer(context.buffers[residual]) : nil, outputPlane: plane,
            addedPlane: plane)
        if let gather { self.gather(gather, rows, columns, from: source, into: scratch) }
        for row in rows {
            var window = source + convolution.origin + row * convolution.rowStep
            if let gather {
                window = UnsafeRawPointer(scratch) + (row - rows.lowerBound) * gather.stride * gather.windowRowBytes
            }
            if let pool {
                let line = made + row % pool.height * Int(convolution.blockCount) * panel * 32
                addresses.target = line - (row * width + columns.lowerBound) * 32
                addresses.outputPlane = panel * 32
            }
            for block in 0..<Int(convolution.blockCount) {
                convolution.compute(
                    block, row: Int32(row), begin: Int32(columns.lowerBound), end: Int32(columns.upperBound),
                    window: window, firstPixel: gather == nil ? 0 : columns.lowerBound, next: nil, line: nil, addresses)
            }
            if let pool, row % pool.height == pool.height - 1 {
                self.pool(pool, row: row / pool.height, columns, from: made, into: context.buffers[output])
            }
        }
    }

    private func gather(
        _ gather: Gather, _ rows: Range<Int>, _ columns: Range<Int>, from picture: UnsafeRawPointer,
        into scratch: UnsafeMutableRawPointer
    ) {
        let top = rows.lowerBound * gather.stride - gather.top
        let height = (rows.count - 1) * gather.stride + gather.kernelHeight
        var run = dh_gather_windows_run()
        run.input_row = Int64(gather.inputRowBytes)
        run.input_step = Int64(gather.inputStep)
        run.output_step = Int64(convolution.pixelStep)
        run.rows = Int32(height)
        run.row_bytes = Int32(gather.windowRowBytes)
        run.first_row = Int32(min(height, max(0, -top)))
        run.last_row = max(run.first_row, Int32(min(height, gather.inputHeight - top)))
        for span in 0..<Int(convolution.columnCount) {
            let begin = max(columns.lowerBound, Int(convolution.columns[span].begin))
            let end = min(columns.upperBound, Int(convolution.columns[span].end))
            if begin >= end { continue }
            run.input = (picture + top * gather.inputRowBytes + begin * gather.inputStep - gather.left)
                .assumingMemoryBound(to: UInt8.self)
            run.output = (scratch + (begin - columns.lowerBound) * convolution.pixelStep)
                .assumingMemoryBound(to: UInt8.self)
            run.first_byte = gather.insides[span].first
            run.last_byte = gather.insides[span].last
            run.pixels = Int32(end - begin)
            gather.function(&run)
        }
    }

    /// Pools the rows in the scratch into one row of the output.
    private func pool(
        _ pool: Pool, row: Int, _ columns: Range<Int>, from made: UnsafeMutableRawPointer,
        into target: UnsafeMutableRawPointer
    ) {
        var run = dh_quantized_pool_run()
        run.input_stride = Int64(pool.width * 32)
        run.offsets = pool.offsets
        run.offset_count = Int32(pool.width * pool.height)
        run.is_max = 1
        run.rows = 1
        run.pixels = Int32(columns.count / pool.width)
        let place = (row * pool.outputWidth + columns.lowerBound / pool.width) * 32
        for block in 0..<Int(convolution.blockCount) {
            let plane = block * pool.outputHeight * pool.outputWidth * 32
            run.input = UnsafePointer(
                (made + block * Int(convolution.panel) * 32).assumingMemoryBound(to: UInt8.self))
            run.output = (target + plane + place).assumingMemoryBound(to: UInt8.self)
            pool.function(&run)
        }
    }
}
