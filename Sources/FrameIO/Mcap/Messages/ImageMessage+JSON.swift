extension ImageMessage {
    /// `foxglove.CompressedImage` or `foxglove.RawImage` as a JSON object, `data` in Base64 and `timestamp` as
    /// `{"sec": …, "nsec": …}`. Members that are not known are passed over.
    init?(json bytes: UnsafeBufferPointer<UInt8>, isRaw: Bool) {
        var scanner = JSONScanner(bytes)
        isBase64 = true
        var message = self
        let isWhole = scanner.object { name, scanner in
            if name.equals("timestamp") { return Self.timestamp(&scanner, &message.stampNanoseconds) }
            if name.equals("data") { return scanner.text(into: &message.data) }
            if name.equals(isRaw ? "encoding" : "format") { return scanner.text(into: &message.format) }
            if isRaw && name.equals("width") { return scanner.integer(into: &message.width) }
            if isRaw && name.equals("height") { return scanner.integer(into: &message.height) }
            if isRaw && name.equals("step") { return scanner.integer(into: &message.step) }
            return scanner.skipValue()
        }
        guard isWhole, scanner.isAtEnd else { return nil }
        self = message
    }

    private static func timestamp(_ scanner: inout JSONScanner, _ stamp: inout Int64?) -> Bool {
        // Proto3's own JSON mapping has a text here; only the schema of Foxglove is read.
        guard scanner.isAtObject else { return scanner.skipValue() }
        var (seconds, nanos) = (0, 0)
        let isWhole = scanner.object { name, scanner in
            if name.equals("sec") { return scanner.integer(into: &seconds) }
            if name.equals("nsec") || name.equals("nanosec") { return scanner.integer(into: &nanos) }
            return scanner.skipValue()
        }
        stamp = nanoseconds(seconds: Int64(seconds), nanoseconds: Int64(nanos))
        return isWhole
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether these bytes are `text`.
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index] != text.utf8Start[index] { return false }
        return true
    }
}
