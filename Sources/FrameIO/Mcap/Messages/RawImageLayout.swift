/// How the pixels of an image message lie, and how they become a packed picture of a format that the pipeline takes.
///
/// The names are those of ROS (sensor_msgs/image_encodings) and Foxglove, and `nv12`, which both lack.
struct RawImageLayout {
    private enum Samples {
        /// Interleaved pixels of as many bytes as the format has.
        case interleaved
        /// Four bytes a pixel, the last of which is alpha.
        case alpha
        /// Two pixels in four bytes; where luma and chroma lie.
        case packed422(luma: Int, chroma: Int)
        /// A plane of luma and one of chroma pairs, halved in both directions.
        case planes420(swapped: Bool)
        /// A plane of luma and one of chroma pairs, not halved.
        case planes444
    }

    /// What the pipeline gets.
    let format: PixelFormat
    private let samples: Samples

    private init(_ format: PixelFormat, _ samples: Samples) {
        self.format = format
        self.samples = samples
    }

    /// The layout that an encoding names; nil for others.
    init?(encoding name: UnsafeBufferPointer<UInt8>) {
        if name.equals("rgb8") {
            self.init(.rgb24, .interleaved)
        } else if name.equals("bgr8") {
            self.init(.bgr24, .interleaved)
        } else if name.equals("mono8") || name.equals("8UC1") {
            self.init(.gray8, .interleaved)
        } else if name.equals("rgba8") {
            self.init(.rgb24, .alpha)
        } else if name.equals("bgra8") {
            self.init(.bgr24, .alpha)
        } else if name.equals("yuyv") || name.equals("yuv422_yuy2") {
            self.init(.yuv422p, .packed422(luma: 0, chroma: 1))
        } else if name.equals("uyvy") || name.equals("yuv422") {
            self.init(.yuv422p, .packed422(luma: 1, chroma: 0))
        } else if name.equals("nv12") {
            self.init(.nv12, .planes420(swapped: false))
        } else if name.equals("nv21") {
            self.init(.nv12, .planes420(swapped: true))
        } else if name.equals("nv24") {
            self.init(.yuv444p, .planes444)
        } else {
            return nil
        }
    }

    /// For messages.
    static let names = "rgb8, bgr8, rgba8, bgra8, mono8, yuyv (yuv422_yuy2), uyvy (yuv422), nv12, nv21, nv24"

    /// Packs the pixels of `message`, which begin at `data`, into `target`; false where there are fewer than its size
    /// and step need.
    func pack(
        _ message: ImageMessage, _ data: UnsafeBufferPointer<UInt8>, into target: inout ByteBuffer
    ) -> Bool {
        let (width, height) = (message.width, message.height)
        guard ImageLimits.allows(width: width, height: height) else { return false }
        let row = storedRowBytes(width)
        let step = message.step == 0 ? row : message.step
        // A step beyond the data cannot be; it is bounded first, so that products stay in range.
        guard step >= row, step <= data.count, lastByte(step, width, height) <= data.count, let base = data.baseAddress
        else { return false }
        let size = format.byteCount(width: width, height: height)
        target.removeAll()
        target.reserveExactly(size)
        target.setCount(size)
        let out = target.start
        switch samples {
        case .interleaved:
            for y in 0..<height { (out + y * row).update(from: base + y * step, count: row) }
        case .alpha:
            for y in 0..<height { Self.dropAlpha(base + y * step, out + y * width * 3, width) }
        case .packed422(let luma, let chroma):
            Self.unpack422(base, step, out, width, height, luma: luma, chroma: chroma)
        case .planes420(let swapped):
            Self.copy420(base, step, out, width, height, swapped: swapped)
        case .planes444: Self.split444(base, step, out, width, height)
        }
        return true
    }

    private func storedRowBytes(_ width: Int) -> Int {
        switch samples {
        case .interleaved: format.rowBytes(plane: 0, width: width)
        case .alpha: width * 4
        case .packed422: (width + 1) / 2 * 4
        case .planes420: (width + 1) / 2 * 2
        case .planes444: width
        }
    }

    /// Bytes up to the end of the last row.
    private func lastByte(_ step: Int, _ width: Int, _ height: Int) -> Int {
        switch samples {
        case .interleaved, .alpha, .packed422: step * (height - 1) + storedRowBytes(width)
        case .planes420: step * (height + (height + 1) / 2 - 1) + (width + 1) / 2 * 2
        case .planes444: step * (height + 2 * (height - 1)) + 2 * width
        }
    }
}

extension RawImageLayout {
    private typealias Source = UnsafePointer<UInt8>
    private typealias Target = UnsafeMutablePointer<UInt8>

    private static func dropAlpha(_ source: Source, _ target: Target, _ width: Int) {
        for x in 0..<width {
            target[3 * x] = source[4 * x]
            target[3 * x + 1] = source[4 * x + 1]
            target[3 * x + 2] = source[4 * x + 2]
        }
    }

    private static func unpack422(
        _ source: Source, _ step: Int, _ target: Target, _ width: Int, _ height: Int, luma: Int, chroma: Int
    ) {
        let half = (width + 1) / 2
        let blue = target + width * height
        let red = blue + half * height
        for y in 0..<height {
            let row = source + y * step
            for x in 0..<width { target[y * width + x] = row[2 * x + luma] }
            for x in 0..<half {
                blue[y * half + x] = row[4 * x + chroma]
                red[y * half + x] = row[4 * x + chroma + 2]
            }
        }
    }

    private static func copy420(
        _ source: Source, _ step: Int, _ target: Target, _ width: Int, _ height: Int, swapped: Bool
    ) {
        for y in 0..<height { (target + y * width).update(from: source + y * step, count: width) }
        let row = (width + 1) / 2 * 2
        for y in 0..<(height + 1) / 2 {
            let pairs = source + (height + y) * step
            let out = target + width * height + y * row
            for x in 0..<row { out[x] = pairs[swapped ? x ^ 1 : x] }
        }
    }

    private static func split444(_ source: Source, _ step: Int, _ target: Target, _ width: Int, _ height: Int) {
        let pixels = width * height
        for y in 0..<height {
            (target + y * width).update(from: source + y * step, count: width)
            let pairs = source + (height + 2 * y) * step
            for x in 0..<width {
                target[pixels + y * width + x] = pairs[2 * x]
                target[2 * pixels + y * width + x] = pairs[2 * x + 1]
            }
        }
    }
}
