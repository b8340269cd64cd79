public import Inference
public import Kernels

/// A network compiled for one input size: plans that different stages may run at the same time on different frames.
public final class CompiledNetwork: @unchecked Sendable {
    // Invariant: `backbone` is run by the backbone stage only, `heads` by the heads stage only and `features` by the tail
    // only, each serially.
    /// The network's input size.
    public let size: NetworkSize
    /// Extents of the class logits.
    public let logits: PlanPort
    /// The outlier logits, nil for a model without the head.
    public let outlierLogits: PlanPort?
    /// Where backbone and heads meet: the model's pre-logits, or what their projection makes of them.
    public let preLogits: PlanPort
    /// The network's input: packed pixels, fp32 [H][W][3], normalised.
    public let image: PlanPort
    /// Planes of `logits` that hold the K classes, in order: those that `drop_outputs` and `outlier_output` leave.
    public let classChannels: [Int32]
    /// What enters the last convolution, where a tap asked for it; `preLogits` where those are the same.
    public let activations: PlanPort?
    /// What the projection of features gives, for a score that needs one.
    public let projected: PlanPort?
    /// Whether the activations are an output of the heads, with a buffer of their own.
    public let hasOwnActivations: Bool
    /// Whether the backbone writes the outlier logits.
    private let backboneHasOutlierLogits: Bool
    private var backbone: PlanBox
    private var heads: PlanBox
    private let features: PlanBox?
    private let projectsActivations: Bool

    init(
        bundle: ModelBundle, size: NetworkSize, backbone: consuming ExecutionPlan, heads: consuming ExecutionPlan,
        activations: TappedHeads.Activations = .none, features: consuming FeaturePlan? = nil
    ) throws(ModelError) {
        let description = bundle.description
        self.size = size
        image = backbone.inputs[0]
        preLogits = backbone.outputs[0]
        logits = heads.outputs[0]
        backboneHasOutlierLogits = backbone.outputs.count > 1
        outlierLogits =
            description.tensors.outlierLogits == nil
            ? nil : backboneHasOutlierLogits ? backbone.outputs[1] : heads.outputs[1]
        switch activations {
        case .none: self.activations = nil
        case .preLogits: self.activations = preLogits
        case .ownOutput: self.activations = heads.outputs.last
        }
        hasOwnActivations = activations == .ownOutput
        if let made = features.take() {
            projected = made.plan.outputs[0]
            projectsActivations = made.readsActivations && activations == .ownOutput
            let source = projectsActivations ? self.activations : preLogits
            guard made.plan.inputs[0].layout == source?.layout else {
                throw ModelError("\(bundle.modelPath): features need at least 5 channels for this score")
            }
            self.features = PlanBox(made.takePlan())
        } else {
            projected = nil
            projectsActivations = false
            self.features = nil
        }
        self.backbone = PlanBox(backbone)
        self.heads = PlanBox(heads)
        guard logits.dimensions.count == 4, logits.dimensions[0] == 1 else {
            throw ModelError(
                "\(bundle.modelPath): '\(logits.name)' has extents \(logits.dimensions) instead of 1xKxhxw")
        }
        let channels = logits.dimensions[1]
        classChannels = description.classPlanes(of: channels)
        guard classChannels.count == description.classes.count else {
            throw ModelError(
                "\(bundle.directory)/model.yaml lists \(description.classes.count) classes, but '\(logits.name)' has "
                    + "\(channels) channels of which \(channels - classChannels.count) are dropped or the outlier class"
            )
        }
        if let outlier = description.outlierOutput, outlier >= channels {
            throw ModelError(
                "\(bundle.directory)/model.yaml names outlier_output \(outlier), but '\(logits.name)' has the channels 0 to "
                    + "\(channels - 1)")
        }
        if let outlierLogits {
            let expected = [1, 2] + logits.dimensions.dropFirst(2)
            guard outlierLogits.dimensions == expected else {
                throw ModelError(
                    "\(bundle.modelPath): '\(outlierLogits.name)' has extents \(outlierLogits.dimensions) instead of "
                        + "\(expected)")
            }
        }
    }

    /// Runs the backbone: `image` -> `preLogits`, both in the ports' layouts, and planar `outlierLogits` where they follow from
    /// the pre-logits pixel by pixel. Blocks; allocates nothing. `times`, if given, receives the nanoseconds of each of
    /// `steps.backbone`.
    public func runBackbone(
        image: UnsafeMutableRawPointer, preLogits: UnsafeMutableRawPointer, outlierLogits: UnsafeMutableRawPointer?,
        on pool: WorkerPool, times: UnsafeMutablePointer<UInt64>? = nil
    ) throws(InferenceError) {
        try backbone.run(image, preLogits, backboneHasOutlierLogits ? outlierLogits : nil, on: pool, times: times)
    }

