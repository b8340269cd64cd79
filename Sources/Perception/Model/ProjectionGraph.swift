internal import ModelGraph
internal import OpenSet

/// Graph of the third plan: features -> one 1x1 convolution -> what the score's last step reads.
struct ProjectionGraph {
    let graph: Graph
    /// Whether its result is planar.
    let isPlain: Bool
    /// The result's name.
    static let output = "projected features"

    /// `features` is what the plan reads, with known extents; `last` the last convolution, and `classes` the planes of the
    /// K classes among its outputs, for ReAct. `shared` keeps what does not depend on the size.
    init(
        _ reading: FeatureReading, _ statistics: ScoreStatistics, _ shared: SharedProjection, features: Value,
        last: LastConvolution?, classes: [Int32]
    ) throws(ModelError) {
        guard let extents = features.dimensions, extents.count == 4 else {
            throw ModelError("'\(features.name)' is no picture of features")
        }
        var graph = Graph(name: "feature score")
        let input = graph.add(features)
        graph.inputs = [input]
        do throws(OpenSetError) {
            switch reading {
            case .clampedLogits:
                guard let limit = statistics.activationLimit, let last else {
                    throw .classes(
                        "the statistics hold no activation limit: make them with 'densehybrid calibrate statistics FRAMES'"
                    )
                }
                guard limit.tensor == features.name else {
                    throw .classes(
                        "the activation limit is of '\(limit.tensor)', not of '\(features.name)': calibrate statistics again"
                    )
                }
                Self.clamp(&graph, input, Float(limit.limit), last, classes, extents)
                isPlain = true
            case .classDistances, .principalShare:
                guard let measured = statistics.features else {
                    throw .classes(
                        "the statistics hold no features: make them with 'densehybrid calibrate statistics FRAMES'")
                }
                guard measured.tensor == features.name, measured.channels == extents[1] else {
                    throw .classes(
                        "statistics of '\(measured.tensor)' with \(measured.channels) channels do not fit "
                            + "'\(features.name)' with \(extents[1]): calibrate statistics again")
                }
                let projection = try shared.projection(reading, of: measured)
                Self.convolve(&graph, input, projection.weights.flatMap { $0 }, projection.bias, extents)
                isPlain = false
            }
        } catch {
            throw ModelError(error.description)
        }
        self.graph = graph
    }

    /// min(f, c) = c - relu(c - f): an affine step and the last convolution with its weights negated, which the compiler
    /// makes one step of.
    private static func clamp(
        _ graph: inout Graph, _ input: ValueID, _ limit: Float, _ last: LastConvolution, _ classes: [Int32],
        _ extents: [Int]
    ) {
        let channels = last.channels
        func vector(_ value: Float, _ name: String) -> ValueID {
            graph.add(
                Value(
                    name: name, shape: [.known(channels)],
                    constant: HostTensor([Float](repeating: value, count: channels), dimensions: [channels])))
        }
        let below = graph.add(Value(name: "below the limit", shape: extents.map(Dimension.known)))
        graph.nodes.append(
            Node(
                name: "below the limit", operation: .channelAffine(.relu),
                inputs: [input, vector(-1, "minus one"), vector(limit, "limit")], outputs: [below]))
        var weights: [Float] = []
        var bias: [Float] = []
        for plane in classes {
            let row = last.weights[Int(plane) * channels..<(Int(plane) + 1) * channels]
            weights += row.map { -$0 }
            bias.append(Float(row.reduce(Double(last.bias[Int(plane)])) { $0 + Double($1) * Double(limit) }))
        }
        convolve(&graph, below, weights, bias, extents)
    }

    private static func convolve(
        _ graph: inout Graph, _ input: ValueID, _ weights: [Float], _ bias: [Float], _ extents: [Int]
    ) {
        let shape = [bias.count, extents[1], 1, 1]
        let kernel = graph.add(
            Value(
                name: "projection", shape: shape.map(Dimension.known),
                constant: HostTensor(weights, dimensions: shape)))
        let offsets = graph.add(
            Value(
                name: "offsets", shape: [.known(bias.count)], constant: HostTensor(bias, dimensions: [bias.count])))
        let result = graph.add(
            Value(name: output, shape: [extents[0], bias.count, extents[2], extents[3]].map(Dimension.known)))
        graph.nodes.append(
            Node(
                name: output, operation: .convolution(Convolution(kernel: [1, 1])), inputs: [input, kernel, offsets],
                outputs: [result]))
        graph.outputs = [result]
    }
}
