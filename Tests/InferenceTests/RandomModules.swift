import ModelGraph
import TestSupport

/// Larger pieces of networks that single steps compute: units of dilated branches and pooling pyramids, with random
/// extents, and sometimes with one part out of the ordinary, so that nothing may be fused that only looks alike.
extension RandomNetwork {
    typealias Picture = (id: ValueID, channels: Int, height: Int, width: Int)

    private func chance(_ percent: Int, _ random: inout SeededGenerator) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    /// Depthwise convolutions of one value, added up one after the other, concatenated, normalised and activated, then
    /// usually a pointwise convolution. `channels` are those of a branch; nil: a random number.
    mutating func branches(_ x: Picture, channels given: Int? = nil) {
        let channels = given ?? (chance(85, &random) ? 8 * Int.random(in: 1...2, using: &random) : 12)
        let count = Int.random(in: 2...4, using: &random)
        pointwise(x, outputs: channels)
        let input = pictures.last!
        let stride = Int.random(in: 1...2, using: &random)
        var sums: [Picture] = []
        for branch in 0..<count {
            depthwise(input, dilation: Int.random(in: 1...4, using: &random), stride: stride)
            if branch > 0 {
                let (sum, part) = (sums[branch - 1], pictures.last!)
                append(.binary(.add), [part.id, sum.id], part.channels, part.height, part.width)
            }
            sums.append(pictures.last!)
        }
        let part = sums[0]
        if chance(15, &random) { sums.swapAt(0, 1) }
        append(.concat(axis: 1), sums.map(\.id), channels * count, part.height, part.width)
        normalization(pictures.last!)
        let normal = pictures.last!
        append(
            .parametricRelu, [normal.id, constant([normal.channels, 1, 1])], normal.channels, normal.height,
            normal.width)
        let last = pictures.last!
        if chance(80, &random) {
            let groups = [1, 2, 4].filter { last.channels % $0 == 0 }.randomElement(using: &random)!
            let outputs = groups * Int.random(in: 1...12, using: &random)
            append(
                .convolution(Self.same(kernel: 1, groups: groups)),
                [last.id, constant([outputs, last.channels / groups, 1, 1])], outputs, last.height, last.width)
        }
    }

    /// A pointwise convolution.
    mutating func pointwise(_ x: Picture, outputs: Int) {
        append(
            .convolution(Self.same(kernel: 1)), [x.id, constant([outputs, x.channels, 1, 1])], outputs, x.height,
            x.width)
    }

    /// Branches at several scales, each filtered depthwise, brought back to one size, activated, filtered and added up.
    mutating func pyramid(_ x: Picture, scales: [Double] = [2.0, 1.5, 1.0, 0.5, 0.1, 1.3, 2.6]) {
        let scales = scales.shuffled(using: &random).prefix(
            Int.random(in: 2...4, using: &random))
        var sum: Picture?
        for scale in scales {
            scaled(x, by: scale)
            depthwise(pictures.last!, dilation: 1, stride: 1)
            let filtered = pictures.last!
            if let sum {
                append(.binary(.add), [filtered.id, sum.id], x.channels, x.height, x.width)
            }
            sum = pictures.last!
        }
    }

    /// A pyramid of few channels in long rows.
    mutating func widePyramid(_ x: Picture) {
        pointwise(x, outputs: [1, 2, 3, 5, 10].randomElement(using: &random)!)
        let thin = pictures.last!
        // Odd extents enlarged by 1.5 spread too far for planar rows.
        resize(
            thin, height: 2 * Int.random(in: 2...35, using: &random), width: 2 * Int.random(in: 20...45, using: &random)
        )
        pyramid(pictures.last!, scales: [2.0, 1.5, 1.0, 0.5, 0.1])
    }

    private mutating func scaled(_ x: Picture, by scale: Double) {
        let height = max(3, Int((Double(x.height) * scale).rounded(.up)))
        let width = max(3, Int((Double(x.width) * scale).rounded(.up)))
        if scale > 1 { resize(x, height: height, width: width) }
        if scale < 1 { adaptivePool(x, height: height, width: width) }
        depthwise(scale == 1 ? x : pictures.last!, dilation: 1, stride: 1)
        let filtered = pictures.last!
        if scale > 1 { adaptivePool(filtered, height: x.height, width: x.width) }
        if scale < 1 { resize(filtered, height: x.height, width: x.width) }
        if chance(80, &random) {
            normalization(pictures.last!)
            let normal = pictures.last!
            append(
                .parametricRelu, [normal.id, constant([normal.channels, 1, 1])], normal.channels, normal.height,
                normal.width)
        }
    }

