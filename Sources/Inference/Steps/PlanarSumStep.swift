internal import CKernels

/// A sum of depthwise convolutions of several inputs, as `DepthwiseSumStep`, for maps of few channels: all rows in between
/// are planes of single floats (`planar.h`), in rings, and no lane is empty. What is summed may go through a pointwise
/// convolution right away, row by row.
struct PlanarSumStep: PlanStep {
    /// How one input's rows come about; `input` is the step's own.
    enum Source {
        case convolved(PlanarFilter)
        case rescaled(PlanarRescaling)
        case stretched(PlanarStretch)
    }

    /// A pointwise convolution of the sum, into planes of single floats.
    struct Pointwise {
        /// [outputs][channels]
        let weights: UnsafePointer<Float>
        let bias: UnsafePointer<Float>
        let outputs: Int
    }

    let kernels: dh_planar_kernels
    /// What sources that are no stretched maps read; it has the output's extents.
    let input: Operand
    /// For each row of the sources, the first row of the input that it needs, and the end of these rows. Both ascend.
    let inputFirst: UnsafePointer<Int32>
    let inputEnd: UnsafePointer<Int32>
    /// Rows of the input that are needed at once.
    let inputSlots: Int
    let sources: UnsafePointer<Source>
    let sourceCount: Int
    /// [channels][sources * 3][3]
    let weights: UnsafePointer<Float>
    let finish: ChannelFinish
    let output: Operand
    let pointwise: Pointwise?
    let channels: Int
    let width: Int
    let height: Int
    /// A row of zeros of all channels.
    let zeros: UnsafePointer<Float>
    /// Floats of the longest line that a source stretches, of all channels.
    let lineFloats: Int
    let rows: RowChunks

    var chunkCount: Int32 { rows.count }

    private static let window = 3
    private var rowFloats: Int { Int(dh_planar_floats(Int64(width))) }
    private var mapFloats: Int { channels * rowFloats }
    private var pointerBytes: Int { (sourceCount * Self.window * 8 + 63) & ~63 }

    /// Pointers to rows, the rings of the input and of the sources, the sum's row and a line.
    var scratchBytes: Int {
        pointerBytes + ((inputSlots + sourceCount * Self.window + 1) * mapFloats + lineFloats) * 4
    }

