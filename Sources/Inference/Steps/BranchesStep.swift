internal import CKernels

/// Depthwise convolutions of one input that are added up one after the other, concatenated and activated, and usually the
/// pointwise convolution that reads the concatenation: the core of an ESP unit. A band of the concatenation lies in the
/// worker's scratch and is never stored as a map.
///
/// The kernel never meets a border: pixels whose windows lie inside the picture's columns read the map itself, and the ones
/// on the left and right read strips, copies of their columns between zeros. Where only int8 steps read the concatenation, each of its rows goes into 8-bit planes as soon as the four
/// planes that make one are there.
struct BranchesStep: PlanStep {
    /// Turns rows of the concatenation into 8-bit planes.
    struct Quantization {
        let function: @convention(c) (UnsafePointer<dh_quantize_run>?) -> Void
        /// Over the channels of the concatenation.
        let inverseScale: UnsafePointer<Float>
        let zero: UnsafePointer<Float>

        /// fp32 planes of 8 channels in an 8-bit plane. Every branch has whole 8-bit planes.
        static let planes = 4
    }

    let function: @convention(c) (UnsafePointer<dh_branches_run>?) -> Void
    let input: Operand
    let inputHeight: Int
    let inputWidth: Int
    let inputPlaneBytes: Int
    /// Planes of the input, and so of every branch.
    let planes: Int
    let branches: Int
    /// Taps of one branch.
    let taps: Int
    /// [planes][branches][taps][8]
    let weights: UnsafePointer<Float>
    /// Where each tap of each branch reads, from the first row and column of an output pixel's window.
    let tapRows: UnsafePointer<Int32>
    let tapColumns: UnsafePointer<Int32>
    /// Height of the window over all branches, and its first row for output row 0 (negative with padding).
    let windowRows: Int
    let firstRow: Int
    let rowStride: Int
    let columnStride: Int
    let padLeft: Int
    let columns: BranchColumns
    /// A row of the input that is outside the picture.
    let zeros: UnsafePointer<Float>
    /// Over the channels of the concatenation.
    let finish: ChannelFinish
    /// Where the concatenation goes if no pointwise convolution follows.
    let output: Operand
    /// nil: the concatenation stays in fp32.
    let quantization: Quantization?
    let outputHeight: Int
    let outputWidth: Int
    let pointwise: ConvolutionStep?
    let rows: RowChunks

    var chunkCount: Int32 { rows.count }

    private var pointerBytes: Int { (branches * taps * 8 + 63) & ~63 }
    private var lineCount: Int { (rows.most - 1) * rowStride + windowRows }
    /// Input planes that are computed before anything else happens with their results.
    private var groupPlanes: Int { quantization == nil ? 1 : Quantization.planes }
    private var linesBytes: Int { groupPlanes * lineCount * columns.stripFloats * 4 }
    /// Bytes of one plane of the band in scratch.
    static func bandPlaneBytes(rows: Int, width: Int) -> Int { rows * width * 32 }
    private var bandPlaneBytes: Int { Self.bandPlaneBytes(rows: rows.most, width: outputWidth) }

