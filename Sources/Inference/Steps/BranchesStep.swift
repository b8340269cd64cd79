internal import CKernels

/// Depthwise convolutions of one input that are added up one after the other, concatenated and activated, and usually the
/// pointwise convolution that reads the concatenation: the core of an ESP unit. A band of the concatenation lies in the
/// worker's scratch and is never stored as a map.
///
/// A chunk copies the input rows that it needs, plane by plane, between borders of zeros, so that the kernel never meets
/// a border. Where only int8 steps read the concatenation, each of its rows goes into 8-bit planes as soon as the four
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
    let padRight: Int
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
    private var lineFloats: Int { (padLeft + inputWidth + padRight) * 8 }
    /// Input planes that are computed before anything else happens with their results.
    private var groupPlanes: Int { quantization == nil ? 1 : Quantization.planes }
    private var linesBytes: Int { groupPlanes * lineCount * lineFloats * 4 }
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
        let rows = rows.rows(of: chunk)
        let begin = rows.lowerBound
        let scratch = context.scratch(of: worker)
        let lines = (scratch + pointerBytes).assumingMemoryBound(to: Float.self)
        let band = scratch + pointerBytes + linesBytes
        // What pixel (0, 0) of plane 0 would be: rows before the band are never touched.
        let inPlace = pointwise == nil
        let target = inPlace ? context.buffers[output] : band - begin * outputWidth * 32
        let planeBytes = inPlace ? outputHeight * outputWidth * 32 : bandPlaneBytes
        let top = begin * rowStride + firstRow
        let count = (rows.count - 1) * rowStride + windowRows
        let pointers = scratch.assumingMemoryBound(to: UnsafePointer<Float>?.self)
        for group in 0..<groupPlanes { clear(lines + group * lineCount * lineFloats, top: top, count: count) }
        for first in stride(from: 0, to: planes, by: groupPlanes) {
            for group in 0..<groupPlanes {
                copy(
                    plane: first + group, top: top, count: count, into: lines + group * lineCount * lineFloats,
                    context: context)
            }
            for row in rows {
                for group in 0..<groupPlanes {
                    let line =
                        UnsafePointer(lines) + (group * lineCount + row * rowStride + firstRow - top) * lineFloats
                    for tap in 0..<branches * taps {
                        pointers[tap] = line + Int(tapRows[tap]) * lineFloats + Int(tapColumns[tap]) * 8
                    }
                    if quantization == nil {
                        compute(
                            pointers, plane: first, into: target + first * planeBytes + row * outputWidth * 32,
                            branchBytes: planes * planeBytes)
                    } else {
                        compute(
                            pointers, plane: first + group, into: band + group * outputWidth * 32,
                            branchBytes: groupPlanes * outputWidth * 32)
                    }
                }
                if let quantization { store(band, by: quantization, row: row, plane: first, context: context) }
            }
        }
        pointwise?.runFlat(
            UnsafeRawPointer(band), pixels: begin * outputWidth..<rows.upperBound * outputWidth, scratch: scratch,
            context: context)
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

    /// Zeros beside the picture, and in lines above and below it.
    private func clear(_ lines: UnsafeMutablePointer<Float>, top: Int, count: Int) {
        for index in 0..<count {
            let line = lines + index * lineFloats
            if top + index < 0 || top + index >= inputHeight {
                line.update(repeating: 0, count: lineFloats)
            } else {
                line.update(repeating: 0, count: padLeft * 8)
                (line + (padLeft + inputWidth) * 8).update(repeating: 0, count: padRight * 8)
            }
        }
    }

    private func copy(
        plane: Int, top: Int, count: Int, into lines: UnsafeMutablePointer<Float>, context: borrowing StepContext
    ) {
        let source = context.buffers[input] + plane * inputPlaneBytes
        for row in max(0, top)..<min(inputHeight, top + count) {
            UnsafeMutableRawPointer(lines + (row - top) * lineFloats + padLeft * 8).copyMemory(
                from: source + row * inputWidth * 32, byteCount: inputWidth * 32)
        }
    }

    private func compute(
        _ pointers: UnsafeMutablePointer<UnsafePointer<Float>?>, plane: Int, into target: UnsafeMutableRawPointer,
        branchBytes: Int
    ) {
        var run = dh_branches_run()
        run.inputs = UnsafePointer(pointers)
        run.weights = weights + plane * branches * taps * 8
        run.scale = finish.scale + plane * 8
        run.shift = finish.shift + plane * 8
        run.slope = finish.slope + plane * 8
        run.output = target.assumingMemoryBound(to: Float.self)
        run.input_stride = Int64(columnStride * 8)
        run.parameter_stride = Int64(planes * 8)
        run.output_stride = Int64(branchBytes / 4)
        run.branches = Int32(branches)
        run.taps = Int32(taps)
        run.pixels = Int32(outputWidth)
        run.activation = finish.activation
        function(&run)
    }
}
