/// One axis of a `Resize` with everything resolved.
public struct ResizeAxis: Sendable, Hashable {
    /// Input extent.
    public var input: Int
    /// Output extent.
    public var output: Int
    /// Output extent over input extent, before rounding; 1 where the axis is left alone.
    public var scale: Double
    /// Region of interest in normalised coordinates; read by `tf_crop_and_resize` only.
    public var roiStart: Double
    /// End of the region of interest.
    public var roiEnd: Double
    /// Whether output extents were given as `sizes` (then `scale * input` is exactly `output`).
    var isSized: Bool

    /// `scale * input`, which ONNX calls the output width and which may be fractional.
    var fractionalOutput: Double { isSized ? Double(output) : scale * Double(input) }
}

extension Resize {
    /// Every axis of the input, from the optional inputs of the node.
    func resolve(input: [Int], roi: [Double]?, scales: [Double]?, sizes: [Int]?) throws(Fault) -> [ResizeAxis] {
        let axes = try Extents.axes(self.axes ?? Array(input.indices), rank: input.count)
        var resolved = input.map { extent in
            ResizeAxis(input: extent, output: extent, scale: 1, roiStart: 0, roiEnd: 1, isSized: true)
        }
        // An empty tensor stands for an absent one.
        switch (scales.flatMap { $0.isEmpty ? nil : $0 }, sizes.flatMap { $0.isEmpty ? nil : $0 }) {
        case (let scales?, nil): try apply(scales: scales, axes: axes, to: &resolved)
        case (nil, let sizes?): try apply(sizes: sizes, axes: axes, to: &resolved)
        case (nil, nil): throw .malformed("neither scales nor sizes are given")
        case (.some, .some): throw .malformed("both scales and sizes are given")
        }
        if coordinates == .tfCropAndResize {
            guard let roi, roi.count == 2 * axes.count, roi.allSatisfy(\.isFinite) else {
                throw .malformed("tf_crop_and_resize needs a roi of \(2 * axes.count) numbers")
            }
            for (entry, axis) in axes.enumerated() {
                resolved[axis].roiStart = roi[entry]
                resolved[axis].roiEnd = roi[entry + axes.count]
            }
        }
        for axis in resolved where axis.input == 0 && axis.output != 0 {
            throw .mismatch("an empty axis cannot be resized to \(axis.output)")
        }
        return resolved
    }

    private func apply(scales: [Double], axes: [Int], to resolved: inout [ResizeAxis]) throws(Fault) {
        guard scales.count == axes.count else {
            throw .malformed("\(scales.count) scales for \(axes.count) axes")
        }
        for (scale, axis) in zip(scales, axes) {
            let extent = (scale * Double(resolved[axis].input)).rounded(.down)
            guard scale > 0, extent <= Double(Extents.maximumElements) else {
                throw .excessive("scale \(scale) of an axis of extent \(resolved[axis].input)")
            }
            resolved[axis].scale = scale
            resolved[axis].output = Int(extent)
            resolved[axis].isSized = false
        }
    }

    private func apply(sizes: [Int], axes: [Int], to resolved: inout [ResizeAxis]) throws(Fault) {
        guard sizes.count == axes.count else { throw .malformed("\(sizes.count) sizes for \(axes.count) axes") }
        var scales: [Double] = []
        for (size, axis) in zip(sizes, axes) {
            guard size >= 0, size <= Extents.maximumElements else { throw .excessive("a size of \(size)") }
            scales.append(resolved[axis].input == 0 ? 1 : Double(size) / Double(resolved[axis].input))
        }
        guard aspectRatioPolicy != .stretch else {
            for (entry, axis) in axes.enumerated() {
                resolved[axis].scale = scales[entry]
                resolved[axis].output = sizes[entry]
            }
            return
        }
        guard let common = aspectRatioPolicy == .notLarger ? scales.min() : scales.max() else { return }
        for axis in axes {
            resolved[axis].scale = common
            let extent = (common * Double(resolved[axis].input) + 0.5).rounded(.down)
            guard extent <= Double(Extents.maximumElements) else { throw .excessive("an extent of \(extent)") }
            resolved[axis].output = Int(extent)
            resolved[axis].isSized = false
        }
    }
}

extension ShapeInference {
    static func resizeOutput(_ operands: Operands, _ resize: Resize) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        try input.type.requireNumber()
        let axes = try resizeAxes(operands, resize)
        return TensorFacts(type: input.type, dimensions: axes.map(\.output))
    }

    /// The resolved axes of a `Resize` node. The region of interest matters to no shape but must be known.
    static func resizeAxes(_ operands: Operands, _ resize: Resize) throws(Fault) -> [ResizeAxis] {
        if resize.antialias, resize.mode == .nearest { throw .malformed("antialias with nearest") }
        let roi = resize.coordinates == .tfCropAndResize ? try operands.optional(1)?.reals("roi") : nil
        return try resize.resolve(
            input: try operands.required(0).dimensions, roi: roi,
            scales: try operands.optional(2)?.reals("scales"), sizes: try operands.integers(3, "sizes"))
    }
}
