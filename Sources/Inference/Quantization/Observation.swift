public import Kernels
internal import ModelGraph

/// Where calibration finds a value, and when: right after step `step` (-1: before the first), as its memory may hold
/// another value later.
struct Observation {
    enum Subject {
        case value(String)
        /// The value in front of a convolution called so, seen through the convolution's prologue; planes of 8 channels.
        case prologue(String, scale: [SIMD8<Float>], shift: [SIMD8<Float>])
    }

    let subject: Subject
    let step: Int
    let operand: Operand
    /// `.blocked`, `.packed` or `.plain`.
    let layout: Layout
    let image: ImageShape
}

extension PlanBuilder {
    /// Notes where the input pictures lie.
    mutating func observeInputs() {
        guard compiler.observes else { return }
        for input in graph.inputs { observe(input, afterStep: -1) }
    }

    /// Notes where the node that was just lowered has left its results. Concatenations are left out: they are their parts.
    mutating func observeNode() {
        guard compiler.observes, lowering(of: node) != .concatenation else { return }
        for output in node.outputs { observe(output, afterStep: steps.count - 1) }
        guard case .convolution = node.operation, let scale = graph.floats(node.input(5)), let input = node.input(0),
            let shift = graph.floats(node.input(6)), let image = graph.image(input),
            let place = place(input, as: .blocked)
        else { return }
        func planes(_ list: [Float]) -> [SIMD8<Float>] {
            (0..<image.planes).map { plane in
                var lanes = SIMD8<Float>(repeating: 0)
                for lane in 0..<min(8, image.channels - plane * 8) { lanes[lane] = list[plane * 8 + lane] }
                return lanes
            }
        }
        observations.append(
            Observation(
                subject: .prologue(node.name, scale: planes(scale), shift: planes(shift)), step: steps.count - 1,
                operand: place, layout: .blocked, image: image))
    }

    private mutating func observe(_ id: ValueID, afterStep step: Int) {
        guard let image = graph.image(id),
            let layout = [Layout.blocked, .packed, .plain].first(where: { place(id, as: $0) != nil }),
            let place = place(id, as: layout)
        else { return }
        observations.append(
            Observation(
                subject: .value(graph[id].name), step: step, operand: place, layout: layout, image: image))
    }
}

extension ExecutionPlan {
    /// Runs all steps as `run` does and shows `recorder` every value that they make. The plan must have been compiled with
    /// `observes`. Blocks; allocates.
    public mutating func observe(
        _ bindings: UnsafeBufferPointer<UnsafeMutableRawPointer>, on pool: WorkerPool,
        into recorder: inout RangeRecorder
    ) throws(InferenceError) {
        var next = 0
        try run(bindings, on: pool) { step, buffers in
            while next < observations.count, observations[next].step <= step {
                recorder.record(observations[next], at: buffers[observations[next].operand])
                next += 1
            }
        }
    }
}
