import CKernels
import Kernels
import OpenSet
import TestSupport

/// A random picture of any format in fenced planes, rows as close as the format allows.
final class TestPicture {
    let geometry: PictureGeometry
    let planes: PicturePlanes
    private let buffers: [FencedBuffer<UInt8>]

    init(_ format: PictureFormat, width: Int, height: Int, random: inout SeededGenerator) {
        let sizes = Self.planeSizes(format, width: width, height: height)
        buffers = sizes.map { FencedBuffer(random.bytes($0.rowBytes * $0.rows)) }
        geometry = try! PictureGeometry(format: format, width: width, height: height)
        planes = Self.planes(buffers, sizes)
    }

    init(_ geometry: PictureGeometry, _ bytes: [[UInt8]]) {
        let sizes = Self.planeSizes(geometry.format, width: geometry.width, height: geometry.height)
        buffers = bytes.map(FencedBuffer.init)
        self.geometry = geometry
        planes = Self.planes(buffers, sizes)
    }

    private static func planes(
        _ buffers: [FencedBuffer<UInt8>], _ sizes: [(rowBytes: Int, rows: Int)]
    ) -> PicturePlanes {
        PicturePlanes(
            buffers[0].pointer, stride: sizes[0].rowBytes,
            buffers.count > 1 ? UnsafePointer(buffers[1].pointer) : nil,
            stride1: buffers.count > 1 ? sizes[1].rowBytes : 0,
            buffers.count > 2 ? UnsafePointer(buffers[2].pointer) : nil,
            stride2: buffers.count > 2 ? sizes[2].rowBytes : 0)
    }

    static func planeSizes(_ format: PictureFormat, width: Int, height: Int) -> [(rowBytes: Int, rows: Int)] {
        let half = (width + 1) / 2, low = (height + 1) / 2
        return switch format {
        case .rgb24, .bgr24: [(width * 3, height)]
        case .gray8: [(width, height)]
        case .yuv420p: [(width, height), (half, low), (half, low)]
        case .yuv422p: [(width, height), (half, height), (half, height)]
        case .yuv444p: [(width, height), (width, height), (width, height)]
        case .nv12: [(width, height), (half * 2, low)]
        }
    }

    /// The picture as packed RGB through the row kernel of `table`: a plan that changes nothing.
    func converted(_ table: KernelTable) throws -> [UInt8] {
        let plan = try PreprocessPlan(
            kernels: table, source: geometry, width: geometry.width, height: geometry.height,
            normalization: try Normalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1], range: (0, 255)),
            workers: 1, rowsPerBand: 7)
        var output = [Float](repeating: .nan, count: geometry.width * geometry.height * 3)
        for band in 0..<plan.bands.count {
            output.withUnsafeMutableBufferPointer {
                plan.run(band: band, worker: 0, picture: planes, output: $0.baseAddress!)
            }
        }
        return output.map { UInt8($0) }
    }
}
