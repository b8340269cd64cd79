internal import ModelGraph

extension TensorReader {
    /// Reads a sparse tensor (coordinate format) into a dense one.
    func read(sparse: Onnx_SparseTensorProto, named name: String) throws(OnnxImportError) -> HostTensor {
        let values = try read(sparse.values, named: name)
        let indices = try read(sparse.indices, named: name)
        let dimensions = try extents(sparse.dims, named: name)
        let count = try elementCount(dimensions, bytesEach: 8, named: name)
        guard let coordinates = indices.elements(as: Int64.self) else {
            throw .tensor(name: name, problem: "its indices are not int64", remedy: Remedy.damaged)
        }
        let stored = values.dimensions
        let isLinear = indices.dimensions == stored
        guard stored.count == 1, isLinear || indices.dimensions == [stored[0], dimensions.count] else {
            throw .tensor(
                name: name, problem: "values \(stored) and indices \(indices.dimensions) do not fit",
                remedy: Remedy.damaged)
        }
        let positions =
            isLinear
            ? try Self.checked(coordinates, below: count, name)
            : try Self.linear(coordinates, dimensions, name)
        try spend(count * values.type.byteCount, tensor: name)
        let size = values.type.byteCount
        return HostTensor(type: values.type, dimensions: dimensions) { destination in
            values.withUnsafeBytes { source in
                for (element, position) in positions.enumerated() {
                    let bytes = UnsafeRawBufferPointer(rebasing: source[element * size..<(element + 1) * size])
                    UnsafeMutableRawBufferPointer(rebasing: destination[position * size..<(position + 1) * size])
                        .copyMemory(from: bytes)
                }
            }
        }
    }

    private static func checked(
        _ positions: [Int64], below count: Int, _ name: String
    ) throws(OnnxImportError) -> [Int] {
        guard positions.allSatisfy({ $0 >= 0 && $0 < count }) else { throw outOfRange(name) }
        return positions.map(Int.init)
    }

    private static func linear(
        _ coordinates: [Int64], _ dimensions: [Int], _ name: String
    ) throws(OnnxImportError) -> [Int] {
        guard !dimensions.isEmpty else { throw outOfRange(name) }
        var positions: [Int] = []
        positions.reserveCapacity(coordinates.count / dimensions.count)
        for start in stride(from: 0, to: coordinates.count, by: dimensions.count) {
            var position = 0
            for (axis, extent) in dimensions.enumerated() {
                let coordinate = coordinates[start + axis]
                guard coordinate >= 0, coordinate < extent else { throw outOfRange(name) }
                // The product of the extents fits, and so does every prefix of it.
                position = position * extent + Int(coordinate)
            }
            positions.append(position)
        }
        return positions
    }

    private static func outOfRange(_ name: String) -> OnnxImportError {
        .tensor(name: name, problem: "an index lies outside its extents", remedy: Remedy.damaged)
    }
}
