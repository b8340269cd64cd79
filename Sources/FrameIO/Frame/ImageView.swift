/// A picture that lies in memory owned elsewhere: format, size, and up to three planes with strides in bytes.
///
/// Trivial to copy. The pointers are valid as long as the `DecodedImage` (and, for raw frames, the `FrameBuffer`) that
/// it came from is neither decoded into again nor ended.
public struct ImageView: @unchecked Sendable {
    /// Layout of the samples.
    public let format: PixelFormat
    /// Width in pixels.
    public let width: Int
    /// Height in pixels.
    public let height: Int
    /// Range of YUV samples; `full` for RGB.
    public let colorRange: ColorRange
    /// Matrix of YUV samples.
    public let colorMatrix: ColorMatrix
    /// Interleaved pixels, luma or grey.
    public let plane0: UnsafePointer<UInt8>
    /// Cb, or interleaved CbCr of nv12; nil for one-plane formats.
    public let plane1: UnsafePointer<UInt8>?
    /// Cr; nil unless there are three planes.
    public let plane2: UnsafePointer<UInt8>?
    /// Bytes from row to row of `plane0`.
    public let stride0: Int
    /// Bytes from row to row of `plane1`.
    public let stride1: Int
    /// Bytes from row to row of `plane2`.
    public let stride2: Int

    /// Views the packed picture at `base`, which must hold `format.byteCount(width:height:)` bytes.
    public init(
        packed base: UnsafePointer<UInt8>, format: PixelFormat, width: Int, height: Int, colorRange: ColorRange,
        colorMatrix: ColorMatrix
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.colorRange = colorRange
        self.colorMatrix = colorMatrix
        let planes = format.planeCount
        stride0 = format.rowBytes(plane: 0, width: width)
        stride1 = planes > 1 ? format.rowBytes(plane: 1, width: width) : 0
        stride2 = planes > 2 ? format.rowBytes(plane: 2, width: width) : 0
        plane0 = base
        let second = base + stride0 * format.rows(plane: 0, height: height)
        plane1 = planes > 1 ? second : nil
        plane2 = planes > 2 ? second + stride1 * format.rows(plane: 1, height: height) : nil
    }
}
