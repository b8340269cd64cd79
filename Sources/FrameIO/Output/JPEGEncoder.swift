import CTurboJPEG

/// rgb24 to JPEG, and to full-range BT.601 planes, by libturbojpeg. One thread at a time.
public final class JPEGEncoder {
    private let handle: tjhandle
    private let quality: Int32

    /// Chroma is halved in both directions, as players expect of MJPEG.
    private static let subsampling = Int32(TJSAMP_420.rawValue)

    /// An encoder of `quality` 1 to 100.
    public init(quality: Int) throws(FrameIOError) {
        guard 1...100 ~= quality else { throw .usage("JPEG quality is \(quality); 1 to 100 is possible") }
        guard let handle = CodecScope.run({ tjInitCompress() }) else {
            throw .unsupported("libturbojpeg cannot make a compressor: out of memory")
        }
        self.handle = handle
        self.quality = Int32(quality)
    }

    deinit { tjDestroy(handle) }

    /// Encodes `width * height` packed rgb24 pixels into `output`. Allocates in the codec library, and where `output` is
    /// smaller than the picture might need.
    public func encode(
        _ pixels: UnsafePointer<UInt8>, width: Int, height: Int, into output: inout ByteBuffer
    ) throws(FrameIOError) {
        let bound = Int(tjBufSize(Int32(width), Int32(height), Self.subsampling))
        output.reserveExactly(bound)
        var target: UnsafeMutablePointer<UInt8>? = output.start
        var size = UInt(bound)
        let status = CodecScope.run {
            tjCompress2(
                handle, pixels, Int32(width), Int32(width * 3), Int32(height), Int32(TJPF_RGB.rawValue), &target, &size,
                Self.subsampling, quality, TJFLAG_NOREALLOC)
        }
        guard status == 0 else { throw failure("encode a JPEG of \(width)x\(height)") }
        output.setCount(Int(size))
    }

    /// Converts packed rgb24 to tight yuv420p planes of full-range BT.601 in `output`, by way of `scratch`.
    func convertTo420(
        _ pixels: UnsafePointer<UInt8>, width: Int, height: Int, scratch: inout ByteBuffer,
        into output: inout ByteBuffer
    ) throws(FrameIOError) {
        // TurboJPEG pads the planes of odd sizes to whole chroma samples; the extra column and row are left behind.
        let rowBytes = (width + 1) / 2 * 2
        let rows = (height + 1) / 2 * 2
        let chromaBytes = rowBytes / 2 * (rows / 2)
        scratch.reserveExactly(rowBytes * rows + 2 * chromaBytes)
        var planes: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?) = (
            scratch.start, scratch.start + rowBytes * rows, scratch.start + rowBytes * rows + chromaBytes
        )
        let status = CodecScope.run {
            withUnsafeMutablePointer(to: &planes) {
                // A homogeneous tuple of three is laid out as an array of three.
                $0.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 3) { list in
                    tjEncodeYUVPlanes(
                        handle, pixels, Int32(width), Int32(width * 3), Int32(height), Int32(TJPF_RGB.rawValue), list,
                        nil, Self.subsampling, 0)
                }
            }
        }
        guard status == 0 else { throw failure("convert a picture of \(width)x\(height)") }
        output.removeAll()
        output.reserveExactly(PixelFormat.yuv420p.byteCount(width: width, height: height))
        for row in 0..<height {
            output.append(UnsafeRawBufferPointer(start: scratch.base + row * rowBytes, count: width))
        }
        output.append(UnsafeRawBufferPointer(start: scratch.base + rowBytes * rows, count: 2 * chromaBytes))
    }

    private func failure(_ task: String) -> FrameIOError {
        let message = tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown reason"
        return .unsupported("libturbojpeg cannot \(task): \(message)")
    }
}
