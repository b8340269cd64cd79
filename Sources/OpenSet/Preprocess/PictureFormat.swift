internal import CKernels

/// Layouts of 8-bit pictures that can be normalised and drawn on.
public enum PictureFormat: Sendable, CaseIterable {
    /// One plane, R G B interleaved.
    case rgb24
    /// One plane, B G R interleaved.
    case bgr24
    /// One plane of grey.
    case gray8
    /// Y, Cb, Cr planes; chroma halved in both directions, rounded up.
    case yuv420p
    /// Y, Cb, Cr planes; chroma halved in width, rounded up.
    case yuv422p
    /// Y, Cb, Cr planes of equal size.
    case yuv444p
    /// Y plane and a plane of interleaved Cb Cr, halved in both directions, rounded up.
    case nv12

    var code: dh_pixel_format {
        switch self {
        case .rgb24: DH_PIXEL_RGB24
        case .bgr24: DH_PIXEL_BGR24
        case .gray8: DH_PIXEL_GRAY8
        case .yuv420p: DH_PIXEL_YUV420
        case .yuv422p: DH_PIXEL_YUV422
        case .yuv444p: DH_PIXEL_YUV444
        case .nv12: DH_PIXEL_NV12
        }
    }

    /// Planes that a picture has.
    var planes: Int {
        switch self {
        case .rgb24, .bgr24, .gray8: 1
        case .nv12: 2
        case .yuv420p, .yuv422p, .yuv444p: 3
        }
    }
}

/// What a picture is, without its bytes.
public struct PictureGeometry: Sendable, Equatable {
    /// Layout of the bytes.
    public let format: PictureFormat
    /// Width in pixels.
    public let width: Int
    /// Height in pixels.
    public let height: Int
    /// How YUV becomes RGB; not read for other formats.
    public let conversion: ColorConversion

    /// Fails for sizes that no picture has.
    public init(
        format: PictureFormat, width: Int, height: Int, conversion: ColorConversion = .bt601Full
    ) throws(OpenSetError) {
        try Limits.check(width: width, height: height, of: "a picture")
        self.format = format
        self.width = width
        self.height = height
        self.conversion = conversion
    }
}

/// One picture's bytes. A trivial value; the pipeline's slot owns the memory.
public struct PicturePlanes: @unchecked Sendable {
    // Pointers into one slot, which one stage holds at a time.
    /// First plane.
    public var plane0: UnsafePointer<UInt8>
    /// Second plane, for YUV.
    public var plane1: UnsafePointer<UInt8>?
    /// Third plane, for planar YUV.
    public var plane2: UnsafePointer<UInt8>?
    /// Bytes between rows of the first plane.
    public var stride0: Int
    /// Bytes between rows of the second plane.
    public var stride1: Int
    /// Bytes between rows of the third plane.
    public var stride2: Int

    /// Planes as the format has them; the others are nil and 0.
    public init(
        _ plane0: UnsafePointer<UInt8>, stride: Int, _ plane1: UnsafePointer<UInt8>? = nil, stride1: Int = 0,
        _ plane2: UnsafePointer<UInt8>? = nil, stride2: Int = 0
    ) {
        self.plane0 = plane0
        self.plane1 = plane1
        self.plane2 = plane2
        stride0 = stride
        self.stride1 = stride1
        self.stride2 = stride2
    }

    /// The kernel's view.
    func image(_ geometry: PictureGeometry) -> dh_image {
        precondition(geometry.format.planes < 2 || plane1 != nil, "the second plane is missing")
        precondition(geometry.format.planes < 3 || plane2 != nil, "the third plane is missing")
        var image = dh_image()
        image.planes = (plane0, plane1, plane2)
        image.strides = (Int64(stride0), Int64(stride1), Int64(stride2))
        image.width = Int32(geometry.width)
        image.height = Int32(geometry.height)
        image.format = Int32(geometry.format.code.rawValue)
        image.matrix = geometry.conversion.matrix
        return image
    }
}
