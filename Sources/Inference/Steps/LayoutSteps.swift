internal import CKernels

/// Changes a value's layout, one plane of 8 channels a chunk.
struct LayoutStep: PlanStep {
    enum Change { case plainToBlocked, blockedToPlain, packedToBlocked }

    let change: Change
    let input: Operand
    let output: Operand
    let channels: Int
    let pixels: Int

    var chunkCount: Int32 { Int32((channels + 7) / 8) }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let source = UnsafePointer(context.buffers[input].assumingMemoryBound(to: Float.self))
        let target = context.buffers[output].assumingMemoryBound(to: Float.self)
        let first = Int(chunk) * 8
        let count = Int32(min(8, channels - first))
        switch change {
        case .plainToBlocked:
            dh_planar_to_blocked(source + first * pixels, Int64(pixels), count, target + first * pixels, Int64(pixels))
        case .blockedToPlain:
            dh_blocked_to_planar(source + first * pixels, target + first * pixels, Int64(pixels), count, Int64(pixels))
        case .packedToBlocked:
            dh_packed_to_blocked(source, Int32(channels), target, Int64(pixels))
        }
    }
}

/// Copies channels of a blocked value into a concatenation whose parts are not whole planes, or could not be placed in it.
struct CopyChannelsStep: PlanStep {
    let input: Operand
    let output: Operand
    /// First channel in the output.
    let to: Int32
    let count: Int32
    let pixels: Int

    var chunkCount: Int32 { (count + 7) / 8 }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let source = UnsafePointer(context.buffers[input].assumingMemoryBound(to: Float.self))
        let target = context.buffers[output].assumingMemoryBound(to: Float.self)
        let from = chunk * 8
        dh_copy_channels(
            source, Int64(pixels * 8), from, target, Int64(pixels * 8), to + from, min(8, count - from), Int64(pixels))
    }
}

/// Copies bytes: an output that is a view of something else.
struct CopyStep: PlanStep {
    let input: Operand
    let output: Operand
    let byteCount: Int

    var chunkCount: Int32 { 1 }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        context.buffers[output].copyMemory(from: context.buffers[input], byteCount: byteCount)
    }
}
