/// One encoded frame with its header, in memory that the next frame reuses. Lives in a pipeline's slot.
public struct FrameBuffer: ~Copyable, Sendable {
    /// What is known of the frame.
    public var header: FrameHeader

    /// The frame's bytes.
    public var bytes: ByteBuffer

    /// An empty buffer with room for `capacity` bytes. Allocates once.
    public init(capacity: Int = 0) {
        header = .none
        bytes = ByteBuffer(capacity: capacity)
    }
}