    /// A smaller picture enlarged and added to another one, which a convolution may make and a gate may scale.
    mutating func upsampleSum(_ x: Picture) {
        let (height, width) = (
            Int.random(in: 1...x.height, using: &random), Int.random(in: 1...x.width, using: &random)
        )
        adaptivePool(x, height: height, width: width)
        resize(pictures.last!, height: x.height, width: x.width)
        let resized = pictures.last!
        var other = x
        if chance(60, &random) {
            depthwise(x, dilation: Int.random(in: 1...2, using: &random), stride: 1)
            other = pictures.last!
        }
        if chance(60, &random) {
            append(.globalAveragePool, [x.id], x.channels, 1, 1)
            let pooled = pictures.last!
            append(.binary(.mul), [other.id, pooled.id], x.channels, x.height, x.width)
            other = pictures.last!
        }
        let operands = Bool.random(using: &random) ? [other.id, resized.id] : [resized.id, other.id]
        append(.binary(.add), operands, x.channels, x.height, x.width)
        if chance(70, &random) { normalization(pictures.last!) }
        if chance(70, &random) {
            let normal = pictures.last!
            append(
                .parametricRelu, [normal.id, constant([normal.channels, 1, 1])], normal.channels, normal.height,
                normal.width)
        }
    }

    /// A smaller picture enlarged and added to what a grouped convolution makes of few channels a group.
    mutating func groupedSum(_ x: Picture) {
        let inputs = [2, 4, 8].randomElement(using: &random)!
        let groups = 8 / inputs * Int.random(in: 1...4, using: &random)
        let outputs = groups * Int.random(in: 1...3, using: &random)
        resize(
            x, height: Int.random(in: 2...20, using: &random),
            width: chance(70, &random)
                ? 16 * Int.random(in: 1...5, using: &random) : Int.random(in: 20...70, using: &random))
        pointwise(pictures.last!, outputs: groups * inputs)
        let wide = pictures.last!
        adaptivePool(wide, height: 3, width: 4)
        pointwise(pictures.last!, outputs: outputs)
        let small = pictures.last!
        resize(small, height: wide.height, width: wide.width)
        let resized = pictures.last!
        append(
            .convolution(Self.same(kernel: 3, groups: groups)), [wide.id, constant([outputs, inputs, 3, 3])], outputs,
            wide.height, wide.width)
        let made = pictures.last!
        append(.globalAveragePool, [small.id], outputs, 1, 1)
        append(.binary(.mul), [made.id, pictures.last!.id], outputs, wide.height, wide.width)
        append(.binary(.add), [pictures.last!.id, resized.id], outputs, wide.height, wide.width)
        normalization(pictures.last!)
    }

    /// A rung of a decoder: a picture normalised, activated and mixed, plus a smaller one enlarged, then normalised and
    /// filtered; sometimes the picture is read once more.
    mutating func ladder(_ x: Picture) {
        let (channels, outputs) = (Int.random(in: 1...70, using: &random), Int.random(in: 1...70, using: &random))
        append(
            .convolution(Self.same(kernel: 1)), [x.id, constant([channels, x.channels, 1, 1])], channels, x.height,
            x.width)
        let skip = pictures.last!
        let (height, width) = (
            Int.random(in: 1...x.height, using: &random), Int.random(in: 1...x.width, using: &random)
        )
        adaptivePool(skip, height: height, width: width)
        append(
            .convolution(Self.same(kernel: 1)), [pictures.last!.id, constant([outputs, channels, 1, 1])], outputs,
            height,
            width)
        resize(pictures.last!, height: x.height, width: x.width)
        let resized = pictures.last!
        normalization(skip)
        append(.unary(.relu), [pictures.last!.id], channels, x.height, x.width)
        append(
            .convolution(Self.same(kernel: 1)), [pictures.last!.id, constant([outputs, channels, 1, 1])], outputs,
            x.height, x.width)
        let mixed = pictures.last!
        let operands = Bool.random(using: &random) ? [mixed.id, resized.id] : [resized.id, mixed.id]
        append(.binary(.add), operands, outputs, x.height, x.width)
        normalization(pictures.last!)
        if chance(70, &random) {
            append(
                .convolution(Self.same(kernel: 3)), [pictures.last!.id, constant([channels, outputs, 3, 3])], channels,
                x.height, x.width)
            if chance(30, &random) {
                append(.binary(.add), [pictures.last!.id, skip.id], channels, x.height, x.width)
            }
        }
    }

