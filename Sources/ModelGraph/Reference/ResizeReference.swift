extension ReferenceEvaluator {
    static func evaluateResize(_ resize: Resize, _ inputs: RawOperands, _ output: MutableRawTensor) throws(Fault) {
        let input = try inputs.required(0)
        let roi = resize.coordinates == .tfCropAndResize ? inputs.optional(1)?.reals : nil
        let axes = try resize.resolve(
            input: input.dimensions, roi: roi, scales: inputs.optional(2)?.reals, sizes: inputs.optional(3)?.integers)
        if output.count == 0 { return }
        switch resize.mode {
        case .nearest:
            let tables = axes.map { axis in (0..<axis.output).map { resize.nearestSource(of: $0, axis) } }
            withExtrapolationValue(resize.extrapolationValue, type: output.type) { fill in
                TableCopy(tables: tables, input: input, output: output, fill: fill).run()
            }
        case .linear, .cubic:
            let taps = axes.map { ResizeTaps(resize, $0) }
            output.type.dispatch(
                ResizeWork(
                    taps: taps, strides: Extents.strides(input.dimensions),
                    extrapolation: Double(resize.extrapolationValue), input: input, output: output))
        }
    }

    private static func withExtrapolationValue(_ value: Float, type: DataType, _ body: (UnsafeRawPointer) -> Void) {
        let cell = HostTensor.unfilled(type: type, dimensions: [])
        withUnsafePointer(to: value) { source in
            evaluateCast(
                RawTensor(type: .float32, dimensions: [], bytes: UnsafeRawPointer(source)),
                MutableRawTensor(type: type, dimensions: [], bytes: cell.bytes))
        }
        withExtendedLifetime(cell.tensor) { body(UnsafeRawPointer(cell.bytes)) }
    }
}

extension ResizeAxis {
    /// Whether the axis stays as it is.
    var isIdentity: Bool {
        input == output && abs(scale - 1) < 1e-9 && abs(roiStart) < 1e-9 && abs(roiEnd - 1) < 1e-9
    }
}

extension Resize {
    /// Where output position `position` lies in input coordinates; nil means outside (`tf_crop_and_resize`).
    func sourceCoordinate(of position: Int, _ axis: ResizeAxis) -> Double? {
        let x = Double(position)
        let (input, width) = (Double(axis.input), axis.fractionalOutput)
        switch coordinates {
        case .halfPixel: return (x + 0.5) / axis.scale - 0.5
        case .halfPixelSymmetric:
            let offset = input / 2 * (1 - Double(axis.output) / width)
            return offset + (x + 0.5) / axis.scale - 0.5
        case .pytorchHalfPixel: return width == 1 ? -0.5 : (x + 0.5) / axis.scale - 0.5
        case .alignCorners: return width == 1 ? 0 : x * (input - 1) / (width - 1)
        case .asymmetric: return x / axis.scale
        case .tfCropAndResize:
            let span = (axis.roiEnd - axis.roiStart) * (input - 1)
            let coordinate = axis.roiStart * (input - 1) + (width == 1 ? span / 2 : x * span / (width - 1))
            return coordinate < 0 || coordinate > input - 1 ? nil : coordinate
        }
    }

    /// The input position that `nearest` takes; -1 for the extrapolation value.
    func nearestSource(of position: Int, _ axis: ResizeAxis) -> Int {
        if axis.isIdentity { return position }
        guard let coordinate = sourceCoordinate(of: position, axis) else { return -1 }
        let rounded =
            switch nearestMode {
            case .roundPreferFloor: (coordinate - 0.5).rounded(.up)
            case .roundPreferCeil: (coordinate + 0.5).rounded(.down)
            case .floor: coordinate.rounded(.down)
            case .ceil: coordinate.rounded(.up)
            }
        return Int(min(max(rounded, 0), Double(axis.input - 1)))
    }
}

/// For every output position of one axis: input positions and weights.
struct ResizeTaps {
    /// Taps per output position.
    let count: Int
    /// count entries per output position.
    let positions: [Int]
    let weights: [Double]
    /// Whether each output position is outside the region that can be sampled.
    let isOutside: [Bool]

    init(_ resize: Resize, _ axis: ResizeAxis) {
        guard !axis.isIdentity else {
            count = 1
            positions = Array(0..<axis.output)
            weights = [Double](repeating: 1, count: axis.output)
            isOutside = [Bool](repeating: false, count: axis.output)
            return
        }
        // Antialiasing widens the kernel when the axis shrinks.
        let kernelScale = resize.antialias ? min(axis.scale, 1) : 1
        let radius = resize.mode == .linear ? 1.0 : 2.0
        let reach = 1 - Int((-radius / kernelScale).rounded(.down))
        count = 2 * reach
        var positions: [Int] = []
        var weights: [Double] = []
        var isOutside: [Bool] = []
        positions.reserveCapacity(axis.output * count)
        weights.reserveCapacity(axis.output * count)
        for output in 0..<axis.output {
            let coordinate = resize.sourceCoordinate(of: output, axis)
            isOutside.append(coordinate == nil)
            Self.append(resize, axis, at: coordinate ?? 0, kernelScale, reach, &positions, &weights)
        }
        self.positions = positions
        self.weights = weights
        self.isOutside = isOutside
    }