    /// Addresses in a worker's scratch.
    private struct Scratch {
        let pointers: UnsafeMutablePointer<UnsafePointer<Float>?>
        let inputs: UnsafeMutablePointer<Float>
        let rings: UnsafeMutablePointer<Float>
        let sum: UnsafeMutablePointer<Float>
        let line: UnsafeMutablePointer<Float>
    }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let rows = rows.rows(of: chunk)
        let start = context.scratch(of: worker)
        let inputs = (start + pointerBytes).assumingMemoryBound(to: Float.self)
        let rings = inputs + inputSlots * mapFloats
        let sum = rings + sourceCount * Self.window * mapFloats
        let scratch = Scratch(
            pointers: start.assumingMemoryBound(to: UnsafePointer<Float>?.self), inputs: inputs, rings: rings,
            sum: sum, line: sum + mapFloats)
        var next = max(0, rows.lowerBound - 1)
        var nextInput = Int(inputFirst[next])
        for row in rows {
            while next < min(height, row + 2) {
                while nextInput < Int(inputEnd[next]) {
                    read(row: nextInput, into: inputs + nextInput % inputSlots * mapFloats, context: context)
                    nextInput += 1
                }
                for source in 0..<sourceCount {
                    let line = rings + (source * Self.window + next % Self.window) * mapFloats
                    compute(sources[source], row: next, into: line, scratch: scratch, context: context)
                }
                next += 1
            }
            for source in 0..<sourceCount {
                for y in 0..<Self.window {
                    let line = row + y - 1
                    scratch.pointers[source * Self.window + y] =
                        line < 0 || line >= height
                        ? zeros : UnsafePointer(rings + (source * Self.window + line % Self.window) * mapFloats)
                }
            }
            filter(
                scratch.pointers, count: sourceCount * Self.window, weights: weights, finish: finish, into: scratch.sum)
            store(scratch.sum, row: row, context: context)
        }
    }

    /// One row of the input as planes of single floats.
    private func read(row: Int, into target: UnsafeMutablePointer<Float>, context: borrowing StepContext) {
        var run = dh_planar_blend_run()
        run.upper = UnsafePointer(
            (context.buffers[input] + row * width * 32).assumingMemoryBound(to: Float.self))
        run.lower = run.upper
        run.input_plane = Int64(height * width * 8)
        run.output = target
        run.output_channel = Int64(rowFloats)
        run.channels = Int32(channels)
        run.pixels = Int32(width)
        kernels.blend(&run)
    }

    private func inputRow(_ row: Int, _ scratch: Scratch) -> UnsafePointer<Float> {
        UnsafePointer(scratch.inputs + row % inputSlots * mapFloats)
    }

    private func compute(
        _ source: Source, row: Int, into target: UnsafeMutablePointer<Float>, scratch: Scratch,
        context: borrowing StepContext
    ) {
        switch source {
        case .convolved(let own):
            for y in 0..<Self.window {
                let line = row + y - 1
                scratch.pointers[y] = line < 0 || line >= height ? zeros : inputRow(line, scratch)
            }
            filter(scratch.pointers, count: Self.window, weights: own.weights, finish: own.finish, into: target)
        case .rescaled(let own):
            for index in 0..<own.rowSpan {
                scratch.pointers[index] = inputRow(Int(own.rowFirst[row]) + index, scratch)
            }
            var run = dh_planar_rescaled_run()
            run.rows = UnsafePointer(scratch.pointers)
            run.row_factors = own.rowFactors + row * Self.window * own.rowSpan
            run.weights = own.weights
            run.factors = own.columnFactors
            run.output = target
            run.finish = own.finish.planar
            run.input_channel = Int64(rowFloats)
            run.output_channel = Int64(rowFloats)
            run.row_count = Int32(own.rowSpan)
            run.reach = Int32(own.reach)
            run.channels = Int32(channels)
            run.pixels = Int32(width)
            kernels.rescaled(&run)
        case .stretched(let own):
            stretch(own, row: row, into: target, line: scratch.line, context: context)
        }
    }

    private func stretch(
        _ own: PlanarStretch, row: Int, into target: UnsafeMutablePointer<Float>, line: UnsafeMutablePointer<Float>,
        context: borrowing StepContext
    ) {
        let map = UnsafeRawPointer(context.buffers[own.input])
        var blend = dh_planar_blend_run()
        blend.upper = (map + Int(own.upper[row]) * own.inputWidth * 32).assumingMemoryBound(to: Float.self)
        blend.lower = (map + Int(own.lower[row]) * own.inputWidth * 32).assumingMemoryBound(to: Float.self)
        blend.lower_weight = own.lowerWeight[row]
        blend.input_plane = Int64(own.inputPlaneBytes / 4)
        blend.output = line
        blend.output_channel = Int64(own.lineFloats)
        blend.channels = Int32(channels)
        blend.pixels = Int32(own.inputWidth)
        kernels.blend(&blend)
        var run = dh_planar_stretch_run()
        run.line = UnsafePointer(line)
        run.base = own.base
        run.left = own.left
        run.right = own.right
        run.weight = own.weight
        run.output = target
        run.finish = own.finish.planar
        run.input_channel = Int64(own.lineFloats)
        run.output_channel = Int64(rowFloats)
        run.channels = Int32(channels)
        run.pixels = Int32(width)
        kernels.stretch(&run)
    }

    private func filter(
        _ rows: UnsafeMutablePointer<UnsafePointer<Float>?>, count: Int, weights: UnsafePointer<Float>,
        finish: ChannelFinish, into target: UnsafeMutablePointer<Float>
    ) {
        var run = dh_planar_taps_run()
        run.rows = UnsafePointer(rows)
        run.weights = weights
        run.output = target
        run.finish = finish.planar
        run.input_channel = Int64(rowFloats)
        run.output_channel = Int64(rowFloats)
        run.row_count = Int32(count)
        run.channels = Int32(channels)
        run.pixels = Int32(width)
        kernels.taps(&run)
    }

    /// The sum's row into the output, in planes of 8 channels or through the pointwise convolution.
    private func store(_ sum: UnsafeMutablePointer<Float>, row: Int, context: borrowing StepContext) {
        let target = context.buffers[output]
        guard let pointwise else {
            var run = dh_planar_block_run()
            run.input = UnsafePointer(sum)
            run.output = (target + row * width * 32).assumingMemoryBound(to: Float.self)
            run.input_channel = Int64(rowFloats)
            run.output_plane = Int64(height * width * 8)
            run.channels = Int32(channels)
            run.pixels = Int32(width)
            return kernels.block(&run)
        }
        var run = dh_planar_pointwise_run()
        run.input = UnsafePointer(sum)
        run.weights = pointwise.weights
        run.bias = pointwise.bias
        run.output = (target + row * width * 4).assumingMemoryBound(to: Float.self)
        run.input_channel = Int64(rowFloats)
        run.output_channel = Int64(height * width)
        run.channels = Int32(channels)
        run.outputs = Int32(pointwise.outputs)
        run.pixels = Int32(width)
        kernels.pointwise(&run)
    }
}

/// A depthwise 3x3 convolution of planar rows.
struct PlanarFilter {
    /// [channels][3][3]
    let weights: UnsafePointer<Float>
    let finish: ChannelFinish
}

/// Resampling, filter and resampling as one filter of planar rows: see `dh_planar_rescaled_run`.
struct PlanarRescaling {
    /// First input row of every output row, and its factors [rows][3][rowSpan].
    let rowFirst: UnsafePointer<Int32>
    let rowFactors: UnsafePointer<Float>
    let rowSpan: Int
    let columnFactors: UnsafePointer<Float>
    let reach: Int
    /// [channels][3][3]
    let weights: UnsafePointer<Float>
    let finish: ChannelFinish
}

/// A bilinear enlargement of a map in planes of 8 channels, to planar rows.
struct PlanarStretch {
    let input: Operand
    let inputWidth: Int
    let inputPlaneBytes: Int
    let upper: UnsafePointer<Int32>
    let lower: UnsafePointer<Int32>
    let lowerWeight: UnsafePointer<Float>
    /// See `dh_planar_stretch_run`.
    let base: UnsafePointer<Int32>
    let left: UnsafePointer<Int32>
    let right: UnsafePointer<Int32>
    let weight: UnsafePointer<Float>
    /// Of one channel.
    let lineFloats: Int
    let finish: ChannelFinish
}

extension ChannelFinish {
    fileprivate var planar: dh_planar_finish {
        dh_planar_finish(scale: scale, shift: shift, slope: slope, activation: Int64(activation))
    }
}
