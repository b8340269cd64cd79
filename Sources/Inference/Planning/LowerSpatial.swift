internal import CKernels
internal import ModelGraph

extension PlanBuilder {
    func window(_ attributes: Pooling, input: ImageShape, output: ImageShape) -> Window {
        Window(
            input: input, output: output, kernel: attributes.kernel, strides: attributes.strides,
            dilations: attributes.dilations, padding: attributes.padding)
    }

    /// Whether every window touches the input.
    func poolIsFast(_ attributes: Pooling, input: ImageShape, output: ImageShape) -> Bool {
        guard attributes.kernel.count == 2, input.channels == output.channels, input.blockedBytes < Int(Int32.max)
        else {
            return false
        }
        let window = window(attributes, input: input, output: output)
        return window.rows.spans.allSatisfy { !$0.taps.isEmpty } && window.columns.spans.allSatisfy { !$0.taps.isEmpty }
    }

    mutating func lowerPool() {
        guard case .pool(let attributes) = node.operation, let inputID = node.input(0),
            let input = graph.image(inputID), let output = graph.image(node.outputs[0])
        else { return }
        let window = window(attributes, input: input, output: output)
        if lowerPackedPool(attributes, window: window, input: input, output: output) { return }
        let source = operand(inputID, as: .blocked)
        let target = destination(node.outputs[0], as: .blocked)
        let rowBytes = input.width * 32
        var tables: [PoolStep.Table] = []
        for row in window.rows.spans {
            for column in window.columns.spans {
                var offsets: [Int32] = []
                for y in row.taps {
                    for x in column.taps {
                        offsets.append(Int32(y * window.rows.dilation * rowBytes + x * window.columns.dilation * 32))
                    }
                }
                let divisor = attributes.countIncludesPadding ? row.counted * column.counted : offsets.count
                tables.append(
                    .init(offsets: memory.store(offsets), count: Int32(offsets.count), factor: 1 / Float(divisor)))
            }
        }
        let prologue = [1, 2].map { position in
            graph.floats(node.input(position)).map { memory.store($0, paddedTo: input.planes * 8) }
        }
        let means = rowMeans(of: inputID, image: input, groups: output.height)
        let step = PoolStep(
            function: kernels.spatial.pool, input: source, output: target, scale: prologue[0], shift: prologue[1],
            columns: columnTable(window), columnCount: Int32(window.columns.spans.count),
            spanOfRow: memory.store(window.spanOfRow), tables: memory.store(tables), isMax: attributes.kind == .max,
            rowStep: window.rows.stride * rowBytes,
            pixelStep: window.columns.stride * 32,
            origin: -(window.rows.padBegin * rowBytes + window.columns.padBegin * 32),
            inputPlaneBytes: input.planeBytes, outputWidth: output.width, outputPlaneBytes: output.planeBytes,
            bands: bands(output), means: means)
        emit(
            .pool(step), kind: poolKind(attributes), kernel: "\(instructionSetName)", reads: [source],
            writes: [target, means?.output ?? .none])
    }

    /// Averages of `groups` groups of rows of `id`, where a later node averages all of it and the groups are equal; that node
    /// will find them.
    private mutating func rowMeans(of id: ValueID, image: ImageShape, groups: Int) -> RowMeans? {
        // A plane that stays in the cache is read once more at no cost.
        guard image.height % groups == 0, image.planeBytes > Self.smallPlane, rowMeans[id.index] == nil,
            graph.nodes[(position + 1)...].contains(where: { $0.input(0) == id && averagesAll($0) })
        else { return nil }
        let place = addArena(byteCount: image.planes * groups * 32)
        rowMeans[id.index] = place
        return RowMeans(
            function: kernels.spatial.adaptive, output: place, begin: memory.store([0]),
            end: memory.store([Int32(image.width)]), width: image.width, rows: image.height / groups, groups: groups)
    }

    /// Bytes of a plane up to which averaging it is left to a step of its own.
    private static let smallPlane = 16 << 10

    /// Whether a node is a fast pool of a map to one pixel.
    private func averagesAll(_ node: Node) -> Bool {
        switch lowering(of: node) {
        case .globalPool, .adaptivePool: graph.image(node.outputs[0])?.pixels == 1
        default: false
        }
    }

