/// Turns encoded frames into pixels: JPEG, PNG and WebP to rgb24, raw frames to views of themselves.
///
/// One decoder a thread. Allocates only inside the codec libraries, and when a picture is larger than any before.
public final class ImageDecoder {
    private let jpeg: JPEGDecoder
    private let png = PNGDecoder()
    private let webp = WebPDecoder()

    /// Makes the codecs' state.
    public init() throws(FrameIOError) { jpeg = try JPEGDecoder() }

    /// Decodes `frame` into `image`. On an error `image.view` is nil and the decoder is ready for the next frame.
    ///
    /// A JPEG with any defect is an error, as a pipeline must not guess what a damaged picture showed.
    public func decode(_ frame: borrowing FrameBuffer, into image: inout DecodedImage) throws(DecodeError) {
        image.view = nil
        let header = frame.header
        let bytes = frame.bytes.bytes
        switch header.payload {
        case .jpeg: image.view = try jpeg.decode(bytes, into: &image.storage)
        case .png: image.view = try png.decode(bytes, into: &image.storage)
        case .webp: image.view = try webp.decode(bytes, into: &image.storage)
        case .raw(let format):
            guard ImageLimits.allows(width: header.width, height: header.height) else {
                throw .unacceptableSize(width: header.width, height: header.height)
            }
            let expected = format.byteCount(width: header.width, height: header.height)
            guard bytes.count == expected else { throw .wrongLength(expected: expected, actual: bytes.count) }
            image.view = ImageView(
                packed: UnsafePointer(frame.bytes.start), format: format, width: header.width, height: header.height,
                colorRange: header.colorRange, colorMatrix: header.colorMatrix)
        }
    }
}
