/// The image messages that are read, by schema and encoding.
struct ImageSchema: Equatable {
    enum Encoding {
        /// ROS 2, OMG CDR.
        case cdr
        case protobuf
        case json
    }

    let encoding: Encoding
    /// Whether messages hold pixels; else JPEG, PNG or WebP pictures.
    let isRaw: Bool

    /// What a channel's messages are; nil for anything but images that can be read.
    init?(schema: String, encoding: String) {
        switch (encoding, schema) {
        case ("cdr", "sensor_msgs/msg/CompressedImage"): self.init(encoding: .cdr, isRaw: false)
        case ("cdr", "sensor_msgs/msg/Image"): self.init(encoding: .cdr, isRaw: true)
        case ("protobuf", "foxglove.CompressedImage"): self.init(encoding: .protobuf, isRaw: false)
        case ("protobuf", "foxglove.RawImage"): self.init(encoding: .protobuf, isRaw: true)
        case ("json", "foxglove.CompressedImage"): self.init(encoding: .json, isRaw: false)
        case ("json", "foxglove.RawImage"): self.init(encoding: .json, isRaw: true)
        default: return nil
        }
    }

    private init(encoding: Encoding, isRaw: Bool) {
        self.encoding = encoding
        self.isRaw = isRaw
    }

    /// For messages.
    static let names =
        "sensor_msgs/msg/CompressedImage and Image in cdr, foxglove.CompressedImage and RawImage in protobuf and json"
}