    /// What the node at hand, a pool, is called in listings.
    func poolKind(_ attributes: Pooling) -> String {
        let kind = attributes.kind == .max ? "max pool" : "average pool"
        let form = node.input(1) == nil ? "" : " +prologue"
        return "\(kind) \(attributes.kernel[0])x\(attributes.kernel[1])" + form
    }

    mutating func lowerAdaptivePool() {
        guard let inputID = node.input(0), let input = graph.image(inputID), let output = graph.image(node.outputs[0])
        else { return }
        let means = output.pixels == 1 ? rowMeans[inputID.index] : nil
        if let means { return lowerAverage(of: means, input: input, output: output) }
        let rows = adaptiveWindows(of: input.height, to: output.height)
        let columns = adaptiveWindows(of: input.width, to: output.width)
        if isOnlyInBytes(inputID) { return lowerAverageOfBytes(inputID, rows: rows, columns: columns) }
        let source = operand(inputID, as: .blocked)
        let target = destination(node.outputs[0], as: .blocked)
        let step = AdaptivePoolStep(
            function: kernels.spatial.adaptive, input: source, output: target,
            rowBegin: rows.begin, rowEnd: rows.end, columnBegin: columns.begin, columnEnd: columns.end,
            inputWidth: input.width, inputPlaneBytes: input.planeBytes, outputWidth: output.width,
            outputPlaneBytes: output.planeBytes,
            bands: PlaneBands(
                planes: output.planes, rows: output.height,
                rowBytes: max(output.width, input.pixels / output.height) * 32, threads: threads))
        emit(
            .adaptivePool(step), kind: "adaptive average pool", kernel: "\(instructionSetName)",
            reads: [source], writes: [target])
    }

    /// The windows of adaptive pooling along an axis: position p averages from floor(p * length / grid) to
    /// ceil((p + 1) * length / grid).
    private func adaptiveWindows(of length: Int, to grid: Int) -> AdaptiveWindows {
        AdaptiveWindows(
            begin: memory.store((0..<grid).map { Int32($0 * length / grid) }),
            end: memory.store((0..<grid).map { Int32((($0 + 1) * length + grid - 1) / grid) }))
    }

    /// The node at hand, a pool to one pixel, as an average of averages of rows.
    private mutating func lowerAverage(of means: Operand, input: ImageShape, output: ImageShape) {
        let target = destination(node.outputs[0], as: .blocked)
        let groups = byteCount(of: means) / (input.planes * 32)
        let step = AdaptivePoolStep(
            function: kernels.spatial.adaptive, input: means, output: target, rowBegin: memory.store([0]),
            rowEnd: memory.store([1]), columnBegin: memory.store([0]), columnEnd: memory.store([Int32(groups)]),
            inputWidth: groups, inputPlaneBytes: groups * 32, outputWidth: 1, outputPlaneBytes: 32,
            bands: PlaneBands(planes: output.planes, rows: 1, rowBytes: groups * 32, threads: threads))
        emit(
            .adaptivePool(step), kind: "adaptive average pool of rows", kernel: "\(instructionSetName)",
            reads: [means], writes: [target])
    }

    /// Whether a `Resize` is plain bilinear scaling of height and width.
    func resizeIsFast(_ attributes: Resize, _ node: Node, input: ImageShape, output: ImageShape) -> Bool {
        attributes.mode == .linear && !attributes.antialias && attributes.aspectRatioPolicy == .stretch
            && attributes.axes == nil && input.channels == output.channels
            && [.halfPixel, .pytorchHalfPixel, .alignCorners, .asymmetric].contains(attributes.coordinates)
    }

    mutating func lowerResize() {
        guard let inputID = node.input(0) else { return }
        let source = operand(inputID, as: .blocked)
        let target = destination(node.outputs[0], as: .blocked)
        let plain = finish(nil, planes: graph.image(inputID)?.planes ?? 0)
        guard let step = resizeStep(node, source: source, target: target, finish: plain) else { return }
        emitResize(step, reads: [source])
    }

