import ModelGraph

/// ONNX's comparison: types and extents equal, integers and booleans exactly, floats as NumPy's `assert_allclose`.
enum Comparison {
    /// What differs, or nil.
    static func difference(
        _ result: HostTensor, _ expected: HostTensor, relative: Double, absolute: Double
    ) -> String? {
        guard result.type == expected.type else { return "type \(result.type), expected \(expected.type)" }
        guard result.dimensions == expected.dimensions else {
            return "extents \(result.dimensions), expected \(expected.dimensions)"
        }
        switch result.type {
        case .float32: return close(result, expected, Float.self, relative, absolute)
        case .float64: return close(result, expected, Double.self, relative, absolute)
        default: return exact(result, expected)
        }
    }

    private static func close<Element: BinaryFloatingPoint & TensorElement>(
        _ result: HostTensor, _ expected: HostTensor, _: Element.Type, _ relative: Double, _ absolute: Double
    ) -> String? {
        let pairs = zip(result.elements(as: Element.self) ?? [], expected.elements(as: Element.self) ?? [])
        for (index, (value, wanted)) in pairs.enumerated() {
            if value.isNaN && wanted.isNaN || value == wanted { continue }
            let error = (Double(value) - Double(wanted)).magnitude
            guard value.isFinite, wanted.isFinite, error <= absolute + relative * Double(wanted).magnitude else {
                return "element \(index) is \(value), expected \(wanted)"
            }
        }
        return nil
    }

    private static func exact(_ result: HostTensor, _ expected: HostTensor) -> String? {
        let size = result.type.byteCount
        return result.withUnsafeBytes { values in
            expected.withUnsafeBytes { wanted in
                values.indices.first { values[$0] != wanted[$0] }.map { byte in
                    let range = byte / size * size..<byte / size * size + size
                    return "element \(byte / size) has bytes \(Array(values[range])), expected \(Array(wanted[range]))"
                }
            }
        }
    }
}
