internal import CKernels

/// Bilinear resizing of blocked pixels; every coordinate convention is in the tables. The result may be finished on the
/// way out.
struct ResizeStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_resize_run>?) -> Void
    let input: Operand
    let output: Operand
    let upper: UnsafePointer<Int32>
    let lower: UnsafePointer<Int32>
    let lowerWeight: UnsafePointer<Float>
    let left: UnsafePointer<Int32>
    let right: UnsafePointer<Int32>
    let rightWeight: UnsafePointer<Float>
    let inputWidth: Int
    let inputPlaneBytes: Int
    let outputWidth: Int
    let outputPlaneBytes: Int
    let finish: ChannelFinish
    let bands: PlaneBands

    /// One line of the input.
    var scratchBytes: Int { (inputWidth * 32 + 63) & ~63 }

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, rows) = bands.part(chunk)
        let target = context.buffers[output] + plane * outputPlaneBytes
        for row in rows {
            compute(
                row: row, plane: plane, into: target + row * outputWidth * 32, scratch: context.scratch(of: worker),
                context: context)
        }
    }

    /// One row of one plane, plus `other * times` per channel where given; `scratch` holds `scratchBytes`. A row's worth of
    /// floats from `ahead` on and the row behind `target` are fetched into a cache.
    func compute(
        row: Int, plane: Int, into target: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer,
        adding other: UnsafePointer<Float>? = nil, times factors: UnsafePointer<Float>? = nil,
        fetching ahead: UnsafePointer<Float>? = nil, context: borrowing StepContext
    ) {
        let source = UnsafeRawPointer(context.buffers[input]) + plane * inputPlaneBytes
        var run = dh_resize_run()
        run.upper = (source + Int(upper[row]) * inputWidth * 32).assumingMemoryBound(to: Float.self)
        run.lower = (source + Int(lower[row]) * inputWidth * 32).assumingMemoryBound(to: Float.self)
        run.lower_weight = lowerWeight[row]
        run.left = left
        run.right = right
        run.weight = rightWeight
        run.width = Int32(inputWidth)
        run.pixels = Int32(outputWidth)
        run.scale = finish.scale + plane * 8
        run.shift = finish.shift + plane * 8
        run.slope = finish.slope + plane * 8
        run.activation = finish.activation
        run.output = target.assumingMemoryBound(to: Float.self)
        run.line = scratch.assumingMemoryBound(to: Float.self)
        run.other = other
        run.other_scale = factors
        run.ahead = ahead
        function(&run)
    }
}

/// What happens to a value before it is stored: activation(x * scale + shift), per channel.
struct ChannelFinish {
    let scale: UnsafePointer<Float>
    let shift: UnsafePointer<Float>
    let slope: UnsafePointer<Float>
    let activation: Int32
}
