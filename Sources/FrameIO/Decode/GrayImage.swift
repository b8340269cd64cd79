/// A label picture: one byte a pixel, row by row.
///
/// The samples are those that the file stores: grey levels as they are (2- and 4-bit ones not stretched to 255), and
/// of palette pictures the *indices*, never the colours. For evaluation, not for the frame path.
public struct GrayImage: Sendable, Equatable {
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// `width * height` samples, row-major, no padding.
    public let pixels: [UInt8]

    /// Takes `pixels`, which must be `width * height`.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height, "a picture needs width * height pixels")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Reads an 8-bit-or-less grey or palette PNG. Colour, alpha and 16 bits are errors that say so.
    public init(contentsOf path: String) throws(FrameIOError) {
        let file = try Paths.contents(path)
        var samples = ByteBuffer()
        do throws(DecodeError) {
            let (width, height) = try PNGDecoder().decodeSamples(file.bytes, into: &samples)
            self.init(width: width, height: height, pixels: Array(samples.bytes))
        } catch {
            throw .malformed("\(path): \(error)")
        }
    }
}
