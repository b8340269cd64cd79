internal import ModelGraph

/// One convolution that the kernel case runs. Sizes are those of its input.
public struct ConvolutionShape: Sendable, Encodable, Equatable {
    /// Input channels.
    public let inputs: Int
    /// Output channels.
    public let outputs: Int
    /// Width and height of the window.
    public let window: Int
    /// Distance of windows.
    public let stride: Int
    /// Distance of taps.
    public let dilation: Int
    /// Independent groups of channels; as many as channels for a depthwise convolution.
    public let groups: Int
    /// Height of the input.
    public let height: Int
    /// Width of the input.
    public let width: Int

    /// A convolution that keeps the size (at stride 1).
    public init(
        _ inputs: Int, _ outputs: Int, window: Int, stride: Int = 1, dilation: Int = 1, groups: Int = 1,
        height: Int, width: Int
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.window = window
        self.stride = stride
        self.dilation = dilation
        self.groups = groups
        self.height = height
        self.width = width
    }

    /// For instance `3x3 128->32 @256x512`.
    public var name: String {
        var text = "\(window)x\(window) \(inputs)->\(outputs)"
        if groups > 1 { text += groups == inputs ? " depthwise" : " g\(groups)" }
        if stride > 1 { text += " s\(stride)" }
        if dilation > 1 { text += " d\(dilation)" }
        return text + " @\(height)x\(width)"
    }

    /// What the kinds of network here consist of: Ladder DenseNet-121 at 1024x2048 (dense layers, decoder, skips, stem)
    /// and ESPNetv2 at 512x1024 (grouped and depthwise).
    public static let all: [ConvolutionShape] = [
        .init(3, 64, window: 7, stride: 2, height: 1024, width: 2048),
        .init(64, 128, window: 1, height: 256, width: 512),
        .init(128, 128, window: 1, height: 256, width: 512),
        .init(224, 128, window: 1, height: 256, width: 512),
        .init(480, 128, window: 1, height: 128, width: 256),
        .init(992, 128, window: 1, height: 64, width: 128),
        .init(992, 128, window: 1, height: 32, width: 64),
        .init(256, 256, window: 1, height: 256, width: 512),
        .init(512, 256, window: 1, height: 128, width: 256),
        .init(1024, 512, window: 1, height: 64, width: 128),
        .init(128, 32, window: 3, height: 256, width: 512),
        .init(128, 32, window: 3, height: 128, width: 256),
        .init(128, 32, window: 3, height: 64, width: 128),
        .init(128, 32, window: 3, height: 32, width: 64),
        .init(256, 128, window: 3, height: 256, width: 512),
        .init(256, 256, window: 3, height: 128, width: 256),
        .init(512, 256, window: 3, height: 64, width: 128),
        .init(256, 64, window: 1, groups: 4, height: 64, width: 128),
        .init(256, 256, window: 1, groups: 4, height: 64, width: 128),
        .init(64, 64, window: 3, groups: 64, height: 64, width: 128),
        .init(64, 64, window: 3, dilation: 4, groups: 64, height: 64, width: 128),
        .init(32, 32, window: 3, groups: 32, height: 256, width: 512),
    ]

    /// Two that a test can run in a moment.
    public static let small: [ConvolutionShape] = [
        .init(16, 24, window: 3, height: 17, width: 23), .init(32, 16, window: 1, height: 12, width: 20),
    ]

    /// A network of this one layer with weights of no meaning; its output is what the layer gives.
    func graph() -> Graph {
        var graph = Graph(name: name)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func random() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 33)) / Float(1 << 30) - 1
        }
        let padding = dilation * (window - 1) / 2
        let taps = window * window
        let extents = [outputs, inputs / groups, window, window]
        let scale = (2 / Float(inputs / groups * taps)).squareRoot()
        let values = (0..<extents.reduce(1, *)).map { _ in random() * scale }
        let image = graph.add(Value(name: "image", shape: [1, inputs, height, width].map { .known($0) }))
        let weights = graph.add(
            Value(
                name: "weights", shape: extents.map { .known($0) },
                constant: HostTensor(values, dimensions: extents)))
        let bias = graph.add(
            Value(
                name: "bias", shape: [.known(outputs)],
                constant: HostTensor((0..<outputs).map { _ in random() }, dimensions: [outputs])))
        func extent(_ size: Int) -> Int { (size + 2 * padding - dilation * (window - 1) - 1) / stride + 1 }
        let result = graph.add(
            Value(name: "result", shape: [1, outputs, extent(height), extent(width)].map { .known($0) }))
        graph.inputs = [image]
        graph.outputs = [result]
        graph.nodes = [
            Node(
                name: name,
                operation: .convolution(
                    Convolution(
                        kernel: [window, window], strides: [stride, stride], dilations: [dilation, dilation],
                        padding: .explicit(begin: [padding, padding], end: [padding, padding]), groups: groups)),
                inputs: [image, weights, bias], outputs: [result])
        ]
        return graph
    }
}
