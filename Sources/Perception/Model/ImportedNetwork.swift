internal import Inference
public import Kernels
internal import ModelGraph
internal import OnnxImport

/// A model as it was read: not yet bound to a size. Immutable; `compile` may be called for any number of sizes.
public struct ImportedNetwork: Sendable {
    /// The folder it came from.
    public let bundle: ModelBundle
    private let graph: Graph

    /// Reads the network's file and checks it against the contract and `model.yaml`.
    public init(_ bundle: ModelBundle) throws(ModelError) {
        self.bundle = bundle
        do throws(OnnxImportError) {
            graph = try OnnxModel.load(contentsOf: bundle.modelPath)
        } catch {
            throw ModelError("\(bundle.modelPath): \(error)")
        }
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
    }

    /// Compiles the network for one input size: backbone and heads as two plans. Allocates their whole memory.
    public func compile(
        size: NetworkSize, kernels: KernelTable, threads: Int
    ) throws(ModelError) -> CompiledNetwork {
        let description = bundle.description
        let specialised = try specialised(for: size)
        guard let cut = specialised.value(named: description.tensors.preLogits) else {
            throw ModelError(
                "\(bundle.modelPath) has no tensor '\(description.tensors.preLogits)': correct tensors.pre_logits in "
                    + "model.yaml (densehybrid inspect --after import lists the tensors)")
        }
        let compiler = ModelCompiler(
            kernels: kernels, threads: threads, nativePorts: true,
            plainOutputs: Set(specialised.outputs.map { specialised[$0].name }))
        do {
            let parts = try specialised.split(at: cut)
            return try CompiledNetwork(
                bundle: bundle, size: size, backbone: try compiler.compile(parts.backbone),
                heads: try compiler.compile(parts.heads))
        } catch let error as ModelError {
            throw error
        } catch {
            throw ModelError("\(bundle.modelPath): \(error)")
        }
    }

    /// The graph with every extent known and only the outputs that are used.
    func specialised(for size: NetworkSize) throws(ModelError) -> Graph {
        let description = bundle.description
        try check(size)
        var specialised: Graph
        do throws(GraphError) {
            specialised = try GraphSpecializer.specialize(
                graph, inputs: [description.input.name: [1, 3, size.height, size.width]])
        } catch {
            throw ModelError("size \(size): \(error)")
        }
        let wanted = [description.tensors.logits] + [description.tensors.outlierLogits].compactMap { $0 }
        specialised.outputs = wanted.compactMap { specialised.value(named: $0) }
        return specialised
    }

    /// Refuses a size that the network's strides do not allow; the message names the multiple.
    func check(_ size: NetworkSize) throws(ModelError) {
        let multiple = bundle.description.input.sizeMultiple
        guard size.width % multiple != 0 || size.height % multiple != 0 else { return }
        func nearest(_ extent: Int) -> Int { max(1, (extent + multiple / 2) / multiple) * multiple }
        throw ModelError(
            "size \(size) is not allowed by this network: width and height must be multiples of \(multiple), "
                + "for instance \(nearest(size.width))x\(nearest(size.height))")
    }
}
