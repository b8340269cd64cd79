internal import CKernels

/// A convolution of any kernel, stride, dilation and grouping over blocked (or, for the input picture, packed) pixels.
///
/// Padding costs nothing: the table of segments that a pixel uses leaves out the taps outside the input.
struct ConvolutionStep: PlanStep {
    /// A run of K-groups tables for one combination of border case and block.
    struct Table {
        let segments: UnsafePointer<dh_segment>
        /// 0 where the whole window lies in the padding.
        let count: Int32
    }

    /// Consecutive output columns with the same taps.
    struct Columns {
        let begin: Int32
        let end: Int32
    }

    /// A group of output channels that one kernel call computes.
    struct Block {
        let function: dh_convolution_function
        let weights: UnsafePointer<Float>
        let bias: UnsafePointer<Float>
        let slope: UnsafePointer<Float>
        let plane: Int32
        /// Which set of tables: blocks of a grouped convolution read different channels.
        let variant: Int32
        /// Index of a weight row that is all zero, for windows that lie wholly in the padding.
        let zeroGroup: Int32
    }

    /// `relu(x * scale + shift)` on the way in; only for pointwise convolutions.
    struct Prologue {
        let affine: @convention(c) (UnsafePointer<dh_affine_run>?) -> Void
        let scale: UnsafePointer<Float>
        let shift: UnsafePointer<Float>
        let planes: Int32
    }

    /// What is added is resized here, a row of all planes at a time; only for pointwise convolutions that are not flat.
    struct ResizedRows {
        let resize: ResizeStep
        let planes: Int
        /// Where the row lies in a worker's scratch; the resize's own scratch follows it.
        let scratchOffset: Int

        var planeBytes: Int { resize.outputWidth * 32 }
        var scratchBytes: Int { planes * planeBytes + resize.scratchBytes }

        /// Computes `row` of all planes and returns it.
        func compute(
            row: Int, scratch: UnsafeMutableRawPointer, context: borrowing StepContext
        ) -> UnsafeRawPointer {
            let rows = scratch + scratchOffset
            for plane in 0..<planes {
                resize.compute(
                    row: row, plane: plane, into: rows + plane * planeBytes, scratch: rows + planes * planeBytes,
                    context: context)
            }
            return UnsafeRawPointer(rows)
        }
    }

    let input: Operand
    let output: Operand
    let residual: Operand
    /// In place of `residual`.
    let resized: ResizedRows?
    let prologue: Prologue?
    let blocks: UnsafePointer<Block>
    let blockCount: Int32
    let columns: UnsafePointer<Columns>
    let columnCount: Int32
    let spanOfRow: UnsafePointer<UInt16>
    /// [row span][column span][variant]
    let tables: UnsafePointer<Table>
    let variantCount: Int32
    let zeros: UnsafePointer<UInt8>
    let activation: Int32

    /// Byte distance between vertically and horizontally adjacent output pixels' windows in the input.
    let rowStep: Int
    let pixelStep: Int
    /// Byte offset of output pixel (0, 0)'s window from the input's first byte; negative with padding.
    let origin: Int
    let inputPlaneBytes: Int
    /// Planes of the input that are fetched ahead for the next panel; 0 where panels do not lie there one after another.
    let fetchedPlanes: Int32
    let outputWidth: Int32
    let outputHeight: Int32
    var rows: RowChunks
    /// Output pixels that share a visit to the weights.
    let panel: Int32
    /// Whether pixels of successive rows follow each other and all see the same taps: a pointwise convolution's rows are
    /// then one long row.
    let isFlat: Bool
    /// Channels of an output in the plain layout; 0 for a blocked one. Only flat convolutions have it.
    let planarChannels: Int32

