internal import ModelGraph

extension OperatorTable {
    /// Elementwise operators of two tensors.
    static let binary: [String: OperatorEntry] = [
        "Add": arithmetic(.add),
        "Sub": arithmetic(.sub),
        "Mul": arithmetic(.mul),
        "Div": arithmetic(.div),
        "Pow": OperatorEntry(since: 7, inputs: 2...2, .binary(.pow)),
        "Mod": OperatorEntry(since: 10, inputs: 2...2) { (node) throws(OnnxImportError) in
            .operation(.binary(try node.attributes.flag("fmod") ? .fmod : .mod))
        },
        "Equal": OperatorEntry(since: 7, inputs: 2...2, .binary(.equal)),
        "Less": OperatorEntry(since: 7, inputs: 2...2, .binary(.less)),
        "LessOrEqual": OperatorEntry(since: 12, inputs: 2...2, .binary(.lessOrEqual)),
        "Greater": OperatorEntry(since: 7, inputs: 2...2, .binary(.greater)),
        "GreaterOrEqual": OperatorEntry(since: 12, inputs: 2...2, .binary(.greaterOrEqual)),
        "And": OperatorEntry(since: 7, inputs: 2...2, .binary(.and)),
        "Or": OperatorEntry(since: 7, inputs: 2...2, .binary(.or)),
        "Xor": OperatorEntry(since: 7, inputs: 2...2, .binary(.xor)),
    ]

    /// Opset 6 broadcast only on demand, and then along trailing axes unless `axis` said otherwise.
    private static func arithmetic(_ function: BinaryFunction) -> OperatorEntry {
        OperatorEntry(since: 6, inputs: 2...2) { (node) throws(OnnxImportError) in
            if node.opset < 7 {
                _ = try node.attributes.flag("broadcast")
                if try node.attributes.integer("axis") != nil { throw node.site.outdated() }
            }
            return .operation(.binary(function))
        }
    }
}
