internal import CKernels

/// A sum of depthwise convolutions of several inputs, with each input's rows computed just before they are read: the
/// inputs are never stored as maps. Rings of rows, one per input, hold what the windows still need; their borders of
/// zeros stand for the padding.
struct DepthwiseSumStep: PlanStep {
    /// How one input's rows come about.
    enum Source {
        case stored(StoredRows)
        case convolved(DepthwiseStep)
        case resized(ResizeStep)
        case rescaled(RescaledRows)
    }

    let function: @convention(c) (UnsafePointer<dh_branches_run>?) -> Void
    let sources: UnsafePointer<Source>
    let sourceCount: Int
    /// [planes][sources][taps][8]
    let weights: UnsafePointer<Float>
    let finish: ChannelFinish
    let output: Operand
    let outputPlaneBytes: Int
    let width: Int
    let height: Int
    let kernelHeight: Int
    let kernelWidth: Int
    let rowDilation: Int
    let columnDilation: Int
    let padTop: Int
    let padLeft: Int
    let padRight: Int
    /// A row of zeros as long as a ring's rows.
    let zeros: UnsafePointer<Float>
    /// What a source needs while it computes a row.
    let sourceScratchBytes: Int
    let bands: PlaneBands

    var chunkCount: Int32 { bands.chunkCount }

    private var slots: Int { (kernelHeight - 1) * rowDilation + 1 }
    private var rowFloats: Int { (width + padLeft + padRight) * 8 }
    private var taps: Int { kernelHeight * kernelWidth }
    private var pointerBytes: Int { (sourceCount * taps * 8 + 63) & ~63 }
    private var ringBytes: Int { sourceCount * slots * rowFloats * 4 }

    /// Pointers to what each tap reads, the rings, and the sources' own scratch.
    var scratchBytes: Int { pointerBytes + ringBytes + sourceScratchBytes }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, rows) = bands.part(chunk)
        let scratch = context.scratch(of: worker)
        let pointers = scratch.assumingMemoryBound(to: UnsafePointer<Float>?.self)
        let rings = (scratch + pointerBytes).assumingMemoryBound(to: Float.self)
        clearBorders(rings)
        var next = max(0, rows.lowerBound - padTop)
        let target = context.buffers[output] + plane * outputPlaneBytes
        for row in rows {
            let last = min(height - 1, row - padTop + slots - 1)
            while next <= last {
                fill(rings, row: next, plane: plane, scratch: scratch + pointerBytes + ringBytes, context: context)
                next += 1
            }
            point(pointers, at: rings, row: row)
            sum(pointers, plane: plane, into: target + row * width * 32)
        }
    }

    /// The columns beside the picture; nothing else writes them.
    private func clearBorders(_ rings: UnsafeMutablePointer<Float>) {
        for slot in 0..<sourceCount * slots {
            let line = rings + slot * rowFloats
            for lane in 0..<padLeft * 8 { line[lane] = 0 }
            for lane in (padLeft + width) * 8..<rowFloats { line[lane] = 0 }
        }
    }

    /// Computes one row of every input into its ring.
    private func fill(
        _ rings: UnsafeMutablePointer<Float>, row: Int, plane: Int, scratch: UnsafeMutableRawPointer,
        context: borrowing StepContext
    ) {
        for source in 0..<sourceCount {
            let line = rings + (source * slots + row % slots) * rowFloats + padLeft * 8
            switch sources[source] {
            case .stored(let rows): rows.copy(row: row, plane: plane, into: line, context: context)
            case .convolved(let step): step.compute(row: row, plane: plane, into: line, context: context)
            case .resized(let step):
                step.compute(row: row, plane: plane, into: line, scratch: scratch, context: context)
            case .rescaled(let rows):
                rows.compute(row: row, plane: plane, into: line, scratch: scratch, context: context)
            }
        }
    }

    private func point(
        _ pointers: UnsafeMutablePointer<UnsafePointer<Float>?>, at rings: UnsafeMutablePointer<Float>, row: Int
    ) {
        var pointer = pointers
        for source in 0..<sourceCount {
            for y in 0..<kernelHeight {
                let input = row + y * rowDilation - padTop
                let inside = input >= 0 && input < height
                let line = inside ? UnsafePointer(rings) + (source * slots + input % slots) * rowFloats : zeros
                for x in 0..<kernelWidth {
                    pointer.pointee = line + x * columnDilation * 8
                    pointer += 1
                }
            }
        }
    }

    private func sum(
        _ pointers: UnsafeMutablePointer<UnsafePointer<Float>?>, plane: Int, into target: UnsafeMutableRawPointer
    ) {
        var run = dh_branches_run()
        run.inputs = UnsafePointer(pointers)
        run.weights = weights + plane * sourceCount * taps * 8
        run.scale = finish.scale + plane * 8
        run.shift = finish.shift + plane * 8
        run.slope = finish.slope + plane * 8
        run.output = target.assumingMemoryBound(to: Float.self)
        run.input_stride = 8
        run.branches = 1
        run.taps = Int32(sourceCount * taps)
        run.pixels = Int32(width)
        run.activation = finish.activation
        function(&run)
    }
}

