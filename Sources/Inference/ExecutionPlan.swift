internal import CKernels
public import Kernels
public import ModelGraph

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A value that crosses the border of a plan.
public struct PlanPort: Sendable, Equatable {
    /// The value's name in the model.
    public let name: String
    /// Element type.
    public let type: DataType
    /// Extents as the model has them (NCHW for pictures).
    public let dimensions: [Int]
    /// How the elements lie in the caller's memory.
    public let layout: Layout
    /// Bytes that the caller provides, 64-byte aligned.
    public let byteCount: Int
}

/// What one step is, for reports.
public struct StepDescription: Sendable {
    /// The node in the model that it came from.
    public let name: String
    /// The kind of step.
    public let kind: String
    /// Which kernels it calls, for instance `avx2 6x16`.
    public let kernel: String
    /// Multiply-accumulates that the model asks for.
    public let multiplyAccumulates: Int
    /// The arithmetic that it uses.
    public let precision: Precision
    /// Extents of the result.
    public let output: [Int]
}

/// A compiled network: a flat list of trivial steps over one arena. Everything costly happened when it was compiled.
///
/// One thread at a time runs a plan (its arena is its own); the work inside a step is shared out to a `WorkerPool`.
public struct ExecutionPlan: ~Copyable, @unchecked Sendable {
    // The raw memory is owned by this value alone and only touched in `run`, which is mutating: safe to send.
    /// What the caller provides, in the order of `run`'s first bindings.
    public let inputs: [PlanPort]
    /// What the plan writes, in the order of `run`'s last bindings.
    public let outputs: [PlanPort]
    /// One entry per step, in order.
    public let steps: [StepDescription]
    /// Bytes of the arena for intermediate values.
    public let arenaBytes: Int
    /// Most bytes of the arena that are in use during any one step: no arena can be smaller.
    public let arenaBound: Int
    /// Bytes of packed weights, tables and constants.
    public let constantBytes: Int
    /// Bytes of scratch over all workers.
    public let scratchBytes: Int
    /// The kernels that the plan was compiled for.
    public let instructionSet: InstructionSet

    private let program: UnsafeMutablePointer<AnyStep>
    private let stepCount: Int
    private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private let portBuffers: [Int32]
    private let ownsPorts: Bool
    private let arena: UnsafeMutableRawPointer
    private let scratch: UnsafeMutableRawPointer
    private let scratchStride: Int
    private let keepBytes: Int
    private let memory: PlanMemory
    private let generics: [GenericInvocation]
    /// What calibration looks at, in the order of steps; empty unless the plan was compiled with `observes`.
    let observations: [Observation]

    /// Assembles a plan from what `PlanBuilder` lowered.
    init(_ parts: PlanParts) {
        inputs = parts.inputs
        outputs = parts.outputs
        steps = parts.descriptions
        arenaBytes = parts.arenaBytes
        arenaBound = parts.arenaBound
        constantBytes = parts.memory.byteCount
        keepBytes = parts.keepBytes
        scratchStride = parts.scratchStride
        scratchBytes = scratchStride * parts.threads
        instructionSet = parts.instructionSet
        stepCount = parts.steps.count
        program = .allocate(capacity: max(stepCount, 1))
        program.initialize(from: parts.steps, count: stepCount)
        arena = ZeroedMemory.allocate(byteCount: max(arenaBytes, 64))
        // Touched now, so that no page fault falls into the first frame.
        arena.initializeMemory(as: UInt8.self, repeating: 0, count: max(arenaBytes, 64))
        scratch = ZeroedMemory.allocate(byteCount: max(scratchBytes, 64))
        scratch.initializeMemory(as: UInt8.self, repeating: 0, count: max(scratchBytes, 64))
        addresses = .allocate(capacity: max(parts.buffers.count, 1))
        for (index, buffer) in parts.buffers.enumerated() {
            switch buffer {
            case .arena(let offset): (addresses + index).initialize(to: arena + offset)
            case .constant(let address): (addresses + index).initialize(to: address)
            case .port: (addresses + index).initialize(to: arena)
            }
        }
        portBuffers = parts.portBuffers
        ownsPorts = parts.ownsPorts
        memory = parts.memory
        generics = parts.generics
        observations = parts.observations
    }

