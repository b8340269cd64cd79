internal import Foundation
internal import FrameIO
internal import OpenSet

/// Paints the overlay of a copied frame and encodes it as JPEG. Used by one thread; allocates.
struct PicturePainter: ~Copyable {
    /// Wider pictures are thinned out to at most this: enough for a page, and cheap.
    private static let mostWidth = 1280

    private let settings: PerceptionSettings
    private let encoder: JPEGEncoder
    private var known: (key: FrameGeometry.Key, plan: OverlayPlan)?
    private var pixels = ByteBuffer()
    private var encoded = ByteBuffer()

    init(_ settings: PerceptionSettings) throws(FrameIOError) {
        self.settings = settings
        encoder = try JPEGEncoder(quality: 80)
    }

    /// The picture, or nil where it cannot be made.
    mutating func paint(_ frame: borrowing PictureTap.Copy) -> LivePicture.Picture? {
        guard let key = frame.key, let view = frame.view, let plan = try? plan(for: key) else { return nil }
        pixels.reserveExactly(key.width * key.height * 3)
        for band in 0..<plan.bands.count {
            plan.run(
                band: band, worker: 0, picture: PicturePlanes(view), openSet: UnsafePointer(frame.openSet.start),
                output: pixels.start)
        }
        let step = (key.width + Self.mostWidth - 1) / Self.mostWidth
        let (width, height) = thin(width: key.width, height: key.height, step: step)
        guard (try? encoder.encode(pixels.start, width: width, height: height, into: &encoded)) != nil else {
            return nil
        }
        // An array of its own: while the picture shared the tap's, the sink would have to allocate for the next frame.
        let regions = frame.regions.map { $0 }
        return LivePicture.Picture(
            jpeg: Data(encoded.bytes), frameID: frame.frameID, sequence: frame.sequence, width: key.width,
            height: key.height, regions: regions)
    }

    private mutating func plan(for key: FrameGeometry.Key) throws -> OverlayPlan {
        if let known, known.key == key { return known.plan }
        let palette = try settings.palette
        let plan = try OverlayPlan(
            kernels: settings.kernels,
            picture: try PictureGeometry(
                format: key.format.pictureFormat, width: key.width, height: key.height,
                conversion: ColorConversion(key.colorMatrix, key.colorRange)),
            map: try OpenSetMap(width: key.width, height: key.height, classes: palette.classes.count), palette: palette,
            style: try OverlayStyle(), workers: 1)
        known = (key, plan)
        return plan
    }

    /// Keeps every `step`th pixel of every `step`th row, in place.
    private mutating func thin(width: Int, height: Int, step: Int) -> (width: Int, height: Int) {
        guard step > 1 else { return (width, height) }
        let (columns, rows) = (max(1, width / step), max(1, height / step))
        var target = pixels.start
        for row in 0..<rows {
            var source = pixels.start + row * step * width * 3
            for _ in 0..<columns {
                (target[0], target[1], target[2]) = (source[0], source[1], source[2])
                target += 3
                source += step * 3
            }
        }
        return (columns, rows)
    }
}
