import ModelGraph
import TestSupport

/// Grows a random network of the kinds of layers that the engine fuses, with batch 1 and small odd extents.
struct RandomNetwork {
    var graph = Graph(name: "random")
    var random: SeededGenerator
    private(set) var pictures: [(id: ValueID, channels: Int, height: Int, width: Int)] = []

    init(random: SeededGenerator, nodes: Int) {
        self.random = random
        let channels = Int.random(in: 1...20, using: &self.random)
        let (height, width) = (Int.random(in: 3...19, using: &self.random), Int.random(in: 3...27, using: &self.random))
        let input = graph.add(
            Value(name: "image", shape: [.known(1), .known(channels), .known(height), .known(width)]))
        graph.inputs = [input]
        pictures.append((input, channels, height, width))
        for _ in 0..<nodes { grow() }
        graph.outputs = [pictures.last!.id]
        if pictures.count > 2, Bool.random(using: &self.random) {
            graph.outputs.append(pictures[pictures.count / 2].id)
        }
    }

    private mutating func grow() {
        // Recent values more often, so that chains form and fuse.
        let pick = max(0, pictures.count - 1 - Int.random(in: 0...2, using: &random))
        let x = pictures[pick]
        switch Int.random(in: 0...14, using: &random) {
        case 0, 1, 2: convolution(x)
        case 3: normalization(x)
        case 4: append(.unary(.relu), [x.id], x.channels, x.height, x.width)
        case 5:
            let slope = constant([x.channels, 1, 1])
            append(.parametricRelu, [x.id, slope], x.channels, x.height, x.width)
        case 6:
            let same = pictures.filter { $0.channels == x.channels && $0.height == x.height && $0.width == x.width }
            let other = same.randomElement(using: &random) ?? x
            append(.binary(.add), [x.id, other.id], x.channels, x.height, x.width)
        case 7:
            let same = pictures.filter { $0.height == x.height && $0.width == x.width }
            let parts = [x] + (0..<2).compactMap { _ in same.randomElement(using: &random) }
            let sum = parts.reduce(0) { $0 + $1.channels }
            if sum <= 96 { append(.concat(axis: 1), parts.map(\.id), sum, x.height, x.width) }
        case 8: pool(x)
        case 9: resize(x)
        case 10:
            let (height, width) = (Int.random(in: 1...9, using: &random), Int.random(in: 1...9, using: &random))
            let size = graph.add(
                Value(
                    name: "size", type: .int64, shape: [.known(2)],
                    constant: HostTensor([Int64(height), Int64(width)], dimensions: [2])))
            append(.adaptiveAveragePool, [x.id, size], x.channels, height, width)
        case 11: branches(x)
        case 12: pyramid(x)
        case 13: upsampleSum(x)
        default:
            append(.globalAveragePool, [x.id], x.channels, 1, 1)
            let gate = pictures.removeLast()
            append(.unary(.sigmoid), [gate.id], x.channels, 1, 1)
            let squashed = pictures.removeLast()
            append(.binary(.mul), [x.id, squashed.id], x.channels, x.height, x.width)
        }
    }

    private mutating func convolution(_ x: (id: ValueID, channels: Int, height: Int, width: Int)) {
        let groups = [1, 1, 1, 1, x.channels, x.channels / 2, x.channels / 4, x.channels / 8].filter {
            $0 > 0 && x.channels % $0 == 0
        }.randomElement(using: &random)!
        let outputs =
            groups == 1 ? Int.random(in: 1...40, using: &random) : groups * Int.random(in: 1...3, using: &random)
        let kernel = [1, 1, 3, 5].randomElement(using: &random)!
        let stride = Int.random(in: 1...2, using: &random)
        let dilation = Int.random(in: 1...4, using: &random)
        let pad = Int.random(in: 0...kernel * dilation, using: &random)
        let reach = dilation * (kernel - 1)
        let height = (x.height + 2 * pad - reach - 1) / stride + 1
        let width = (x.width + 2 * pad - reach - 1) / stride + 1
        guard x.height + 2 * pad > reach, x.width + 2 * pad > reach, height * width < 4000 else { return }
        let weights = constant([outputs, x.channels / groups, kernel, kernel])
        var inputs: [ValueID?] = [x.id, weights]
        if Bool.random(using: &random) { inputs.append(constant([outputs])) }
        let attributes = Convolution(
            kernel: [kernel, kernel], strides: [stride, stride], dilations: [dilation, dilation],
            padding: .explicit(begin: [pad, pad], end: [pad, pad]), groups: groups)
        append(.convolution(attributes), inputs, outputs, height, width)
    }

    mutating func normalization(_ x: (id: ValueID, channels: Int, height: Int, width: Int)) {
        let variance = graph.add(
            Value(
                name: "variance", shape: [.known(x.channels)],
                constant: HostTensor(
                    (0..<x.channels).map { _ in Float.random(in: 0.5...2, using: &random) }, dimensions: [x.channels])))
        let inputs = [x.id, constant([x.channels]), constant([x.channels]), constant([x.channels]), variance]
        append(.batchNormalization(epsilon: 1e-5), inputs, x.channels, x.height, x.width)
        if Bool.random(using: &random) { append(.unary(.relu), [pictures.last!.id], x.channels, x.height, x.width) }
    }

    private mutating func pool(_ x: (id: ValueID, channels: Int, height: Int, width: Int)) {
        let kernel = Int.random(in: 2...3, using: &random)
        let stride = Int.random(in: 1...2, using: &random)
        let pad = Int.random(in: 0...1, using: &random)
        let height = (x.height + 2 * pad - kernel) / stride + 1
        let width = (x.width + 2 * pad - kernel) / stride + 1
        guard x.height + 2 * pad >= kernel, x.width + 2 * pad >= kernel else { return }
        let attributes = Pooling(
            kind: Bool.random(using: &random) ? .max : .average, kernel: [kernel, kernel], strides: [stride, stride],
            padding: .explicit(begin: [pad, pad], end: [pad, pad]), countIncludesPadding: Bool.random(using: &random))
        append(.pool(attributes), [x.id], x.channels, height, width)
    }

    mutating func resize(_ x: (id: ValueID, channels: Int, height: Int, width: Int)) {
        var attributes = Resize()
        attributes.mode = .linear
        attributes.coordinates = [.halfPixel, .alignCorners, .asymmetric].randomElement(using: &random)!
        let (height, width) = (Int.random(in: 1...30, using: &random), Int.random(in: 1...30, using: &random))
        let size = graph.add(
            Value(
                name: "sizes", type: .int64, shape: [.known(4)],
                constant: HostTensor([1, Int64(x.channels), Int64(height), Int64(width)], dimensions: [4])))
        append(.resize(attributes), [x.id, nil, nil, size], x.channels, height, width)
    }

    mutating func constant(_ dimensions: [Int]) -> ValueID {
        let elements = (0..<dimensions.reduce(1, *)).map { _ in Float.random(in: -0.5...0.5, using: &random) }
        return graph.add(
            Value(
                name: "constant\(graph.values.count)", shape: dimensions.map(Dimension.known),
                constant: HostTensor(elements, dimensions: dimensions)))
    }

    mutating func append(
        _ operation: Operation, _ inputs: [ValueID?], _ channels: Int, _ height: Int, _ width: Int
    ) {
        let name = "\(operation.operatorName)\(graph.nodes.count)"
        let output = graph.add(Value(name: name, shape: [.known(1), .known(channels), .known(height), .known(width)]))
        graph.nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: [output]))
        pictures.append((output, channels, height, width))
    }
}