    var chunkCount: Int32 { rows.count }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        run(chunk: chunk, worker: worker, inputShift: 0, context: context)
    }

    /// `inputShift`: bytes from where the input's rows would lie in its map to where they do.
    func run(chunk: Int32, worker: Int32, inputShift: Int, context: borrowing StepContext) {
        let source = UnsafeRawPointer(context.buffers[input]) + inputShift
        let target = context.buffers[output]
        let added = residual.isPresent ? UnsafeRawPointer(context.buffers[residual]) : nil
        let outputPlane = Int(outputWidth) * Int(outputHeight) * 32
        let rows = rows.rows(of: chunk)
        let pixelsOfChunk = rows.upperBound * Int(outputWidth)
        if isFlat {
            let pixels = rows.lowerBound * Int(outputWidth)..<pixelsOfChunk
            runFlat(
                source + pixels.lowerBound * pixelStep, pixels: pixels, scratch: context.scratch(of: worker),
                context: context)
            return
        }
        for row in rows {
            let pixelsBefore = row * Int(outputWidth)
            var added = added.map { $0 + pixelsBefore * 32 }
            if let resized {
                added = resized.compute(row: row, scratch: context.scratch(of: worker), context: context)
            }
            var begin: Int32 = 0
            while begin < outputWidth {
                let end = min(outputWidth, begin + panel)
                var window = source + origin + row * rowStep
                var firstPixel = 0
                if let prologue {
                    let scratch = context.scratch(of: worker)
                    let start = pixelsBefore + Int(begin)
                    prepare(prologue, from: source + start * 32, pixels: Int(end - begin), into: scratch)
                    window = UnsafeRawPointer(scratch)
                    firstPixel = Int(begin)
                }
                let following = pixelsBefore + Int(end)
                let line = Line(
                    next: following < pixelsOfChunk ? source + following * 32 : nil, window: window,
                    firstPixel: firstPixel, target: target + pixelsBefore * 32, added: added,
                    outputPlane: outputPlane, addedPlane: resized?.planeBytes ?? outputPlane)
                for block in 0..<Int(blockCount) {
                    compute(block, row: row, begin: begin, end: end, line: line)
                }
                begin = end
            }
        }
    }

    /// Computes `pixels`, counted over all rows, of a flat convolution; `source` is the first pixel's input. `outputShift`:
    /// bytes from where results lie in the map to where they are to lie.
    func runFlat(
        _ source: UnsafeRawPointer, pixels: Range<Int>, scratch: UnsafeMutableRawPointer, outputShift: Int = 0,
        context: borrowing StepContext
    ) {
        let target = context.buffers[output] + outputShift
        let added = residual.isPresent ? UnsafeRawPointer(context.buffers[residual]) : nil
        let mapPlane = Int(outputWidth) * Int(outputHeight) * 32
        let isPlanar = planarChannels > 0
        let band = scratch + Int(prologue?.planes ?? 0) * Int(panel) * 32
        let outputPlane = isPlanar ? Int(panel) * 32 : mapPlane
        var begin = pixels.lowerBound
        while begin < pixels.upperBound {
            let end = min(pixels.upperBound, begin + Int(panel))
            var input = source + (begin - pixels.lowerBound) * pixelStep
            let next = end < pixels.upperBound ? input + Int(panel) * pixelStep : nil
            if let prologue {
                prepare(prologue, from: input, pixels: end - begin, into: scratch)
                input = UnsafeRawPointer(scratch)
            }
            for number in 0..<Int(blockCount) {
                let block = blocks[number]
                let table = tables[Int(block.variant)]
                let first = isPlanar ? band : target + begin * 32
                var run = dh_convolution_run()
                run.weights = block.weights
                run.bias = block.bias
                run.slope = block.slope
                run.output = (first + Int(block.plane) * outputPlane).assumingMemoryBound(to: UInt8.self)
                run.output_plane = Int64(outputPlane)
                run.residual = added.map {
                    ($0 + begin * 32 + Int(block.plane) * mapPlane).assumingMemoryBound(to: UInt8.self)
                }
                run.residual_plane = Int64(mapPlane)
                run.pixels = Int32(end - begin)
                run.activation = activation
                run.input = input.assumingMemoryBound(to: UInt8.self)
                run.input_stride = Int64(pixelStep)
                run.segments = table.segments
                run.segment_count = table.count
                fetch(next, for: number, in: &run)
                block.function(&run)
            }
            if isPlanar {
                PlanarBand(
                    scratch: UnsafeRawPointer(band), planeBytes: Int(panel) * 32, channels: planarChannels,
                    outputPixels: Int(outputWidth) * Int(outputHeight)
                ).store(begin..<end, to: target)
            }
            begin = end
        }
    }

    /// Addresses that all blocks of one row share.
    private struct Line {
        /// The next panel's first pixel in the input's first plane; nil after a chunk's last.
        let next: UnsafeRawPointer?
        let window: UnsafeRawPointer
        let firstPixel: Int
        /// The row's first pixel in the first plane.
        let target: UnsafeMutableRawPointer
        let added: UnsafeRawPointer?
        let outputPlane: Int
        let addedPlane: Int
    }

    /// Has the run fetch its block's share of the planes of the panel that comes next.
    private func fetch(_ next: UnsafeRawPointer?, for block: Int, in run: inout dh_convolution_run) {
        guard let next, fetchedPlanes > 0 else { return }
        let from = Int(fetchedPlanes) * block / Int(blockCount)
        run.prefetch = (next + from * inputPlaneBytes).assumingMemoryBound(to: UInt8.self)
        run.prefetch_plane = Int64(inputPlaneBytes)
        run.prefetch_planes = Int32(Int(fetchedPlanes) * (block + 1) / Int(blockCount) - from)
    }

    private func compute(_ number: Int, row: Int, begin: Int32, end: Int32, line: Line) {
        let block = blocks[number]
        let rowTables = tables + Int(spanOfRow[row]) * Int(columnCount) * Int(variantCount)
        for span in 0..<Int(columnCount) {
            let from = max(begin, columns[span].begin)
            let to = min(end, columns[span].end)
            if from >= to { continue }
            let table = rowTables[span * Int(variantCount) + Int(block.variant)]
            let place = Int(from) * 32
            let plane = Int(block.plane)
            var run = dh_convolution_run()
            run.weights = block.weights
            run.bias = block.bias
            run.slope = block.slope
            run.output = (line.target + place + plane * line.outputPlane).assumingMemoryBound(to: UInt8.self)
            run.output_plane = Int64(line.outputPlane)
            run.residual = line.added.map {
                ($0 + place + plane * line.addedPlane).assumingMemoryBound(to: UInt8.self)
            }
            run.residual_plane = Int64(line.addedPlane)
            run.pixels = to - from
            run.activation = activation
            fetch(line.next, for: number, in: &run)
            if table.count > 0 {
                run.input =
                    (line.window + (Int(from) - line.firstPixel) * pixelStep).assumingMemoryBound(to: UInt8.self)
                run.input_stride = Int64(pixelStep)
                run.segments = table.segments
                run.segment_count = table.count
                block.function(&run)
            } else {
                // Nothing but padding under these windows: one group of zeros times zero weights leaves the bias.
                var nothing = dh_segment(input: 0, weights: block.zeroGroup, count: 1)
                run.input = zeros
                run.input_stride = 0
                run.segment_count = 1
                withUnsafePointer(to: &nothing) { segment in
                    run.segments = segment
                    block.function(&run)
                }
            }
        }
    }

    /// Applies the prologue to a panel; `source` is the first pixel's input.
    func prepare(
        _ prologue: Prologue, from source: UnsafeRawPointer, pixels: Int, into scratch: UnsafeMutableRawPointer
    ) {
        for plane in 0..<Int(prologue.planes) {
            var run = dh_affine_run()
            run.input = (source + plane * inputPlaneBytes).assumingMemoryBound(to: Float.self)
            run.output = (scratch + plane * Int(panel) * 32).assumingMemoryBound(to: Float.self)
            run.scale = prologue.scale + plane * 8
            run.shift = prologue.shift + plane * 8
            run.pixels = Int64(pixels)
            run.activation = DH_ACTIVATION_RELU.code
            prologue.affine(&run)
        }
    }
}