    var scratchBytes: Int {
        let behind =
            quantization == nil
            ? (pointwise == nil ? 0 : planes * branches * bandPlaneBytes) : groupPlanes * branches * outputWidth * 32
        return pointerBytes + linesBytes + behind
    }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        run(chunk: chunk, worker: worker, outputShift: 0, context: context)
    }

    /// `outputShift`: bytes from where results of fp32 lie in their map to where they are to lie.
    func run(chunk: Int32, worker: Int32, outputShift: Int, context: borrowing StepContext) {
        let rows = rows.rows(of: chunk)
        let begin = rows.lowerBound
        let scratch = context.scratch(of: worker)
        let lines = (scratch + pointerBytes).assumingMemoryBound(to: Float.self)
        let band = scratch + pointerBytes + linesBytes
        // What pixel (0, 0) of plane 0 would be: rows before the band are never touched.
        let inPlace = pointwise == nil
        let target = inPlace ? context.buffers[output] + outputShift : band - begin * outputWidth * 32
        let planeBytes = inPlace ? outputHeight * outputWidth * 32 : bandPlaneBytes
        let top = begin * rowStride + firstRow
        let count = (rows.count - 1) * rowStride + windowRows
        let pointers = scratch.assumingMemoryBound(to: UnsafePointer<Float>?.self)
        for first in stride(from: 0, to: planes, by: groupPlanes) {
            for group in 0..<groupPlanes {
                copy(
                    plane: first + group, top: top, count: count, into: lines + group * lineCount * columns.stripFloats,
                    context: context)
            }
            for row in rows {
                for group in 0..<groupPlanes {
                    let window = Window(
                        plane: first + group, row: row * rowStride + firstRow,
                        strips: UnsafePointer(lines)
                            + (group * lineCount + row * rowStride + firstRow - top) * columns.stripFloats)
                    if quantization == nil {
                        compute(
                            window, pointers, into: target + first * planeBytes + row * outputWidth * 32,
                            branchBytes: planes * planeBytes, context: context)
                    } else {
                        compute(
                            window, pointers, into: band + group * outputWidth * 32,
                            branchBytes: groupPlanes * outputWidth * 32, context: context)
                    }
                }
                if let quantization { store(band, by: quantization, row: row, plane: first, context: context) }
            }
        }
        pointwise?.runFlat(
            UnsafeRawPointer(band), pixels: begin * outputWidth..<rows.upperBound * outputWidth, scratch: scratch,
            outputShift: outputShift, context: context)
    }

    /// Stores one row of the four planes from `plane` on of every branch.
    private func store(
        _ rows: UnsafeMutableRawPointer, by quantization: Quantization, row: Int, plane: Int,
        context: borrowing StepContext
    ) {
        var run = dh_quantize_run()
        run.input_plane = Int64(outputWidth * 8)
        run.pixels = Int64(outputWidth)
        run.planes = Int32(groupPlanes)
        for branch in 0..<branches {
            let number = (branch * planes + plane) / groupPlanes
            run.input = UnsafePointer(
                (rows + branch * groupPlanes * outputWidth * 32).assumingMemoryBound(to: Float.self))
            run.inverse_scale = quantization.inverseScale + number * 32
            run.zero = quantization.zero + number * 32
            run.output = (context.buffers[output] + (number * outputHeight + row) * outputWidth * 32)
                .assumingMemoryBound(to: UInt8.self)
            quantization.function(&run)
        }
    }

    /// Where an output row's windows begin.
    private struct Window {
        let plane: Int
        /// May lie above the picture.
        let row: Int
        let strips: UnsafePointer<Float>
    }

    /// Fills the strips of `count` lines from `top` on, which may lie outside the picture.
    private func copy(
        plane: Int, top: Int, count: Int, into lines: UnsafeMutablePointer<Float>, context: borrowing StepContext
    ) {
        let source = UnsafePointer(
            (context.buffers[input] + plane * inputPlaneBytes).assumingMemoryBound(to: Float.self))
        for index in 0..<count {
            let row = top + index
            let map = row >= 0 && row < inputHeight ? source + row * inputWidth * 8 : nil
            let line = lines + index * columns.stripFloats
            fill(line, with: columns.left, of: map)
            fill(line + columns.left.count * 8, with: columns.right, of: map)
        }
    }

    /// Fills one strip of a row; nil: a row outside the picture.
    private func fill(
        _ target: UnsafeMutablePointer<Float>, with strip: BranchColumns.Strip, of row: UnsafePointer<Float>?
    ) {
        // Columns that exist.
        let first = min(max(strip.first, 0), strip.first + strip.count)
        let end = max(first, min(strip.first + strip.count, inputWidth))
        guard let row, first < end else { return target.update(repeating: 0, count: strip.count * 8) }
        target.update(repeating: 0, count: (first - strip.first) * 8)
        (target + (first - strip.first) * 8).update(from: row + first * 8, count: (end - first) * 8)
        (target + (end - strip.first) * 8).update(repeating: 0, count: (strip.first + strip.count - end) * 8)
    }

    /// One row of one plane of every branch: the left pixels, the ones between, the right ones.
    private func compute(
        _ window: Window, _ pointers: UnsafeMutablePointer<UnsafePointer<Float>?>, into target: UnsafeMutableRawPointer,
        branchBytes: Int, context: borrowing StepContext
    ) {
        var run = dh_branches_run()
        run.inputs = UnsafePointer(pointers)
        run.weights = weights + window.plane * branches * taps * 8
        run.scale = finish.scale + window.plane * 8
        run.shift = finish.shift + window.plane * 8
        run.slope = finish.slope + window.plane * 8
        run.input_stride = Int64(columnStride * 8)
        run.parameter_stride = Int64(planes * 8)
        run.output_stride = Int64(branchBytes / 4)
        run.branches = Int32(branches)
        run.taps = Int32(taps)
        run.activation = finish.activation
        func call(_ pixels: BranchColumns.Pixels) {
            run.output = (target + pixels.begin * 32).assumingMemoryBound(to: Float.self)
            run.pixels = Int32(pixels.end - pixels.begin)
            function(&run)
        }
        let strip = columns.stripFloats
        if !columns.left.pixels.isEmpty {
            // The strip's first column is the first pixel's.
            for tap in 0..<branches * taps {
                pointers[tap] = window.strips + Int(tapRows[tap]) * strip + Int(tapColumns[tap]) * 8
            }
            call(columns.left.pixels)
        }
        if !columns.inner.isEmpty {
            let map = UnsafePointer(
                (context.buffers[input] + window.plane * inputPlaneBytes).assumingMemoryBound(to: Float.self))
            let column = columns.inner.begin * columnStride - padLeft
            for tap in 0..<branches * taps {
                let row = window.row + Int(tapRows[tap])
                let line = row >= 0 && row < inputHeight ? map + row * inputWidth * 8 : zeros
                pointers[tap] = line + (column + Int(tapColumns[tap])) * 8
            }
            call(columns.inner)
        }
        if !columns.right.pixels.isEmpty {
            let start = window.strips + columns.left.count * 8
            for tap in 0..<branches * taps {
                pointers[tap] = start + Int(tapRows[tap]) * strip + Int(tapColumns[tap]) * 8
            }
            call(columns.right.pixels)
        }
    }
}

