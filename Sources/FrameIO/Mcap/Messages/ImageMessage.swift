/// An image message, its parts where they lie in the record: nothing is copied.
struct ImageMessage {
    /// The message's own time of the image: a ROS header's stamp, "acquisition time of image", or Foxglove's `timestamp`.
    /// Nil where it is not set (0).
    var stampNanoseconds: Int64?
    /// `rgb8; jpeg compressed bgr8`, `png`; or of pixels their encoding, such as `rgb8`.
    var format = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// Of pixels only.
    var width = 0
    var height = 0
    /// Bytes from row to row.
    var step = 0
    /// The picture or the pixels.
    var data = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// Whether `data` is Base64 text.
    var isBase64 = false

    /// Reads a message; nil where it breaks its encoding.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, as schema: ImageSchema) {
        switch schema.encoding {
        case .cdr: self.init(cdr: bytes, isRaw: schema.isRaw)
        case .protobuf: self.init(protobuf: bytes, isRaw: schema.isRaw)
        case .json: self.init(json: bytes, isRaw: schema.isRaw)
        }
    }

    init() {}

    /// Seconds and nanoseconds as one number; nil for 0, for what is out of range and before 1970.
    static func nanoseconds(seconds: Int64, nanoseconds: Int64) -> Int64? {
        guard seconds >= 0, 0..<1_000_000_000 ~= nanoseconds else { return nil }
        let (scaled, over) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overAgain) = scaled.addingReportingOverflow(nanoseconds)
        return over || overAgain || sum == 0 ? nil : sum
    }
}
