extension ReferenceEvaluator {
    static func evaluateBatchNormalization(
        _ inputs: RawOperands, _ output: MutableRawTensor, epsilon: Float
    ) throws(Fault) {
        let work = BatchNormalizationWork(
            input: try inputs.required(0), scale: try inputs.required(1), bias: try inputs.required(2),
            mean: try inputs.required(3), variance: try inputs.required(4), output: output, epsilon: Double(epsilon))
        output.type.dispatchFloat(work)
    }

    static func evaluateChannelAffine(
        _ input: RawTensor, _ inputs: RawOperands, _ output: MutableRawTensor, _ activation: Activation
    ) {
        output.type.dispatchFloat(
            ChannelAffineWork(
                input: input, scale: inputs.optional(1), shift: inputs.optional(2), residual: inputs.optional(3),
                slope: inputs.optional(4), output: output, activation: activation))
    }

    static func evaluateParametricRelu(_ input: RawTensor, _ slope: RawTensor, _ output: MutableRawTensor) {
        let walk = StridedWalk(
            extents: output.dimensions, a: Extents.strides(input.dimensions),
            b: Extents.broadcastStrides(slope.dimensions, to: output.dimensions))
        output.type.dispatch(ParametricReluWork(walk: walk, input: input, slope: slope, output: output))
    }
}

/// A parameter with one entry per channel, or one for all.
struct ChannelParameter<Element: ReferenceFloat> {
    private let base: UnsafePointer<Element>?
    private let step: Int
    private let fallback: Double

    init(_ tensor: RawTensor?, fallback: Double) {
        base = tensor?.pointer(to: Element.self)
        step = (tensor?.count ?? 1) == 1 ? 0 : 1
        self.fallback = fallback
    }

    subscript(channel: Int) -> Double { base.map { Double($0[channel * step]) } ?? fallback }
}

/// A tensor seen as [batch, channel, inner]; tensors without a channel axis have one channel.
private struct ChannelBlocks {
    let batch: Int
    let channels: Int
    let inner: Int

    init(_ extents: [Int]) {
        batch = extents.count >= 2 ? extents[0] : 1
        channels = extents.count >= 2 ? extents[1] : 1
        inner = extents.count >= 2 ? extents[2...].reduce(1, *) : extents.reduce(1, *)
    }
}

private struct BatchNormalizationWork: FloatWork {
    let input: RawTensor
    let scale: RawTensor
    let bias: RawTensor
    let mean: RawTensor
    let variance: RawTensor
    let output: MutableRawTensor
    let epsilon: Double

    func run<Element: ReferenceFloat>(_ type: Element.Type) {
        let blocks = ChannelBlocks(input.dimensions)
        let source = input.pointer(to: type)
        let target = output.pointer(to: type)
        for block in 0..<blocks.batch * blocks.channels {
            let channel = block % blocks.channels
            let deviation = (Double(variance.pointer(to: type)[channel]) + epsilon).squareRoot()
            let factor = Double(scale.pointer(to: type)[channel]) / deviation
            let center = Double(mean.pointer(to: type)[channel])
            let offset = Double(bias.pointer(to: type)[channel])
            for index in block * blocks.inner..<(block + 1) * blocks.inner {
                target[index] = Element((Double(source[index]) - center) * factor + offset)
            }
        }
    }
}

private struct ChannelAffineWork: FloatWork {
    let input: RawTensor
    let scale: RawTensor?
    let shift: RawTensor?
    let residual: RawTensor?
    let slope: RawTensor?
    let output: MutableRawTensor
    let activation: Activation

    func run<Element: ReferenceFloat>(_ type: Element.Type) {
        let blocks = ChannelBlocks(input.dimensions)
        let scales = ChannelParameter<Element>(scale, fallback: 1)
        let shifts = ChannelParameter<Element>(shift, fallback: 0)
        let slopes = ChannelParameter<Element>(slope, fallback: 0)
        let source = input.pointer(to: type)
        let addend = residual?.pointer(to: type)
        let target = output.pointer(to: type)
        for block in 0..<blocks.batch * blocks.channels {
            let channel = block % blocks.channels
            let (factor, offset, slope) = (scales[channel], shifts[channel], slopes[channel])
            for index in block * blocks.inner..<(block + 1) * blocks.inner {
                let sum = Double(source[index]) * factor + offset + (addend.map { Double($0[index]) } ?? 0)
                target[index] = Element(sum.activated(activation, slope: slope))
            }
        }
    }
}

private struct ParametricReluWork: NumberWork {
    let walk: StridedWalk
    let input: RawTensor
    let slope: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_ type: Element.Type) {
        let source = input.pointer(to: type)
        let slopes = slope.pointer(to: type)
        let target = output.pointer(to: type)
        let (length, stride) = (walk.rowLength, walk.rowStride)
        var rows = walk.rows()
        while let (row, start) = rows.next() {
            for index in 0..<length {
                let x = source[start.a + index * stride.a]
                target[row * length + index] = x < .zero ? .times(x, slopes[start.b + index * stride.b]) : x
            }
        }
    }
}
