import CDigest

/// SHA-256 over all maps of a run, for golden comparisons: for each delivered frame, in order, the text
/// `WIDTHxHEIGHT\n` and then the map's bytes, row by row.
///
/// Equal digests mean equal maps of equal frames in equal order. Allocates nothing after opening.
public final class DigestSink {
    private var digest = dh_sha256()
    private var head = ByteBuffer(capacity: 64)

    /// Starts a digest of no maps.
    public init() { dh_sha256_start(&digest, 1) }

    /// Takes the `width * height` bytes at `map`.
    public func write(_ map: UnsafePointer<UInt8>, width: Int, height: Int) {
        head.removeAll()
        head.append(decimal: width)
        head.append("x")
        head.append(decimal: height)
        head.append("\n")
        dh_sha256_update(&digest, head.start, head.count)
        dh_sha256_update(&digest, map, width * height)
    }

    /// The digest of all maps so far, 64 hexadecimal digits. More maps may follow. Allocates.
    public func hexadecimal() -> String {
        var copy = digest
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { bytes in
            dh_sha256_finish(&copy, bytes.baseAddress)
            return String(
                decoding: bytes.flatMap { [ByteBuffer.hexDigit($0 >> 4), ByteBuffer.hexDigit($0 & 15)] },
                as: UTF8.self)
        }
    }
}
