/// How a raw picture of the pipeline is stored in an image message: without loss, in an encoding that `RawImageLayout` (and
/// with it `replay`) reads. Planes that ROS has no name for are interleaved.
struct RawImageStorage {
    /// The name of the encoding.
    let encoding: StaticString
    /// Bytes from row to row.
    let step: Int
    /// Bytes in all.
    let byteCount: Int

    /// The storage of a picture.
    init(_ format: PixelFormat, width: Int, height: Int) {
        let even = (width + 1) / 2 * 2
        switch format {
        case .rgb24: (encoding, step) = ("rgb8", width * 3)
        case .bgr24: (encoding, step) = ("bgr8", width * 3)
        case .gray8: (encoding, step) = ("mono8", width)
        case .nv12, .yuv420p: (encoding, step) = ("nv12", even)
        case .yuv422p: (encoding, step) = ("yuv422_yuy2", even * 2)
        case .yuv444p: (encoding, step) = ("nv24", width)
        }
        switch format {
        case .rgb24, .bgr24, .gray8, .yuv422p: byteCount = step * height
        case .nv12, .yuv420p: byteCount = step * (height + (height + 1) / 2)
        case .yuv444p: byteCount = step * height * 3
        }
    }

    /// Stores `view` in `target`, which then holds exactly its bytes. Allocates only while `target` grows.
    func store(_ view: ImageView, into target: inout ByteBuffer) {
        target.removeAll()
        target.reserveExactly(byteCount)
        target.setCount(byteCount)
        let (out, width, height) = (target.start, view.width, view.height)
        switch view.format {
        case .rgb24, .bgr24, .gray8:
            for y in 0..<height { (out + y * step).update(from: view.plane0 + y * view.stride0, count: step) }
        case .nv12, .yuv420p:
            storeLuma(view, out)
            for y in 0..<(height + 1) / 2 {
                storePairs(view, row: y, count: (width + 1) / 2, out + (height + y) * step)
            }
        case .yuv444p:
            storeLuma(view, out)
            for y in 0..<height { storePairs(view, row: y, count: width, out + (height + 2 * y) * step) }
        case .yuv422p:
            guard let blue = view.plane1, let red = view.plane2 else { return }
            for y in 0..<height {
                let row = out + y * step
                for x in 0..<width { row[2 * x] = view.plane0[y * view.stride0 + x] }
                // The last pair of an odd row has no second pixel.
                if width % 2 == 1 { row[2 * width] = 0 }
                for x in 0..<(width + 1) / 2 {
                    row[4 * x + 1] = blue[y * view.stride1 + x]
                    row[4 * x + 3] = red[y * view.stride2 + x]
                }
            }
        }
    }

    private func storeLuma(_ view: ImageView, _ out: UnsafeMutablePointer<UInt8>) {
        for y in 0..<view.height {
            (out + y * step).update(from: view.plane0 + y * view.stride0, count: view.width)
            for x in view.width..<max(view.width, step) { out[y * step + x] = 0 }
        }
    }

    private func storePairs(_ view: ImageView, row: Int, count: Int, _ out: UnsafeMutablePointer<UInt8>) {
        guard let first = view.plane1 else { return }
        guard let second = view.plane2 else {
            out.update(from: first + row * view.stride1, count: 2 * count)
            return
        }
        for x in 0..<count {
            out[2 * x] = first[row * view.stride1 + x]
            out[2 * x + 1] = second[row * view.stride2 + x]
        }
    }
}