    deinit {
        program.deinitialize(count: stepCount)
        program.deallocate()
        ZeroedMemory.deallocate(arena, byteCount: max(arenaBytes, 64))
        ZeroedMemory.deallocate(scratch, byteCount: max(scratchBytes, 64))
        addresses.deallocate()
    }

    /// Where a port lies that the plan owns, inputs first, then outputs; only for plans compiled with `ownsPorts`.
    public func address(ofPort number: Int) -> UnsafeMutableRawPointer {
        precondition(ownsPorts, "the caller owns the ports")
        return addresses[Int(portBuffers[number])]
    }

    /// Runs all steps of a plan that owns its ports, like `run(_:on:times:)`.
    public mutating func run(
        on pool: WorkerPool, times: UnsafeMutablePointer<UInt64>? = nil
    ) throws(InferenceError) {
        precondition(ownsPorts, "the caller owns the ports")
        try run(UnsafeBufferPointer(start: nil, count: 0), on: pool, times: times)
    }

    /// Runs all steps. `bindings` holds one 64-byte aligned address per port, inputs first, then outputs.
    ///
    /// Blocks until done; the calling thread takes part. Allocates nothing unless the plan has generic steps.
    /// - Parameter times: if given, receives each step's nanoseconds; it needs room for `steps.count` numbers.
    public mutating func run(
        _ bindings: UnsafeBufferPointer<UnsafeMutableRawPointer>, on pool: WorkerPool,
        times: UnsafeMutablePointer<UInt64>? = nil
    ) throws(InferenceError) {
        guard let times else { return try run(bindings, on: pool) { _, _ in } }
        var start = monotonicNanoseconds()
        try run(bindings, on: pool) { step, _ in
            let now = monotonicNanoseconds()
            if step >= 0 { times[step] = now - start }
            start = now
        }
    }

    /// Runs all steps and calls `finished` before the first (with -1) and after each one, with its number.
    @inline(__always)
    func run(
        _ bindings: UnsafeBufferPointer<UnsafeMutableRawPointer>, on pool: WorkerPool,
        finished: (Int, BufferTable) -> Void
    ) throws(InferenceError) {
        precondition(bindings.count == (ownsPorts ? 0 : portBuffers.count), "one binding per port")
        precondition(
            pool.threadCount * scratchStride <= scratchBytes, "the pool is larger than the plan was compiled for")
        if !ownsPorts { for (index, buffer) in portBuffers.enumerated() { addresses[Int(buffer)] = bindings[index] } }
        let buffers = BufferTable(addresses: addresses)
        var context = StepRun(
            step: program,
            context: StepContext(buffers: buffers, scratch: scratch, scratchStride: scratchStride, keepBytes: keepBytes)
        )
        finished(-1, buffers)
        for index in 0..<stepCount {
            context.step = program + index
            let chunks = Int(program[index].chunkCount)
            withUnsafeMutablePointer(to: &context) { pointer in
                pool.run(chunks: chunks, context: pointer) { raw, chunk, worker in
                    guard let run = raw?.assumingMemoryBound(to: StepRun.self) else { return }
                    run.pointee.step.pointee.run(chunk: chunk, worker: worker, context: run.pointee.context)
                }
            }
            finished(index, buffers)
        }
        for generic in generics {
            if let failure = generic.failure { throw InferenceError("step '\(generic.name)' failed: \(failure)") }
        }
    }
}

/// What a worker gets for a chunk.
private struct StepRun {
    var step: UnsafeMutablePointer<AnyStep>
    let context: StepContext
}

private func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