    /// A convolution of a picture plus the picture, normalised and activated, in front of one more convolution: all of it
    /// runs in 8 bits.
    mutating func scaledSum(kernel: Int, isDepthwise: Bool, height: Int, width: Int) {
        let channels = Int.random(in: 33...40, using: &random)
        resize(pictures[0], height: height, width: width)
        append(
            .convolution(Self.same(kernel: 1)), [pictures.last!.id, constant([channels, pictures[0].channels, 1, 1])],
            channels, height, width)
        append(.unary(.relu), [pictures.last!.id], channels, height, width)
        let x = pictures.last!
        append(
            .convolution(Self.same(kernel: kernel, groups: isDepthwise ? channels : 1)),
            [x.id, constant([channels, isDepthwise ? 1 : channels, kernel, kernel])], channels, height, width)
        append(.binary(.add), [pictures.last!.id, x.id], channels, height, width)
        normalization(pictures.last!)
        if case .batchNormalization = graph.nodes.last!.operation, chance(50, &random) {
            append(.parametricRelu, [pictures.last!.id, constant([channels, 1, 1])], channels, height, width)
        }
        // A pointwise one would take them as its prologue.
        append(
            .convolution(Self.same(kernel: 3)), [pictures.last!.id, constant([8, channels, 3, 3])], 8, height, width)
    }

    /// What chains are made of: a convolution and a pointwise one with something between them in the list, a concatenation
    /// to which a pointwise convolution of another map is added, and one more pointwise convolution. Returns the values
    /// that nothing reads.
    mutating func chain(_ x: Picture) -> [ValueID] {
        let channels = 8 * Int.random(in: 1...3, using: &random)
        append(
            .convolution(Self.same(kernel: 3)), [x.id, constant([channels, x.channels, 3, 3])], channels, x.height,
            x.width)
        let made = pictures.last!
        adaptivePool(made, height: 3, width: 2)
        let pooled = pictures.last!
        pointwise(made, outputs: Int.random(in: 1...20, using: &random))
        let mixed = pictures.last!
        let parts = 8 * Int.random(in: 1...3, using: &random)
        append(
            .convolution(Self.same(kernel: 3)), [made.id, constant([parts, channels, 3, 3])], parts, x.height, x.width)
        let part = pictures.last!
        append(.concat(axis: 1), [made.id, part.id], channels + parts, x.height, x.width)
        let whole = pictures.last!
        depthwise(x, dilation: 1, stride: 1)
        pointwise(pictures.last!, outputs: whole.channels)
        append(.binary(.add), [whole.id, pictures.last!.id], whole.channels, x.height, x.width)
        let sum = pictures.last!
        append(.parametricRelu, [sum.id, constant([sum.channels, 1, 1])], sum.channels, x.height, x.width)
        pointwise(pictures.last!, outputs: 8 * Int.random(in: 1...3, using: &random))
        branches(pictures.last!)
        pointwise(pictures.last!, outputs: 8 * Int.random(in: 1...3, using: &random))
        let map = pictures.last!
        pointwise(map, outputs: Int.random(in: 1...20, using: &random))
        depthwise(pictures.last!, dilation: 1, stride: 1)
        let filtered = pictures.last!
        pointwise(map, outputs: Int.random(in: 1...4, using: &random))
        return [pooled.id, mixed.id, filtered.id, pictures.last!.id]
    }

    /// A sum with an enlarged picture, a convolution that alone reads it or does so beside another one with few outputs, and
    /// perhaps a pool. The map's channels fill their planes.
    mutating func chainedSum(_ x: Picture) -> [ValueID] {
        pointwise(x, outputs: 8 * Int.random(in: 1...4, using: &random))
        upsampleSum(pictures.last!)
        let sum = pictures.last!
        pointwise(sum, outputs: Int.random(in: 5...20, using: &random))
        depthwise(pictures.last!, dilation: 1, stride: 1)
        var outputs = [pictures.last!.id]
        if chance(60, &random) {
            pointwise(sum, outputs: Int.random(in: 1...4, using: &random))
            outputs.append(pictures.last!.id)
        }
        if chance(30, &random) {
            adaptivePool(sum, height: 3, width: 2)
            outputs.append(pictures.last!.id)
        }
        return outputs
    }