    mutating func emitResize(_ step: ResizeStep, reads: [Operand]) {
        scratchBytes = max(scratchBytes, step.scratchBytes)
        emit(
            .resize(step), kind: "bilinear resize", kernel: "\(instructionSetName)", reads: reads,
            writes: [step.output])
    }

    /// The step of a fast `Resize` node.
    func resizeStep(_ node: Node, source: Operand, target: Operand, finish: ChannelFinish) -> ResizeStep? {
        guard let axes = resizeAxes(node), let input = graph.image(node.input(0)),
            let output = graph.image(node.outputs[0])
        else { return nil }
        return ResizeStep(
            function: kernels.spatial.resize, input: source, output: target, upper: memory.store(axes.rows.first),
            lower: memory.store(axes.rows.second), lowerWeight: memory.store(axes.rows.weight),
            left: memory.store(axes.columns.first), right: memory.store(axes.columns.second),
            rightWeight: memory.store(axes.columns.weight), inputWidth: input.width, inputPlaneBytes: input.planeBytes,
            outputWidth: output.width, outputPlaneBytes: output.planeBytes, finish: finish, bands: bands(output))
    }

    /// Tables of both axes of a fast `Resize` node.
    func resizeAxes(_ node: Node) -> (rows: ResizeAxis, columns: ResizeAxis)? {
        guard case .resize(let attributes) = node.operation, let input = graph.image(node.input(0)),
            let output = graph.image(node.outputs[0])
        else { return nil }
        let scales = graph.floats(node.input(2))
        func axis(_ position: Int, _ from: Int, _ to: Int) -> ResizeAxis {
            let given = scales.flatMap { $0.count == 4 ? Double($0[position]) : nil }
            return ResizeAxis(
                input: from, output: to, scale: given ?? Double(to) / Double(from), coordinates: attributes.coordinates)
        }
        return (axis(2, input.height, output.height), axis(3, input.width, output.width))
    }

    /// Parameters of an optional `channelAffine` as what a kernel applies on the way out; `bias` is added before.
    func finish(_ affine: Node?, bias: [Float]? = nil, planes: Int) -> ChannelFinish {
        let lanes = planes * 8
        let scale = graph.floats(affine?.input(1))
        var shift = graph.floats(affine?.input(2))
        if let bias {
            shift = bias.indices.map { bias[$0] * (scale?[$0] ?? 1) + (shift?[$0] ?? 0) }
        }
        var activation = Activation.none
        if case .channelAffine(let applied)? = affine?.operation { activation = applied }
        return ChannelFinish(
            scale: memory.store(scale, paddedTo: lanes, default: 1), shift: memory.store(shift, paddedTo: lanes),
            slope: memory.store(graph.floats(affine?.input(4)), paddedTo: lanes),
            activation: activationCode(activation))
    }

    func bands(_ output: ImageShape) -> PlaneBands {
        PlaneBands(planes: output.planes, rows: output.height, rowBytes: output.width * 32, threads: threads)
    }
}

/// Neighbours and weights along one axis of a bilinear resize.
struct ResizeAxis {
    private(set) var first: [Int32] = []
    private(set) var second: [Int32] = []
    /// Weight of `second`.
    private(set) var weight: [Float] = []

    /// `scale` is output over input, as ONNX has it; it differs from the ratio of extents when a file gives scales.
    init(input: Int, output: Int, scale: Double, coordinates: Resize.CoordinateTransformation) {
        for position in 0..<output {
            let x = Double(position)
            let source =
                switch coordinates {
                // With scales the resized length is not an integer (ONNX: length * scale).
                case .alignCorners: output == 1 ? 0 : x * Double(input - 1) / (Double(input) * scale - 1)
                case .asymmetric: x / scale
                case .pytorchHalfPixel where output == 1: 0.0
                default: (x + 0.5) / scale - 0.5
                }
            let clamped = min(max(source, 0), Double(input - 1))
            let left = min(Int(clamped), input - 1)
            first.append(Int32(left))
            second.append(Int32(min(left + 1, input - 1)))
            weight.append(Float(clamped - Double(left)))
        }
    }
}
