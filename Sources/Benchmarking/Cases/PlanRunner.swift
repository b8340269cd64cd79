internal import FrameIO
internal import Inference
internal import Kernels
internal import ModelGraph

/// A plan with memory for its ports and for the times of its steps. One thread.
struct PlanRunner: ~Copyable {
    private var plan: ExecutionPlan
    private let bindings: UnsafeMutableBufferPointer<UnsafeMutableRawPointer>
    private let measured: UnsafeMutablePointer<UInt64>

    /// The plan's steps.
    let steps: [StepDescription]

    /// Allocates the ports' memory; inputs hold values of no meaning.
    init(_ plan: consuming ExecutionPlan) {
        steps = plan.steps
        let ports = plan.inputs + plan.outputs
        bindings = .allocate(capacity: ports.count)
        for (index, port) in ports.enumerated() {
            bindings.initializeElement(at: index, to: .allocate(byteCount: max(port.byteCount, 64), alignment: 64))
            SyntheticInput.fill(bindings[index], port: port)
        }
        measured = .allocate(capacity: max(steps.count, 1))
        measured.initialize(repeating: 0, count: max(steps.count, 1))
        self.plan = plan
    }

    deinit {
        for binding in bindings { binding.deallocate() }
        bindings.deallocate()
        measured.deallocate()
    }

    /// Nanoseconds of each step in the last run.
    var times: [Int64] { steps.indices.map { Int64(measured[$0]) } }

    /// Runs all steps once.
    mutating func run(on pool: WorkerPool) throws(InferenceError) {
        try plan.run(UnsafeBufferPointer(bindings), on: pool, times: measured)
    }
}

/// Numbers that stand for a picture where only the time matters.
enum SyntheticInput {
    /// Fills a network's input (packed pixels, fp32 [height][width][3]) with squares of 64 pixels, each of one colour
    /// between -2 and 2.
    static func fillBlocks(_ memory: UnsafeMutableRawPointer, width: Int, height: Int) {
        let values = memory.assumingMemoryBound(to: Float.self)
        for index in 0..<width * height * 3 {
            let (block, channel) = (index / 3 / width / 64 * 131 + index / 3 % width / 64, index % 3)
            // A multiplicative hash, of which the upper bits are well mixed.
            let hash = UInt32(truncatingIfNeeded: block * 3 + channel + 1) &* 2_654_435_761
            values[index] = Float(hash >> 8) / Float(1 << 22) - 2
        }
    }

    /// Fills a port's memory: floats between -2 and 2, as normalised pictures have them, or bytes of all values.
    static func fill(_ memory: UnsafeMutableRawPointer, port: PlanPort) {
        var state: UInt32 = 2_463_534_242
        func next() -> UInt32 {
            state ^= state << 13
            state ^= state >> 17
            state ^= state << 5
            return state
        }
        guard port.type == .float32 else {
            for offset in 0..<port.byteCount {
                memory.storeBytes(of: UInt8(truncatingIfNeeded: next() >> 8), toByteOffset: offset, as: UInt8.self)
            }
            return
        }
        for index in 0..<port.byteCount / 4 {
            let value = Float(next() >> 8) / Float(1 << 22) - 2
            memory.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
        }
    }
}
