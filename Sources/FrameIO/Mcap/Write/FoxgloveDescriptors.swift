/// Foxglove's image messages as FileDescriptorSets (descriptor.proto), which readers of Protocol Buffers need.
///
/// Small enough to be written out; the conformance tests compare them with Foxglove's own package.
enum FoxgloveDescriptors {
    private enum Kind: UInt8 {
        case fixed32 = 7
        case string = 9
        case message = 11
        case bytes = 12
        case int64 = 3
        case int32 = 5
    }

    private struct Field {
        let name: StaticString
        let number: UInt8
        let kind: Kind
    }

    static func set(isRaw: Bool) -> ByteBuffer {
        var set = ByteBuffer()
        set.append(field: 1) { file in
            file.append(field: 1, text: "google/protobuf/timestamp.proto")
            file.append(field: 2, text: "google.protobuf")
            file.append(field: 4) { message in
                message.append(field: 1, text: "Timestamp")
                append(Field(name: "seconds", number: 1, kind: .int64), to: &message)
                append(Field(name: "nanos", number: 2, kind: .int32), to: &message)
            }
            file.append(field: 12, text: "proto3")
        }
        set.append(field: 1) { file in
            file.append(field: 1, text: isRaw ? "foxglove/RawImage.proto" : "foxglove/CompressedImage.proto")
            file.append(field: 2, text: "foxglove")
            file.append(field: 3, text: "google/protobuf/timestamp.proto")
            file.append(field: 4) { message in
                message.append(field: 1, text: isRaw ? "RawImage" : "CompressedImage")
                for field in isRaw ? raw : compressed { append(field, to: &message) }
            }
            file.append(field: 12, text: "proto3")
        }
        return set
    }

    private static let raw = [
        Field(name: "timestamp", number: 1, kind: .message), Field(name: "frame_id", number: 7, kind: .string),
        Field(name: "width", number: 2, kind: .fixed32), Field(name: "height", number: 3, kind: .fixed32),
        Field(name: "encoding", number: 4, kind: .string), Field(name: "step", number: 5, kind: .fixed32),
        Field(name: "data", number: 6, kind: .bytes),
    ]

    private static let compressed = [
        Field(name: "timestamp", number: 1, kind: .message), Field(name: "frame_id", number: 4, kind: .string),
        Field(name: "data", number: 2, kind: .bytes), Field(name: "format", number: 3, kind: .string),
    ]

    private static func append(_ field: Field, to message: inout ByteBuffer) {
        message.append(field: 2) { descriptor in
            descriptor.append(field: 1, text: field.name)
            descriptor.append(field: 3, number: UInt64(field.number))
            // LABEL_OPTIONAL
            descriptor.append(field: 4, number: 1)
            descriptor.append(field: 5, number: UInt64(field.kind.rawValue))
            if field.kind == .message { descriptor.append(field: 6, text: ".google.protobuf.Timestamp") }
        }
    }
}