/// Rows of a map in memory.
struct StoredRows {
    let input: Operand
    let rowBytes: Int
    let planeBytes: Int

    func address(row: Int, plane: Int, context: borrowing StepContext) -> UnsafePointer<Float> {
        UnsafePointer(
            (context.buffers[input] + plane * planeBytes + row * rowBytes).assumingMemoryBound(to: Float.self))
    }

    func copy(row: Int, plane: Int, into target: UnsafeMutablePointer<Float>, context: borrowing StepContext) {
        UnsafeMutableRawPointer(target).copyMemory(
            from: address(row: row, plane: plane, context: context), byteCount: rowBytes)
    }
}

/// Rows of a map that is resampled, filtered depthwise and resampled again, straight from the first map.
struct RescaledRows {
    let function: @convention(c) (UnsafePointer<dh_rescaled_run>?) -> Void
    let input: Operand
    let inputWidth: Int
    let inputPlaneBytes: Int
    let outputWidth: Int
    /// First input row of every output row, and its factors [rows][kernel rows][rowSpan].
    let rowFirst: UnsafePointer<Int32>
    let rowFactors: UnsafePointer<Float>
    let rowSpan: Int
    let columnFirst: UnsafePointer<Int32>
    let columnFactors: UnsafePointer<Float>
    let columnSpan: Int
    let kernelHeight: Int
    let kernelWidth: Int
    /// [planes][taps][8]
    let weights: UnsafePointer<Float>
    let finish: ChannelFinish

    /// Most input rows under one output row.
    static let mostRows = 8

    /// The rows' addresses and one filtered line.
    var scratchBytes: Int { Self.mostRows * 8 + inputWidth * kernelWidth * 32 }

    func compute(
        row: Int, plane: Int, into target: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer,
        context: borrowing StepContext
    ) {
        let source = UnsafeRawPointer(context.buffers[input]) + plane * inputPlaneBytes
        let lines = scratch.assumingMemoryBound(to: UnsafePointer<Float>?.self)
        for index in 0..<rowSpan {
            lines[index] = (source + (Int(rowFirst[row]) + index) * inputWidth * 32)
                .assumingMemoryBound(to: Float.self)
        }
        var run = dh_rescaled_run()
        run.rows = UnsafePointer(lines)
        run.row_factors = rowFactors + row * kernelHeight * rowSpan
        run.weights = weights + plane * kernelHeight * kernelWidth * 8
        run.first = columnFirst
        run.column_factors = columnFactors
        run.scale = finish.scale + plane * 8
        run.shift = finish.shift + plane * 8
        run.slope = finish.slope + plane * 8
        run.line = (scratch + Self.mostRows * 8).assumingMemoryBound(to: Float.self)
        run.output = target
        run.row_count = Int32(rowSpan)
        run.kernel_rows = Int32(kernelHeight)
        run.kernel_columns = Int32(kernelWidth)
        run.span = Int32(columnSpan)
        run.width = Int32(inputWidth)
        run.pixels = Int32(outputWidth)
        run.activation = finish.activation
        function(&run)
    }
}