    private static func append(
        _ resize: Resize, _ axis: ResizeAxis, at coordinate: Double, _ kernelScale: Double, _ reach: Int,
        _ positions: inout [Int], _ weights: inout [Double]
    ) {
        // The sample just below a whole coordinate counts as its left neighbour (its weight is then 0).
        let first = Int(coordinate.rounded(.up)) - reach
        let start = weights.count
        var sum = 0.0
        for position in first..<first + 2 * reach {
            let isExcluded = resize.excludeOutside && !(0..<axis.input).contains(position)
            let distance = abs(Double(position) - coordinate) * kernelScale
            let weight = isExcluded ? 0 : resize.kernelWeight(distance)
            sum += weight
            positions.append(min(max(position, 0), axis.input - 1))
            weights.append(weight)
        }
        if (resize.antialias || resize.excludeOutside) && sum != 0 {
            for index in start..<weights.count { weights[index] /= sum }
        }
    }
}

extension Resize {
    /// The interpolation kernel at a distance in samples.
    fileprivate func kernelWeight(_ distance: Double) -> Double {
        if mode == .linear { return max(0, 1 - distance) }
        let a = Double(cubicCoefficient)
        if distance <= 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
        if distance < 2 { return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a }
        return 0
    }
}

/// One output row at a time: the rows of the input that it reads, each with its weight, then the taps of the last axis.
private struct ResizeWork: NumberWork {
    let taps: [ResizeTaps]
    let strides: [Int]
    let extrapolation: Double
    let input: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceNumber>(_ type: Element.Type) {
        let source = input.pointer(to: type)
        var target = output.pointer(to: type)
        guard let last = taps.last else {
            target.pointee = source.pointee
            return
        }
        var position = [Int](repeating: 0, count: taps.count - 1)
        var rows = WeightedRows()
        for _ in 0..<output.count / last.isOutside.count {
            if rows.select(taps, strides, position) {
                fill(target, from: source, rows, last)
            } else {
                target.update(repeating: stored(extrapolation), count: last.isOutside.count)
            }
            target += last.isOutside.count
            var axis = position.count - 1
            while axis >= 0 {
                position[axis] += 1
                if position[axis] < taps[axis].isOutside.count { break }
                position[axis] = 0
                axis -= 1
            }
        }
    }

    private func fill<Element: ReferenceNumber>(
        _ target: UnsafeMutablePointer<Element>, from source: UnsafePointer<Element>, _ rows: WeightedRows,
        _ last: ResizeTaps
    ) {
        for column in last.isOutside.indices {
            guard !last.isOutside[column] else {
                target[column] = stored(extrapolation)
                continue
            }
            var sum = 0.0
            for row in rows.offsets.indices {
                let line = source + rows.offsets[row]
                var rowSum = 0.0
                for tap in column * last.count..<(column + 1) * last.count where last.weights[tap] != 0 {
                    rowSum += last.weights[tap] * line[last.positions[tap]].asDouble
                }
                sum += rows.weights[row] * rowSum
            }
            target[column] = stored(sum)
        }
    }

    /// Integers are rounded (half to even) and saturated.
    private func stored<Element: ReferenceNumber>(_ value: Double) -> Element {
        Element(truncating: Element.isInteger ? value.rounded(.toNearestOrEven) : value)
    }
}

/// The input rows that an output row reads: offsets of their first elements, and weights.
private struct WeightedRows {
    private(set) var offsets: [Int] = []
    private(set) var weights: [Double] = []

    /// Selects the rows for one position on all axes but the last; false when it is outside on any of them.
    mutating func select(_ taps: [ResizeTaps], _ strides: [Int], _ position: [Int]) -> Bool {
        offsets.removeAll(keepingCapacity: true)
        weights.removeAll(keepingCapacity: true)
        offsets.append(0)
        weights.append(1)
        for axis in position.indices {
            guard !taps[axis].isOutside[position[axis]] else { return false }
            let first = position[axis] * taps[axis].count
            let known = offsets.count
            // Every further tap adds a copy of the rows so far; the first tap then moves those themselves.
            for tap in (first + 1)..<(first + taps[axis].count) where taps[axis].weights[tap] != 0 {
                for row in 0..<known {
                    offsets.append(offsets[row] + taps[axis].positions[tap] * strides[axis])
                    weights.append(weights[row] * taps[axis].weights[tap])
                }
            }
            for row in 0..<known {
                offsets[row] += taps[axis].positions[first] * strides[axis]
                weights[row] *= taps[axis].weights[first]
            }
        }
        return true
    }
}
