/// One frame as a file of its own, without loss: what the program can read again, and people can look at.
///
/// JPEG and PNG pictures stay as they are; raw RGB becomes PNG, raw YUV and grey one frame of Y4M. Allocates; not for the
/// frame path.
public struct FrameFile: ~Copyable {
    /// The ending of the file's name.
    public let ending: String
    private let bytes: ByteBuffer

    /// The file's contents, valid as long as it.
    public var contents: UnsafeRawBufferPointer { bytes.contents }

    /// The frame of `header` whose encoded bytes are `encoded`.
    public init(_ header: FrameHeader, _ encoded: UnsafeRawBufferPointer) throws(FrameIOError) {
        var bytes = ByteBuffer(capacity: encoded.count + 256)
        switch header.payload {
        case .jpeg, .png, .webp:
            bytes.append(encoded)
            ending = header.payload == .jpeg ? "jpg" : header.payload.name
        case .raw(let format):
            let (width, height) = (header.width, header.height)
            guard encoded.count == format.byteCount(width: width, height: height), let base = encoded.baseAddress else {
                throw .malformed(
                    "frame \(header.id): \(encoded.count) bytes are no \(format.name) of \(width)x\(height)")
            }
            let pixels = base.assumingMemoryBound(to: UInt8.self)
            switch format {
            case .rgb24, .bgr24:
                var rgb = ByteBuffer()
                rgb.append(encoded)
                if format == .bgr24 {
                    for pixel in 0..<width * height { swap(&rgb.start[3 * pixel], &rgb.start[3 * pixel + 2]) }
                }
                try PNGEncoder.encode(rgb.start, width: width, height: height, channels: 3, into: &bytes)
                ending = "png"
            case .gray8, .yuv420p, .yuv422p, .yuv444p, .nv12:
                Self.append(y4m: pixels, format, header, to: &bytes)
                ending = "y4m"
            }
        }
        self.bytes = bytes
    }

    private static func append(
        y4m pixels: UnsafePointer<UInt8>, _ format: PixelFormat, _ header: FrameHeader, to bytes: inout ByteBuffer
    ) {
        bytes.append("YUV4MPEG2 W")
        bytes.append(decimal: header.width)
        bytes.append(" H")
        bytes.append(decimal: header.height)
        bytes.append(" F0:0 Ip A0:0 C")
        switch format {
        case .gray8: bytes.append("mono")
        case .yuv422p: bytes.append("422")
        case .yuv444p: bytes.append("444")
        default: bytes.append("420jpeg")
        }
        bytes.append(header.colorRange == .full ? " XCOLORRANGE=FULL\nFRAME\n" : " XCOLORRANGE=LIMITED\nFRAME\n")
        let size = format.byteCount(width: header.width, height: header.height)
        guard format == .nv12 else { return bytes.append(UnsafeRawBufferPointer(start: pixels, count: size)) }
        let luma = header.width * header.height
        bytes.append(UnsafeRawBufferPointer(start: pixels, count: luma))
        for first in 0..<2 {
            for pair in 0..<(size - luma) / 2 { bytes.append(pixels[luma + 2 * pair + first]) }
        }
    }
}