    /// Runs the heads: `preLogits` -> planar `logits` and `outlierLogits` (unless the backbone has made them), and blocked
    /// `activations` where `hasOwnActivations`. Blocks; allocates nothing. `times` is for `steps.heads`.
    public func runHeads(
        preLogits: UnsafeMutableRawPointer, logits: UnsafeMutableRawPointer, outlierLogits: UnsafeMutableRawPointer?,
        activations: UnsafeMutableRawPointer? = nil, on pool: WorkerPool,
        times: UnsafeMutablePointer<UInt64>? = nil
    ) throws(InferenceError) {
        precondition(hasOwnActivations == (activations != nil), "activations have a buffer where heads give them")
        if let outlierLogits, !backboneHasOutlierLogits {
            try heads.run(preLogits, logits, outlierLogits, activations, on: pool, times: times)
        } else {
            try heads.run(preLogits, logits, activations, on: pool, times: times)
        }
    }

    /// Runs the projection of features: `preLogits`, or `activations` for a score of those -> `projected`. Blocks;
    /// allocates nothing. Does nothing where the score needs no features.
    public func runProjection(
        preLogits: UnsafeMutableRawPointer, activations: UnsafeMutableRawPointer, projected: UnsafeMutableRawPointer,
        on pool: WorkerPool
    ) throws(InferenceError) {
        try features?.run(projectsActivations ? activations : preLogits, projected, nil, on: pool, times: nil)
    }

    /// Runs both once on zeros, so that the first frame finds all memory in place. Blocks; allocates.
    func warmUp(on pool: WorkerPool) throws(ModelError) {
        func zeros(_ port: PlanPort?) -> UnsafeMutableRawPointer {
            let bytes = port?.byteCount ?? 0
            let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 64), alignment: 64)
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
            return memory
        }
        let ports = [
            zeros(image), zeros(preLogits), zeros(logits), zeros(outlierLogits), zeros(activations), zeros(projected),
        ]
        defer { for memory in ports { memory.deallocate() } }
        do throws(InferenceError) {
            try runBackbone(image: ports[0], preLogits: ports[1], outlierLogits: ports[3], on: pool)
            try runHeads(
                preLogits: ports[1], logits: ports[2], outlierLogits: outlierLogits == nil ? nil : ports[3],
                activations: hasOwnActivations ? ports[4] : nil, on: pool)
            try runProjection(preLogits: ports[1], activations: ports[4], projected: ports[5], on: pool)
        } catch {
            throw ModelError("\(error)")
        }
    }

    /// Runs both and records every value; for networks compiled with `observes`. Blocks; allocates.
    func observe(
        image: UnsafeMutableRawPointer, preLogits: UnsafeMutableRawPointer, logits: UnsafeMutableRawPointer,
        outlierLogits: UnsafeMutableRawPointer?, on pool: WorkerPool, into recorder: inout RangeRecorder
    ) throws(InferenceError) {
        try backbone.observe(image, preLogits, nil, on: pool, into: &recorder)
        try heads.observe(preLogits, logits, outlierLogits, on: pool, into: &recorder)
    }

    /// Steps of backbone and heads, in order.
    public var steps: (backbone: [StepDescription], heads: [StepDescription]) {
        (backbone.plan.steps, heads.plan.steps)
    }

    /// Steps of the projection of features, whose time counts as the score's.
    public var projectionSteps: Int { features?.plan.steps.count ?? 0 }

    /// Bytes of arenas, constants and scratch of all plans, and the least that the arenas could have.
    public var memory: (arena: Int, bound: Int, constants: Int, scratch: Int) {
        (
            backbone.plan.arenaBytes + heads.plan.arenaBytes + (features?.plan.arenaBytes ?? 0),
            backbone.plan.arenaBound + heads.plan.arenaBound + (features?.plan.arenaBound ?? 0),
            backbone.plan.constantBytes + heads.plan.constantBytes + (features?.plan.constantBytes ?? 0),
            backbone.plan.scratchBytes + heads.plan.scratchBytes + (features?.plan.scratchBytes ?? 0)
        )
    }
}

/// Keeps a plan with the addresses of its bindings, so that a run needs no array.
private final class PlanBox {
    var plan: ExecutionPlan
    private let bindings: UnsafeMutableBufferPointer<UnsafeMutableRawPointer>

    init(_ plan: consuming ExecutionPlan) {
        bindings = .allocate(capacity: plan.inputs.count + plan.outputs.count)
        self.plan = plan
    }

    deinit { bindings.deallocate() }

    func run(
        _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer, _ third: UnsafeMutableRawPointer?,
        _ fourth: UnsafeMutableRawPointer? = nil, on pool: WorkerPool, times: UnsafeMutablePointer<UInt64>?
    ) throws(InferenceError) {
        bindings.initializeElement(at: 0, to: first)
        bindings.initializeElement(at: 1, to: second)
        if let third, bindings.count > 2 { bindings.initializeElement(at: 2, to: third) }
        if let fourth, bindings.count > 3 { bindings.initializeElement(at: 3, to: fourth) }
        try plan.run(UnsafeBufferPointer(bindings), on: pool, times: times)
    }

    func observe(
        _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer, _ third: UnsafeMutableRawPointer?,
        on pool: WorkerPool, into recorder: inout RangeRecorder
    ) throws(InferenceError) {
        bindings.initializeElement(at: 0, to: first)
        bindings.initializeElement(at: 1, to: second)
        if let third, bindings.count > 2 { bindings.initializeElement(at: 2, to: third) }
        try plan.observe(UnsafeBufferPointer(bindings), on: pool, into: &recorder)
    }
}
