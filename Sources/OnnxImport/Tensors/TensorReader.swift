internal import ModelGraph

/// Turns stored tensors into `HostTensor`s: from raw data, from typed fields, and from files beside the model.
/// Every extent is checked against the data that is there before anything is allocated. One per model: it keeps the
/// files that are open and the count of what was allocated.
final class TensorReader {
    /// Where a tensor's `raw_data` is when it was taken out of the message.
    typealias RawRange = Range<Int>

    /// Beyond any network; keeps later arithmetic over extents small.
    private static let maximumRank = 32

    private let source: any ByteSource
    private var external: ExternalFiles
    private var budget = TensorBudget()

    /// - Parameter folder: Where external data may lie; nil when the model came from memory.
    init(source: any ByteSource, folder: String?) {
        self.source = source
        external = ExternalFiles(folder: folder)
        budget.grant(fileBytes: source.byteCount)
    }

    /// Reads `tensor`. `rawRange` says where in the source its raw data is, when it is not in the message itself.
    func read(
        _ tensor: Onnx_TensorProto, named name: String, rawRange: RawRange? = nil
    ) throws(OnnxImportError) -> HostTensor {
        guard let type = Onnx_TensorProto.DataType(rawValue: Int(tensor.dataType)), let element = ElementType(type)
        else {
            throw .tensor(
                name: name,
                problem: "elements of type \(ElementType.name(ofNumber: tensor.dataType)) are not supported",
                remedy: Remedy.float32)
        }
        guard !tensor.hasSegment else {
            throw .tensor(name: name, problem: "it is stored in segments", remedy: Remedy.export)
        }
        let dimensions = try extents(tensor.dims, named: name)
        let count = try elementCount(dimensions, bytesEach: 8, named: name)
        if tensor.dataLocation == .external {
            return try readExternal(tensor, element, dimensions, count, name)
        }
        if let rawRange {
            try requireRaw(rawRange.count, element, count, name)
            return try make(element, dimensions, name, from: source, at: rawRange.lowerBound)
        }
        if tensor.hasRawData {
            try requireRaw(tensor.rawData.count, element, count, name)
            let bytes = MemoryBytes([UInt8](tensor.rawData), name: source.name)
            return try make(element, dimensions, name, from: bytes, at: 0)
        }
        try budget.spend(count * element.dataType.byteCount, tensor: name)
        return try TypedFields.read(tensor, element, dimensions: dimensions, count: count, name: name)
    }

    /// Counts an allocation that is made elsewhere (sparse tensors).
    func spend(_ bytes: Int, tensor: String) throws(OnnxImportError) {
        try budget.spend(bytes, tensor: tensor)
    }

    /// Extents from a file, none negative, not too many.
    func extents(_ dims: [Int64], named name: String) throws(OnnxImportError) -> [Int] {
        guard dims.count <= Self.maximumRank else {
            throw .tensor(
                name: name, problem: "\(dims.count) dimensions where at most \(Self.maximumRank) are supported",
                remedy: Remedy.export)
        }
        guard dims.allSatisfy({ $0 >= 0 }) else {
            throw .tensor(name: name, problem: "a negative extent in \(dims)", remedy: Remedy.damaged)
        }
        return dims.map(Int.init)
    }

    /// The product of the extents. Zero extents count as one for the overflow check, so that later products in any
    /// order are safe.
    func elementCount(_ dimensions: [Int], bytesEach: Int, named name: String) throws(OnnxImportError) -> Int {
        var bytes = bytesEach
        for extent in dimensions where extent != 0 {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
            guard !overflow else {
                throw .tensor(name: name, problem: "the extents \(dimensions) are absurd", remedy: Remedy.damaged)
            }
            bytes = product
        }
        return dimensions.contains(0) ? 0 : bytes / bytesEach
    }

    private func requireRaw(
        _ available: Int, _ element: ElementType, _ count: Int, _ name: String
    ) throws(OnnxImportError) {
        let needed = count * element.storedByteCount
        guard available == needed else {
            throw .tensor(
                name: name, problem: "its extents need \(needed) bytes of data, and \(available) are there",
                remedy: Remedy.damaged)
        }
    }

    private func readExternal(
        _ tensor: Onnx_TensorProto, _ element: ElementType, _ dimensions: [Int], _ count: Int, _ name: String
    ) throws(OnnxImportError) -> HostTensor {
        let entry = try ExternalFiles.Entry(tensor.externalData, tensor: name)
        let (file, isNew) = try external.file(at: entry.location, tensor: name)
        if isNew { budget.grant(fileBytes: file.byteCount) }
        let needed = count * element.storedByteCount
        if let length = entry.length { try requireRaw(length, element, count, name) }
        guard entry.offset <= file.byteCount, needed <= file.byteCount - entry.offset else {
            throw .tensor(
                name: name,
                problem: "its \(needed) bytes at offset \(entry.offset) run past the end of \(quoted(entry.location)) "
                    + "(\(file.byteCount) bytes)",
                remedy: "copy the model's data file again")
        }
        return try make(element, dimensions, name, from: file, at: entry.offset)
    }

    /// Reads elements as they are stored; the ranges are checked.
    private func make(
        _ element: ElementType, _ dimensions: [Int], _ name: String, from source: any ByteSource, at offset: Int
    ) throws(OnnxImportError) -> HostTensor {
        let count = dimensions.reduce(1, *)
        try budget.spend(count * element.dataType.byteCount, tensor: name)
        return try HostTensor(type: element.dataType, dimensions: dimensions) {
            (destination: UnsafeMutableRawBufferPointer) throws(OnnxImportError) in
            switch element {
            case .plain(let type):
                try source.read(into: destination, at: offset)
                if type == .bool { Self.normalizeBooleans(destination) }
            case .half:
                try Self.widen(from: source, at: offset, into: destination, HalfPrecision.widen)
            case .brainHalf:
                try Self.widen(from: source, at: offset, into: destination, HalfPrecision.widenBrain)
            }
        }
    }

    private static func widen(
        from source: any ByteSource, at offset: Int, into destination: UnsafeMutableRawBufferPointer,
        _ convert: (UnsafeBufferPointer<UInt16>, UnsafeMutableBufferPointer<Float>) -> Void
    ) throws(OnnxImportError) {
        let floats = destination.bindMemory(to: Float.self)
        let piece = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: min(max(floats.count, 1), 1 << 16))
        piece.initialize(repeating: 0)
        defer { piece.deallocate() }
        for start in stride(from: 0, to: floats.count, by: piece.count) {
            let end = min(start + piece.count, floats.count)
            let part = UnsafeMutableBufferPointer(rebasing: piece[..<(end - start)])
            try source.read(into: UnsafeMutableRawBufferPointer(part), at: offset + start * 2)
            convert(UnsafeBufferPointer(part), UnsafeMutableBufferPointer(rebasing: floats[start..<end]))
        }
    }

    /// A Swift Bool must be 0 or 1; a file can hold anything.
    private static func normalizeBooleans(_ bytes: UnsafeMutableRawBufferPointer) {
        for index in bytes.indices { bytes[index] = bytes[index] == 0 ? 0 : 1 }
    }
}
