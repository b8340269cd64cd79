/// A graph as text: inputs, one line per node with shapes and costs, outputs, totals.
public struct GraphDescription: CustomStringConvertible, Sendable {
    private let graph: Graph

    /// Describes `graph`; costs are 0 where extents are not known.
    public init(_ graph: Graph) { self.graph = graph }

    /// All lines, joined.
    public var description: String { lines.joined(separator: "\n") }

    /// One line per input, node and output, and one with the totals.
    public var lines: [String] {
        var lines = ["graph \(quoted(graph.name)): \(graph.nodes.count) nodes"]
        lines += graph.inputs.map { "input  \(describe($0))" }
        for (position, node) in graph.nodes.enumerated() { lines.append(line(position, node)) }
        lines += graph.outputs.map { "output \(describe($0))" }
        lines.append(
            "total  \(Self.decimal(graph.multiplyAccumulates)) multiply-accumulates, "
                + "\(Self.decimal(graph.weightBytes)) bytes of weights")
        return lines
    }

    private func line(_ position: Int, _ node: Node) -> String {
        let inputs = node.inputs.map { id in id.map(describe) ?? "-" }.joined(separator: ", ")
        let outputs = node.outputs.map(describe).joined(separator: ", ")
        var text = "\(position)  \(node.operation.operatorName) \(quoted(node.name))"
        let attributes = node.operation.attributeSummary
        if !attributes.isEmpty { text += " [\(attributes)]" }
        text += "  \(inputs) -> \(outputs)"
        let products = graph.multiplyAccumulates(of: node)
        if products > 0 { text += "  \(Self.decimal(products)) MAC" }
        let bytes = graph.weightBytes(of: node)
        if bytes > 0 { text += "  \(Self.decimal(bytes)) B" }
        return text
    }

    private func describe(_ id: ValueID) -> String {
        let value = graph[id]
        let type = value.type == .float32 ? "" : " \(value.type.rawValue)"
        return "\(oneLine(value.name))(\(ModelGraph.describe(value.shape))\(type))"
    }

    /// 1234567 as `1,234,567`.
    private static func decimal(_ number: Int) -> String {
        let digits = Array(String(number))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }
}

extension Operation {
    /// The attributes that tell one node of an operator from another, for listings; empty where there are none.
    var attributeSummary: String {
        switch self {
        case .convolution(let convolution):
            windowSummary(convolution.kernel, convolution.strides, convolution.dilations, convolution.padding)
                + (convolution.groups == 1 ? "" : " groups \(convolution.groups)") + suffix(convolution.activation)
        case .pool(let pooling):
            windowSummary(pooling.kernel, pooling.strides, pooling.dilations, pooling.padding)
                + (pooling.ceilMode ? " ceil" : "")
        case .channelAffine(let activation): "\(activation)"
        case .concat(let axis), .split(let axis), .softmax(let axis, _), .flatten(let axis), .gather(let axis):
            "axis \(axis)"
        case .resize(let resize): "\(resize.mode.rawValue) \(resize.coordinates.rawValue)"
        case .transpose(let permutation?): permutation.map(String.init).joined(separator: " ")
        case .pad(let mode): mode.rawValue
        case .cast(let type): type.rawValue
        default: ""
        }
    }

    private func windowSummary(_ kernel: [Int], _ strides: [Int], _ dilations: [Int], _ padding: Padding) -> String {
        var parts: [String] = []
        if !kernel.isEmpty { parts.append(Extents.describe(kernel)) }
        if strides.contains(where: { $0 != 1 }) { parts.append("stride \(Extents.describe(strides))") }
        if dilations.contains(where: { $0 != 1 }) { parts.append("dilation \(Extents.describe(dilations))") }
        switch padding {
        case .explicit(let begin, let end):
            if (begin + end).contains(where: { $0 != 0 }) {
                parts.append("pad \(Extents.describe(begin))+\(Extents.describe(end))")
            }
        case .sameUpper: parts.append("same upper")
        case .sameLower: parts.append("same lower")
        case .valid: break
        }
        return parts.joined(separator: " ")
    }

    private func suffix(_ activation: Activation) -> String {
        activation == .none ? "" : " then \(activation)"
    }
}