/// Which pixels of a row read the map, and which read strips.
struct BranchColumns {
    /// Output pixels.
    struct Pixels {
        let begin: Int
        let end: Int

        var isEmpty: Bool { begin == end }
    }

    /// Pixels at a border, and the columns of the input that they read.
    struct Strip {
        let pixels: Pixels
        /// May lie outside the picture.
        let first: Int
        let count: Int
    }

    let left: Strip
    let inner: Pixels
    let right: Strip

    /// Floats of both strips of a line.
    var stripFloats: Int { (left.count + right.count) * 8 }

    /// Columns of an input whose rows are copied as a whole: a call more for either border costs as much.
    static let shortRow = 192

    /// `reach` columns from its first one does a pixel read; `padLeft` of them are outside for pixel 0.
    init(width: Int, inputWidth: Int, stride: Int, padLeft: Int, reach: Int) {
        let begin = inputWidth <= Self.shortRow ? width : min(width, (padLeft + stride - 1) / stride)
        // The last pixel whose last column exists.
        let last = inputWidth + padLeft - reach
        let end = max(begin, min(width, last < 0 ? 0 : last / stride + 1))
        func strip(_ begin: Int, _ end: Int) -> Strip {
            Strip(
                pixels: Pixels(begin: begin, end: end), first: begin * stride - padLeft,
                count: begin == end ? 0 : (end - begin - 1) * stride + reach)
        }
        left = strip(0, begin)
        inner = Pixels(begin: begin, end: end)
        right = strip(end, width)
    }
}