    /// A wide map that a convolution reads, and a grouped one whose result an enlarged picture is added to.
    mutating func sumOfWideMap() -> [ValueID] {
        resize(
            pictures[0], height: Int.random(in: 2...20, using: &random),
            width: 16 * Int.random(in: 1...5, using: &random))
        pointwise(pictures.last!, outputs: 64)
        let wide = pictures.last!
        pointwise(wide, outputs: 48)
        let reader = pictures.last!
        adaptivePool(wide, height: 3, width: 4)
        pointwise(pictures.last!, outputs: 24)
        resize(pictures.last!, height: wide.height, width: wide.width)
        let resized = pictures.last!
        append(
            .convolution(Self.same(kernel: 3, groups: 8)), [wide.id, constant([24, 8, 3, 3])], 24, wide.height,
            wide.width)
        append(.unary(.relu), [pictures.last!.id], 24, wide.height, wide.width)
        append(.binary(.add), [pictures.last!.id, resized.id], 24, wide.height, wide.width)
        return [reader.id, pictures.last!.id]
    }

    /// Branches and a convolution of them, concatenated with a smaller picture and added to by a convolution, which another
    /// one reads. Returns the convolutions that stay in fp32.
    mutating func storedBranches() -> Set<String> {
        let x = pictures[0]
        branches(x, channels: 8)
        let last = pictures.last!
        adaptivePool(x, height: last.height, width: last.width)
        let pooled = pictures.last!
        pointwise(pooled, outputs: 32)
        let first = pictures.last!
        var exact = [graph.nodes.last!.name]
        pointwise(last, outputs: 32 * Int.random(in: 1...2, using: &random))
        let made = pictures.last!
        exact.append(graph.nodes.last!.name)
        let channels = 32 + made.channels
        append(.concat(axis: 1), [first.id, made.id], channels, last.height, last.width)
        let whole = pictures.last!
        pointwise(pooled, outputs: channels)
        append(.binary(.add), [pictures.last!.id, whole.id], channels, last.height, last.width)
        append(.unary(.relu), [pictures.last!.id], channels, last.height, last.width)
        pointwise(pictures.last!, outputs: 40)
        return Set(exact)
    }

    private mutating func depthwise(_ x: Picture, dilation: Int, stride: Int) {
        var attributes = Self.same(kernel: 3, dilation: dilation, groups: x.channels)
        attributes.strides = [stride, stride]
        var inputs: [ValueID?] = [x.id, constant([x.channels, 1, 3, 3])]
        if Bool.random(using: &random) { inputs.append(constant([x.channels])) }
        append(
            .convolution(attributes), inputs, x.channels, (x.height - 1) / stride + 1, (x.width - 1) / stride + 1)
    }

    private mutating func adaptivePool(_ x: Picture, height: Int, width: Int) {
        let size = graph.add(
            Value(
                name: "size", type: .int64, shape: [.known(2)],
                constant: HostTensor([Int64(height), Int64(width)], dimensions: [2])))
        append(.adaptiveAveragePool, [x.id, size], x.channels, height, width)
    }

    private mutating func resize(_ x: Picture, height: Int, width: Int) {
        var attributes = Resize()
        attributes.mode = .linear
        attributes.coordinates = [.halfPixel, .alignCorners].randomElement(using: &random)!
        let size = graph.add(
            Value(
                name: "sizes", type: .int64, shape: [.known(4)],
                constant: HostTensor([1, Int64(x.channels), Int64(height), Int64(width)], dimensions: [4])))
        append(.resize(attributes), [x.id, nil, nil, size], x.channels, height, width)
    }

    private static func same(kernel: Int, dilation: Int = 1, groups: Int = 1) -> Convolution {
        let pad = dilation * (kernel - 1) / 2
        return Convolution(
            kernel: [kernel, kernel], strides: [1, 1], dilations: [dilation, dilation],
            padding: .explicit(begin: [pad, pad], end: [pad, pad]), groups: groups)
    }
}
