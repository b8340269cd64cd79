public import ModelGraph

/// What the pipeline needs of a model: an input `image` [1, 3, H, W] of float32, already normalised, an output `logits`
/// [1, K, h, w], and, when the network has the outlier head, an output `outlier_logits` [1, 2, h, w].
public struct ModelContract: Sendable {
    /// Name of the input.
    public static let imageName = "image"
    /// Name of the class logits.
    public static let logitsName = "logits"
    /// Name of the outlier head's logits; channel 1 speaks for outliers.
    public static let outlierLogitsName = "outlier_logits"

    /// The input.
    public let image: ValueID
    /// The class logits.
    public let logits: ValueID
    /// The outlier head's logits; nil for a network without the head, which leaves the logit-only scores.
    public let outlierLogits: ValueID?
    /// Height of the input, when the file fixes it.
    public let fixedHeight: Int?
    /// Width of the input, when the file fixes it.
    public let fixedWidth: Int?

    /// Checks `graph`, before or after specialisation: what is known of shapes must fit.
    ///
    /// - Throws: `OnnxImportError.contract`, which says what is there instead.
    public init(of graph: Graph) throws(OnnxImportError) {
        image = try Self.imageInput(of: graph)
        let extents = graph[image].shape ?? []
        fixedHeight = extents.count == 4 ? Self.known(extents[2]) : nil
        fixedWidth = extents.count == 4 ? Self.known(extents[3]) : nil
        guard let logits = Self.output(Self.logitsName, of: graph) else {
            throw .contract(
                problem: "it has no output 'logits' (its outputs: \(Self.names(graph.outputs, graph)))",
                remedy: "export the class logits under that name")
        }
        self.logits = logits
        outlierLogits = Self.output(Self.outlierLogitsName, of: graph)
        try Self.check(logits, of: graph, channels: nil, as: "[1, K, h, w]")
        if let outlierLogits { try Self.check(outlierLogits, of: graph, channels: 2, as: "[1, 2, h, w]") }
    }

    /// The value where backbone and heads part.
    ///
    /// - Throws: `OnnxImportError.contract` when `graph` computes no value of that name.
    public static func preLogits(named name: String, in graph: Graph) throws(OnnxImportError) -> ValueID {
        guard let id = graph.value(named: name), graph[id].constant == nil, !graph.inputs.contains(id) else {
            throw .contract(
                problem: "no node makes the pre-logits \(quoted(name))",
                remedy: "name the tensor that enters the heads in model.yaml (pre_logits)")
        }
        return id
    }

    private static func imageInput(of graph: Graph) throws(OnnxImportError) -> ValueID {
        guard graph.inputs.count == 1, let image = graph.inputs.first, graph[image].name == imageName else {
            throw .contract(
                problem: "its inputs are \(names(graph.inputs, graph)), and must be 'image' alone",
                remedy: "export it with one input 'image'")
        }
        guard graph[image].type == .float32 else {
            throw .contract(
                problem: "the input 'image' is of type \(graph[image].type.rawValue)",
                remedy: "export it with a float32 input (normalisation is the pipeline's)")
        }
        guard let shape = graph[image].shape, shape.count == 4, fits(shape[0], 1), fits(shape[1], 3) else {
            throw .contract(
                problem: "the input 'image' is \(describe(graph[image].shape)), and must be [1, 3, H, W]",
                remedy: "export it for one picture of three channels")
        }
        return image
    }

    private static func check(
        _ id: ValueID, of graph: Graph, channels: Int?, as expected: String
    ) throws(OnnxImportError) {
        let value = graph[id]
        let shape = value.shape ?? [.unknown, .unknown, .unknown, .unknown]
        guard value.type == .float32, shape.count == 4, fits(shape[0], 1), channels.map({ fits(shape[1], $0) }) ?? true
        else {
            throw .contract(
                problem: "the output \(quoted(value.name)) is \(value.type.rawValue) \(describe(value.shape)), "
                    + "and must be float32 \(expected)",
                remedy: "export the logits before any upsampling or softmax")
        }
    }

    private static func output(_ name: String, of graph: Graph) -> ValueID? {
        graph.outputs.first { graph[$0].name == name }
    }

    private static func known(_ dimension: Dimension) -> Int? {
        if case .known(let extent) = dimension { extent } else { nil }
    }

    private static func fits(_ dimension: Dimension, _ extent: Int) -> Bool {
        known(dimension).map { $0 == extent } ?? true
    }

    private static func names(_ ids: [ValueID], _ graph: Graph) -> String {
        let shown = ids.prefix(4).map { quoted(graph[$0].name) }.joined(separator: ", ")
        return ids.isEmpty ? "none" : ids.count > 4 ? shown + ", ..." : shown
    }

    private static func describe(_ shape: [Dimension]?) -> String {
        guard let shape else { return "of unknown shape" }
        let extents = shape.prefix(8).map { dimension in
            switch dimension {
            case .known(let extent): String(extent)
            case .symbolic(let symbol): oneLine(symbol)
            case .unknown: "?"
            }
        }
        return "[" + extents.joined(separator: ", ") + (shape.count > 8 ? ", ..." : "") + "]"
    }
}
