public import Inference
public import Kernels

/// A network compiled as one plan that owns its picture and its logits. One thread runs it.
public final class WholeNetwork {
    private var plan: ExecutionPlan

    init(_ plan: consuming ExecutionPlan) { self.plan = plan }

    /// The network's input: packed pixels, fp32 [H][W][3], normalised.
    public var image: PlanPort { plan.inputs[0] }

    /// Where the picture is to be written before every run, which overwrites it.
    public var imageMemory: UnsafeMutableRawPointer { plan.address(ofPort: 0) }

    /// Bytes of the arena, and the least that it could have.
    public var memory: (arena: Int, bound: Int) { (plan.arenaBytes, plan.arenaBound) }

    /// The network's steps, in order.
    public var steps: [StepDescription] { plan.steps }

    /// Picture to logits. Blocks; allocates nothing.
    public func run(on pool: WorkerPool) throws(InferenceError) { try plan.run(on: pool) }
}
