internal import ModelGraph

extension OperatorTable {
    /// Reductions over axes.
    static let reduction: [String: OperatorEntry] = [
        "ReduceMax": reduce(.max, axesAreInputSince: 18),
        "ReduceMean": reduce(.mean, axesAreInputSince: 18),
        "ReduceMin": reduce(.min, axesAreInputSince: 18),
        "ReduceProd": reduce(.prod, axesAreInputSince: 18),
        "ReduceSum": reduce(.sum, axesAreInputSince: 13),
    ]

    private static func reduce(_ function: ReduceFunction, axesAreInputSince opset: Int) -> OperatorEntry {
        OperatorEntry(since: 1, inputs: 1...2) { (node) throws(OnnxImportError) in
            var noopWithEmptyAxes = false
            if node.opset < opset {
                try node.moveIntegers("axes", toInput: 1)
            } else {
                noopWithEmptyAxes = try node.attributes.flag("noop_with_empty_axes")
            }
            return .operation(
                .reduce(
                    function, keepDimensions: try node.attributes.flag("keepdims", default: true),
                    noopWithEmptyAxes: noopWithEmptyAxes))
        }
    }
}
