public import Kernels
public import ModelGraph

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Turns a specialised graph (every extent known) into an execution plan: passes, then lowering, then memory planning.
public struct ModelCompiler: Sendable {
    /// Kernels that the plan will call.
    public let kernels: KernelTable
    /// Threads of the pool that will run the plan.
    public let threads: Int
    /// Whether ports keep the engine's own layouts (blocked, and packed for the input picture). Otherwise all are plain.
    public let nativePorts: Bool
    /// Outputs that stay plain although ports are native: maps that other stages read planar.
    public let plainOutputs: Set<String>
    /// Values that may cross the border of a plan with native ports as 8-bit planes with the scales of their own ranges; the
    /// port's layout says whether they do. An input does where all that reads it runs in int8, an output where int8 makes it.
    public var quantizedPorts: Set<String> = []
    /// Most bytes of working memory that a plan may take: this machine's, if nothing else is said.
    public var memoryLimit = PhysicalMemory.byteCount
    /// Bytes from which on a map is read band by band where it is made (`ChainStep`): less stays in a cache.
    var leastChainedBytes = ChainStep.leastBytes
    /// Bytes of such a band: half of a second-level cache of 1 MB.
    var chainedBandBytes = 512 << 10
    /// Calibrated ranges: with them, every node that has an int8 step runs in int8, but for those that they keep in higher
    /// precision and what `sparesConversions` says. nil: all of the plan is fp32.
    public let ranges: ActivationRanges?
    /// Whether nodes stay in fp32 where int8 saves less time than bringing their input into 8 bits for them alone costs.
    public let sparesConversions: Bool
    /// Whether the plan can show its values to a `RangeRecorder`.
    public let observes: Bool
    /// Whether the plan's ports lie in its own arena, where intermediate values overwrite inputs and lie where outputs will:
    /// inputs are written anew before every run, and outputs hold until the next one.
    public let ownsPorts: Bool

    /// A compiler for one instruction set and pool size.
    public init(
        kernels: KernelTable, threads: Int, nativePorts: Bool = false, plainOutputs: Set<String> = [],
        ranges: ActivationRanges? = nil, sparesConversions: Bool = false, observes: Bool = false,
        ownsPorts: Bool = false
    ) {
        self.kernels = kernels
        self.threads = threads
        self.nativePorts = nativePorts
        self.plainOutputs = plainOutputs
        self.ranges = ranges
        self.sparesConversions = sparesConversions
        self.observes = observes
        self.ownsPorts = ownsPorts
    }

    /// Compiles `graph`. Allocates the plan's whole memory. Errors name the node.
    public func compile(_ graph: consuming Graph) throws(InferenceError) -> ExecutionPlan {
        try prepare(consume graph).allocate()
    }

    /// Compiles `graph` up to the plan's working memory. Weights that nobody else holds are freed as soon as they are
    /// packed, so that a caller who hands over the graph never has them twice.
    public func prepare(_ graph: consuming Graph) throws(InferenceError) -> PreparedPlan {
        for pass in GraphPass.all { pass.apply(to: &graph) }
        return try prepareUnchanged(consume graph)
    }

    /// Lowers a graph as it is, without any pass: what tests compare fused graphs with.
    public func lower(_ graph: Graph) throws(InferenceError) -> ExecutionPlan {
        try prepareUnchanged(graph).allocate()
    }

    private func prepareUnchanged(_ graph: consuming Graph) throws(InferenceError) -> PreparedPlan {
        var builder = PlanBuilder(graph: consume graph, compiler: self)
        let parts = try builder.build()
        let needed = parts.arenaBytes + parts.scratchStride * parts.threads
        guard needed <= memoryLimit else {
            throw InferenceError(
                "the network needs \(needed >> 20) MB of working memory, and \(memoryLimit >> 20) MB are there: "
                    + "give a smaller input size")
        }
        return PreparedPlan(parts: parts)
    }
}

/// A plan whose weights are packed and whose arena is yet to be allocated.
public struct PreparedPlan: ~Copyable {
    let parts: PlanParts

    /// What the caller will provide.
    public var inputs: [PlanPort] { parts.inputs }

    /// What the plan will write.
    public var outputs: [PlanPort] { parts.outputs }

    /// The plan, with its arena and scratch.
    public consuming func allocate() -> ExecutionPlan { ExecutionPlan(parts) }
}

/// The machine's main memory.
enum PhysicalMemory {
    /// Its bytes; the largest number where the system does not tell.
    static var byteCount: Int {
        let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
        return pages > 0 && size > 0 ? pages * size : .max
    }
}
