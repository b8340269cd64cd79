internal import CKernels
public import Kernels

/// Paints an open-set map over the camera picture: class colours blended in, unknown regions in a strong colour with a
/// contour. Output is rgb24 at the frame's resolution.
///
/// `run` may be called from several threads at once with different workers and bands, once the whole open-set map is
/// there (contours look at neighbouring rows). It neither allocates nor blocks.
public final class OverlayPlan: @unchecked Sendable {
    // Immutable but for scratch, of which every worker has its own.
    /// The frame.
    public let picture: PictureGeometry
    /// Bands of the frame.
    public let bands: RowBands
    /// Workers that have scratch.
    public let workers: Int

    private let kernels: dh_preprocess_kernels
    private let entries: AlignedMemory
    private let unknown: Int
    private let contourWidth: Int
    private let scratch: AlignedMemory
    private let scratchBytes: Int

    /// Makes the colour table. Fails where the palette has another number of classes than the map.
    public init(
        kernels: KernelTable, picture: PictureGeometry, map: OpenSetMap, palette: Palette, style: OverlayStyle,
        workers: Int, rowsPerBand: Int = 32
    ) throws(OpenSetError) {
        precondition(workers > 0 && rowsPerBand > 0, "a plan needs workers and bands of rows")
        guard palette.classes.count == map.classes else {
            throw .palette("the palette has \(palette.classes.count) classes and the model \(map.classes)")
        }
        guard map.width == picture.width, map.height == picture.height else {
            throw .geometry(
                "a map of \(map.width)x\(map.height) does not lie on a picture of \(picture.width)x\(picture.height)")
        }
        self.picture = picture
        self.workers = workers
        self.kernels = kernels.functions.preprocess
        bands = RowBands(height: picture.height, rowsPerBand: rowsPerBand)
        unknown = Int(map.unknown)
        contourWidth = style.contourWidth
        let table = style.entries(palette)
        entries = AlignedMemory(byteCount: table.count * MemoryLayout<dh_overlay_entry>.stride)
        table.withUnsafeBytes { [bytes = entries.bytes, count = entries.byteCount] source in
            UnsafeMutableRawBufferPointer(start: bytes, count: count).copyMemory(from: source)
        }
        scratchBytes = AlignedMemory.rounded(dh_overlay_scratch_bytes(Int32(picture.width)))
        scratch = AlignedMemory(byteCount: workers * scratchBytes)
    }

    /// Paints one band of `output`, which has height * width * 3 bytes; `openSet` is the whole map [height][width].
    public func run(
        band: Int, worker: Int, picture planes: PicturePlanes, openSet: UnsafePointer<UInt8>,
        output: UnsafeMutablePointer<UInt8>
    ) {
        precondition(worker >= 0 && worker < workers, "no such worker")
        let range = bands[band]
        var run = dh_overlay_run()
        run.source = planes.image(picture)
        run.openset = openSet
        run.entries = UnsafePointer(entries.bytes.assumingMemoryBound(to: dh_overlay_entry.self))
        run.output = output
        run.scratch = (scratch.bytes + worker * scratchBytes).assumingMemoryBound(to: UInt8.self)
        run.openset_stride = Int64(picture.width)
        run.output_stride = Int64(picture.width * 3)
        run.unknown = Int32(unknown)
        run.thickness = Int32(contourWidth)
        run.begin = Int32(range.lowerBound)
        run.end = Int32(range.upperBound)
        kernels.overlay(&run)
    }
}
