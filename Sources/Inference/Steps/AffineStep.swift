internal import CKernels

/// y = activation(x * scale[c] + shift[c] + residual) over blocked pixels; scale may be computed by the network (a gate).
struct AffineStep: PlanStep {
    let function: @convention(c) (UnsafePointer<dh_affine_run>?) -> Void
    let input: Operand
    let residual: Operand
    let output: Operand
    /// Computed scale or shift, [planes][8]; absent where the constants below hold.
    let gate: Operand
    let computedShift: Operand
    let scale: UnsafePointer<Float>
    let shift: UnsafePointer<Float>
    let slope: UnsafePointer<Float>
    let activation: Int32
    let width: Int
    let planePixels: Int
    let bands: PlaneBands

    var chunkCount: Int32 { bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let (plane, rows) = bands.part(chunk)
        let place = (plane * planePixels + rows.lowerBound * width) * 32
        var run = dh_affine_run()
        run.input = UnsafePointer((context.buffers[input] + place).assumingMemoryBound(to: Float.self))
        run.output = (context.buffers[output] + place).assumingMemoryBound(to: Float.self)
        if residual.isPresent {
            run.residual = UnsafePointer((context.buffers[residual] + place).assumingMemoryBound(to: Float.self))
        }
        run.scale = perChannel(gate, scale, plane, context)
        run.shift = perChannel(computedShift, shift, plane, context)
        run.slope = slope + plane * 8
        run.pixels = Int64(rows.count * width)
        run.activation = activation
        function(&run)
    }

    private func perChannel(
        _ computed: Operand, _ constant: UnsafePointer<Float>, _ plane: Int, _ context: borrowing StepContext
    ) -> UnsafePointer<Float> {
        guard computed.isPresent else { return constant + plane * 8 }
        return UnsafePointer(context.buffers[computed].assumingMemoryBound(to: Float.self)) + plane * 8
    }
}
