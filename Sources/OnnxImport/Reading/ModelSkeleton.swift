/// A model file without the raw data of its initialisers, and where that data lies.
///
/// Weights are nearly all of a model file. Left in, protobuf would copy each once more and keep all of them alive
/// beside the graph; taken out, they go from the file straight into the tensors that stay.
struct ModelSkeleton {
    /// A serialised `ModelProto`.
    private(set) var bytes: [UInt8] = []
    /// Position in `graph.initializer` to the range of its `raw_data` in the source; none for those without.
    private(set) var rawData: [Int: Range<Int>] = [:]

    private var initializerCount = 0

    /// Field numbers of onnx.proto.
    private enum Number {
        static let modelGraph = 7
        static let graphInitializer = 5
        static let tensorRawData = 9
    }

    /// Walks the source once; the cost is its size less the weights.
    init(of source: any ByteSource) throws(OnnxImportError) {
        var reader = WireReader(source)
        var position = 0
        while position < source.byteCount {
            let field = try reader.field(at: position, end: source.byteCount)
            if field.number == Number.modelGraph, field.body == .lengthDelimited {
                let graph = try graphWithoutRawData(field.payload, &reader)
                Self.append(graph, number: field.number, to: &bytes)
            } else {
                try reader.append(field.whole, to: &bytes)
            }
            position = field.whole.upperBound
        }
    }

    private mutating func graphWithoutRawData(
        _ range: Range<Int>, _ reader: inout WireReader
    ) throws(OnnxImportError) -> [UInt8] {
        var graph: [UInt8] = []
        var position = range.lowerBound
        while position < range.upperBound {
            let field = try reader.field(at: position, end: range.upperBound)
            if field.number == Number.graphInitializer, field.body == .lengthDelimited {
                let tensor = try tensorWithoutRawData(field.payload, &reader)
                Self.append(tensor, number: field.number, to: &graph)
                initializerCount += 1
            } else {
                try reader.append(field.whole, to: &graph)
            }
            position = field.whole.upperBound
        }
        return graph
    }

    private mutating func tensorWithoutRawData(
        _ range: Range<Int>, _ reader: inout WireReader
    ) throws(OnnxImportError) -> [UInt8] {
        var tensor: [UInt8] = []
        var position = range.lowerBound
        while position < range.upperBound {
            let field = try reader.field(at: position, end: range.upperBound)
            if field.number == Number.tensorRawData, field.body == .lengthDelimited {
                // A repeated field: the last one counts, as everywhere in protobuf.
                rawData[initializerCount] = field.payload
            } else {
                try reader.append(field.whole, to: &tensor)
            }
            position = field.whole.upperBound
        }
        return tensor
    }

    private static func append(_ message: [UInt8], number: Int, to bytes: inout [UInt8]) {
        append(varint: UInt64(number) << 3 | 2, to: &bytes)
        append(varint: UInt64(message.count), to: &bytes)
        bytes += message
    }

    private static func append(varint value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
