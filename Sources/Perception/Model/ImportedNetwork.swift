public import Inference
public import Kernels
internal import ModelGraph

/// A model as it was read: not yet bound to a size. Immutable; `compile` may be called for any number of sizes.
public struct ImportedNetwork: Sendable {
    /// The folder it came from.
    public let bundle: ModelBundle
    /// The only size that the network takes, where its file fixes height and width.
    public let fixedSize: NetworkSize?
    /// The arithmetic that `compile` makes plans for.
    public let precision: Precision
    private let file: GraphFile
    /// For int8.
    private let ranges: ActivationRanges?

    /// Reads the network's file, and for `precision` `int8` the ranges beside it; a usage error for other names.
    public init(_ bundle: ModelBundle, precision name: String) throws(ModelError) {
        guard let precision = Precision(rawValue: name) else {
            let names = Precision.allCases.map(\.rawValue).joined(separator: " or ")
            throw ModelError("--precision takes \(names), not '\(name)'", isUsage: true)
        }
        try self.init(bundle, precision: precision)
    }

    /// Reads the network's file and checks it against the contract and `model.yaml`; for int8 also the ranges beside it.
    public init(_ bundle: ModelBundle, precision: Precision = .fp32) throws(ModelError) {
        self.bundle = bundle
        self.precision = precision
        ranges = precision == .int8 ? try RangesFile(of: bundle).ranges : nil
        file = try GraphFile(of: bundle)
        let graph = try file.graph()
        let tensors = bundle.description.tensors
        let names = graph.outputs.map { graph[$0].name }
        for wanted in [tensors.logits] + [tensors.outlierLogits].compactMap({ $0 }) where !names.contains(wanted) {
            throw ModelError(
                "\(bundle.modelPath) has no output '\(wanted)' (it has \(names.joined(separator: ", "))): "
                    + "correct 'tensors' in model.yaml, or export the model again")
        }
        guard graph.inputs.count == 1, graph[graph.inputs[0]].name == bundle.description.input.name else {
            let inputs = graph.inputs.map { graph[$0].name }.joined(separator: ", ")
            throw ModelError(
                "\(bundle.modelPath) has the inputs \(inputs): a model takes one, called '\(bundle.description.input.name)'"
            )
        }
        let shape = graph[graph.inputs[0]].shape
        guard shape.map(Self.isPicture) ?? true else {
            throw ModelError(
                "\(bundle.modelPath): input '\(bundle.description.input.name)' has the extents "
                    + "\(Self.text(shape ?? [])) instead of 1x3xHxW: export the network for one RGB picture")
        }
        if let shape, case .known(let height) = shape[2], case .known(let width) = shape[3] {
            fixedSize = NetworkSize(width: width, height: height)
        } else {
            fixedSize = nil
        }
    }

    /// The same network in int8 with these ranges, for calibration.
    func inInt8(with ranges: ActivationRanges) -> ImportedNetwork { ImportedNetwork(self, ranges: ranges) }

    private init(_ other: ImportedNetwork, ranges: ActivationRanges) {
        bundle = other.bundle
        fixedSize = other.fixedSize
        file = other.file
        precision = .int8
        self.ranges = ranges
    }

    private static func isPicture(_ shape: [Dimension]) -> Bool {
        guard shape.count == 4 else { return false }
        func allows(_ dimension: Dimension, _ extent: Int) -> Bool {
            if case .known(let known) = dimension { known == extent } else { true }
        }
        return allows(shape[0], 1) && allows(shape[1], 3)
    }

    private static func text(_ shape: [Dimension]) -> String {
        shape.map { dimension in
            switch dimension {
            case .known(let extent): "\(extent)"
            case .symbolic(let name): name
            case .unknown: "?"
            }
        }.joined(separator: "x")
    }

    /// Compiles the network for one input size: backbone and heads as two plans. Allocates their whole memory.
    /// `observes` makes plans that calibration can look into; `tap` adds what scores of features read.
    public func compile(
        size: NetworkSize, kernels: KernelTable, threads: Int, observes: Bool = false, tap: FeatureTap? = nil
    ) throws(ModelError) -> CompiledNetwork {
        let description = bundle.description
        // Scores of features read the pre-logits themselves, and calibration sees every value where other plans have it.
        let (backbone, heads) = try parts(for: size, keepsPreLogits: observes || tap != nil)
        let border = backbone[backbone.outputs[0]].name
        let outputs = heads.outputs.map { heads[$0].name } + backbone.outputs.dropFirst().map { backbone[$0].name }
        let compiler = ModelCompiler(
            kernels: kernels, threads: threads, nativePorts: true, plainOutputs: Set(outputs), ranges: ranges,
            sparesConversions: true, observes: observes)
        do {
            guard let tap else {
                return try compileBorder(
                    consume backbone, consume heads, by: compiler,
                    crossing: observes ? nil : border,
                    size: size)
            }
            let tapped = try TappedHeads(tap, heads: heads, description: description, ranges: ranges)
            let features = try tapped.projection.map { projection in
                FeaturePlan(
                    plan: try ModelCompiler(
                        kernels: kernels, threads: threads, nativePorts: true,
                        plainOutputs: projection.isPlain ? [ProjectionGraph.output] : []
                    ).compile(projection.graph), readsActivations: tapped.readsActivations)
            }
            return try CompiledNetwork(
                bundle: bundle, size: size, backbone: try compiler.compile(backbone),
                heads: try ModelCompiler(
                    kernels: kernels, threads: threads, nativePorts: true, plainOutputs: compiler.plainOutputs,
                    ranges: tapped.ranges, sparesConversions: true, observes: observes
                ).compile(tapped.heads), activations: tapped.activations, features: features)
        } catch let error as ModelError {
            throw error
        } catch {
            throw ModelError("\(bundle.modelPath): \(error)")
        }
    }

