internal import ModelGraph

/// Tensors whose elements stand in `float_data`, `int32_data` and so on.
enum TypedFields {
    static func read(
        _ tensor: Onnx_TensorProto, _ element: ElementType, dimensions: [Int], count: Int, name: String
    ) throws(OnnxImportError) -> HostTensor {
        switch element {
        case .plain(.float32): try copy(tensor.floatData, dimensions, count, name)
        case .plain(.float64): try copy(tensor.doubleData, dimensions, count, name)
        case .plain(.int64): try copy(tensor.int64Data, dimensions, count, name)
        case .plain(.uint64): try copy(tensor.uint64Data, dimensions, count, name)
        case .plain(.uint32): try narrow(tensor.uint64Data, to: UInt32.self, dimensions, count, name)
        case .plain(.int32): try copy(tensor.int32Data, dimensions, count, name)
        case .plain(.int16): try narrow(tensor.int32Data, to: Int16.self, dimensions, count, name)
        case .plain(.int8): try narrow(tensor.int32Data, to: Int8.self, dimensions, count, name)
        case .plain(.uint16): try narrow(tensor.int32Data, to: UInt16.self, dimensions, count, name)
        case .plain(.uint8): try narrow(tensor.int32Data, to: UInt8.self, dimensions, count, name)
        case .plain(.bool): try booleans(tensor.int32Data, dimensions, count, name)
        case .half: try widen(tensor.int32Data, dimensions, count, name, HalfPrecision.widen)
        case .brainHalf: try widen(tensor.int32Data, dimensions, count, name, HalfPrecision.widenBrain)
        }
    }

    private static func copy<Element: TensorElement>(
        _ stored: [Element], _ dimensions: [Int], _ count: Int, _ name: String
    ) throws(OnnxImportError) -> HostTensor {
        try require(stored.count, count, dimensions, name)
        return HostTensor(stored, dimensions: dimensions)
    }

    private static func narrow<Stored: FixedWidthInteger, Element: FixedWidthInteger & TensorElement>(
        _ stored: [Stored], to _: Element.Type, _ dimensions: [Int], _ count: Int, _ name: String
    ) throws(OnnxImportError) -> HostTensor {
        try require(stored.count, count, dimensions, name)
        guard stored.allSatisfy({ Element(exactly: $0) != nil }) else {
            throw .tensor(
                name: name, problem: "an element does not fit \(Element.dataType.rawValue)", remedy: Remedy.damaged)
        }
        return HostTensor(stored.map { Element(truncatingIfNeeded: $0) }, dimensions: dimensions)
    }

    private static func booleans(
        _ stored: [Int32], _ dimensions: [Int], _ count: Int, _ name: String
    ) throws(OnnxImportError) -> HostTensor {
        try require(stored.count, count, dimensions, name)
        return HostTensor(stored.map { $0 != 0 }, dimensions: dimensions)
    }

    private static func widen(
        _ stored: [Int32], _ dimensions: [Int], _ count: Int, _ name: String,
        _ convert: (UnsafeBufferPointer<UInt16>, UnsafeMutableBufferPointer<Float>) -> Void
    ) throws(OnnxImportError) -> HostTensor {
        try require(stored.count, count, dimensions, name)
        let bits = stored.map { UInt16(truncatingIfNeeded: $0) }
        return HostTensor(type: .float32, dimensions: dimensions) { destination in
            bits.withUnsafeBufferPointer { convert($0, destination.bindMemory(to: Float.self)) }
        }
    }

    private static func require(
        _ available: Int, _ count: Int, _ dimensions: [Int], _ name: String
    ) throws(OnnxImportError) {
        guard available == count else {
            throw .tensor(
                name: name, problem: "its extents \(dimensions) need \(count) elements, and \(available) are there",
                remedy: Remedy.damaged)
        }
    }
}
