/// A decoded picture in memory that the next frame reuses. Lives in a pipeline's slot.
public struct DecodedImage: ~Copyable, Sendable {
    /// Where JPEG, PNG and WebP pictures are decoded to; unused for raw frames, which are viewed where they are.
    var storage: ByteBuffer

    /// The picture; nil before the first and after a failed decode. For raw frames it points into the `FrameBuffer`.
    public internal(set) var view: ImageView?

    /// An empty picture with room for `capacity` bytes of pixels. Allocates once.
    public init(capacity: Int = 0) { storage = ByteBuffer(capacity: capacity) }

    /// Forgets the picture: that of an earlier frame must not stand for one that is not decoded.
    public mutating func clear() { view = nil }

    /// Makes room for `capacity` bytes of pixels, so that decoding a picture of that size allocates nothing.
    /// Invalidates `view` where it allocates.
    public mutating func reserve(_ capacity: Int) {
        guard capacity > storage.capacity else { return }
        view = nil
        storage.reserveExactly(capacity)
    }
}