    /// Compiles both plans. The value called `crossing` passes between them in 8 bits where both sides have it so: a quarter
    /// of the memory in every frame.
    private func compileBorder(
        _ backbone: consuming Graph, _ heads: consuming Graph, by compiler: ModelCompiler, crossing: String?,
        size: NetworkSize
    ) throws -> CompiledNetwork {
        var crossingCompiler = compiler
        if ranges != nil, let crossing { crossingCompiler.quantizedPorts = [crossing] }
        let copy = crossingCompiler.quantizedPorts.isEmpty ? nil : heads
        var second = try crossingCompiler.prepare(consume heads)
        let reads8Bit = second.inputs.first?.layout == .quantized
        let first = try (reads8Bit ? crossingCompiler : compiler).prepare(consume backbone)
        if reads8Bit, first.outputs.first?.layout != .quantized, let copy { second = try compiler.prepare(copy) }
        HeapMemory.trim()
        return try CompiledNetwork(bundle: bundle, size: size, backbone: first.allocate(), heads: second.allocate())
    }

    /// Compiles the network for one input size as a single plan that owns the memory of its picture and logits: what
    /// frames one after the other need, and least memory. Allocates all of it.
    public func compileWhole(
        size: NetworkSize, kernels: KernelTable, threads: Int
    ) throws(ModelError) -> WholeNetwork {
        let graph = try specialised(for: size, keepsFile: false)
        let compiler = ModelCompiler(
            kernels: kernels, threads: threads, nativePorts: true,
            plainOutputs: Set(graph.outputs.map { graph[$0].name }), ranges: ranges, sparesConversions: true,
            ownsPorts: true)
        do throws(InferenceError) {
            let prepared = try compiler.prepare(consume graph)
            HeapMemory.trim()
            return WholeNetwork(prepared.allocate())
        } catch {
            throw ModelError("\(bundle.modelPath): \(error)")
        }
    }

    /// Backbone and heads of the specialised graph. The file's graph is given away.
    private func parts(
        for size: NetworkSize, keepsPreLogits: Bool
    ) throws(ModelError) -> (backbone: Graph, heads: Graph) {
        let specialised = try specialised(for: size, keepsFile: false)
        let name = bundle.description.tensors.preLogits
        guard let cut = specialised.value(named: name) else {
            throw ModelError(
                "\(bundle.modelPath) has no tensor '\(name)': correct tensors.pre_logits in "
                    + "model.yaml (densehybrid inspect --after import lists the tensors)")
        }
        if !keepsPreLogits, let logits = specialised.value(named: bundle.description.tensors.logits),
            let parts = specialised.split(behind: cut, before: logits)
        {
            return parts
        }
        do throws(GraphError) {
            return try specialised.split(at: cut)
        } catch {
            throw ModelError("\(bundle.modelPath): \(error)")
        }
    }

    /// Refuses a tap that this network cannot have, without compiling anything.
    func check(_ tap: FeatureTap, size: NetworkSize) throws(ModelError) {
        let specialised = try specialised(for: size)
        // What lacks the tensor is told by `compile`.
        guard let cut = specialised.value(named: bundle.description.tensors.preLogits) else { return }
        do {
            let heads = try specialised.split(at: cut).heads
            _ = try TappedHeads(tap, heads: heads, description: bundle.description, ranges: ranges)
        } catch let error as ModelError {
            throw error
        } catch {
            throw ModelError("\(bundle.modelPath): \(error)")
        }
    }

    /// The graph with every extent known and only the outputs that are used. Without `keepsFile` the weights are its alone.
    func specialised(for size: NetworkSize, keepsFile: Bool = true) throws(ModelError) -> Graph {
        let description = bundle.description
        try check(size)
        let graph = keepsFile ? try file.graph() : try file.taken()
        var specialised: Graph
        do throws(GraphError) {
            specialised = try GraphSpecializer.specialize(
                graph, inputs: [description.input.name: [1, 3, size.height, size.width]])
        } catch {
            throw refusal(of: size, by: error, graph)
        }
        let wanted = [description.tensors.logits] + [description.tensors.outlierLogits].compactMap { $0 }
        specialised.outputs = wanted.compactMap { specialised.value(named: $0) }
        return specialised
    }

    /// Refuses a size that `model.yaml` does not allow; the message names the multiple.
    func check(_ size: NetworkSize) throws(ModelError) {
        let multiple = bundle.description.input.sizeMultiple
        guard !isMultiple(size, of: multiple) else { return }
        throw ModelError(Self.refusal(of: size, multiple: multiple))
    }

    /// What to tell when the graph itself does not take `size`: the multiple that it does take, found by trying, or
    /// the node that refused.
    private func refusal(of size: NetworkSize, by error: GraphError, _ graph: Graph) -> ModelError {
        guard case .mismatch = error,
            let multiple = SizeMultiple.discover(graph, input: bundle.description.input.name),
            !isMultiple(size, of: multiple)
        else { return ModelError("size \(size): \(error)") }
        return ModelError(
            Self.refusal(of: size, multiple: multiple)
                + "; model.yaml says \(bundle.description.input.sizeMultiple), correct its input.size_multiple")
    }

    private static func refusal(of size: NetworkSize, multiple: Int) -> String {
        let width = SizeMultiple.nearest(to: size.width, multiple: multiple)
        let height = SizeMultiple.nearest(to: size.height, multiple: multiple)
        return "size \(size) is not allowed by this network: width and height must be multiples of \(multiple), "
            + "for instance \(width)x\(height)"
    }

    private func isMultiple(_ size: NetworkSize, of multiple: Int) -> Bool {
        size.width.isMultiple(of: multiple) && size.height.isMultiple(of: multiple)
    }
}
