internal import ModelGraph

extension OperatorTable {
    /// `Resize`: before opset 13 with a coordinate mapping of its own (11), or without choice (10).
    static let resizing: [String: OperatorEntry] = [
        "Resize": OperatorEntry(since: 13, inputs: 1...4) { (node) throws(OnnxImportError) in
            var resize = Resize()
            resize.mode = try node.attributes.choice("mode", default: resize.mode)
            resize.coordinates = try node.attributes.choice(
                "coordinate_transformation_mode", default: resize.coordinates)
            resize.nearestMode = try node.attributes.choice("nearest_mode", default: resize.nearestMode)
            resize.cubicCoefficient = try node.attributes.float("cubic_coeff_a", default: resize.cubicCoefficient)
            resize.extrapolationValue = try node.attributes.float(
                "extrapolation_value", default: resize.extrapolationValue)
            resize.excludeOutside = try node.attributes.flag("exclude_outside")
            resize.antialias = try node.attributes.flag("antialias")
            resize.axes = try node.attributes.integers("axes")
            resize.aspectRatioPolicy = try node.attributes.choice(
                "keep_aspect_ratio_policy", default: resize.aspectRatioPolicy)
            // Exporters write an empty tensor for "not given".
            for position in 1...3 where node.constant(position)?.count == 0 { node.removeInput(position) }
            return .operation(.resize(resize))
        }
    ]
}
