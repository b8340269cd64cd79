internal import CKernels
public import Kernels

/// A frame of one format and size -> the network's input, packed float32 [height][width][3].
///
/// YUV is first converted to 8-bit RGB as JPEG decoders do, then resized by an antialiased bilinear filter (a triangle,
/// widened when shrinking: PIL's BILINEAR, PyTorch's `interpolate(antialias=True)`) in float, then normalised. Equal
/// sizes are copied, not filtered.
///
/// `run` may be called from several threads at once with different workers and bands. It neither allocates nor blocks.
public final class PreprocessPlan: @unchecked Sendable {
    // Immutable but for scratch, of which every worker has its own.
    /// The frame.
    public let source: PictureGeometry
    /// Width of the network's input.
    public let width: Int
    /// Height of the network's input.
    public let height: Int
    /// Bands of the network's input.
    public let bands: RowBands
    /// Workers that have scratch.
    public let workers: Int

    private let kernels: dh_preprocess_kernels
    private let normalization: Normalization
    private let columns: ResampleAxis
    private let rows: ResampleAxis
    private let scratch: AlignedMemory
    private let scratchBytes: Int

    /// Makes the filter tables.
    public init(
        kernels: KernelTable, source: PictureGeometry, width: Int, height: Int, normalization: Normalization,
        workers: Int, rowsPerBand: Int = 32
    ) throws(OpenSetError) {
        precondition(workers > 0 && rowsPerBand > 0, "a plan needs workers and bands of rows")
        try Limits.check(width: width, height: height, of: "a network's input")
        self.source = source
        self.width = width
        self.height = height
        self.workers = workers
        self.normalization = normalization
        self.kernels = kernels.functions.preprocess
        bands = RowBands(height: height, rowsPerBand: rowsPerBand)
        columns = ResampleAxis(input: source.width, output: width)
        rows = ResampleAxis(input: source.height, output: height)
        scratchBytes = AlignedMemory.rounded(dh_preprocess_scratch_bytes(columns.view, rows.view))
        scratch = AlignedMemory(byteCount: workers * scratchBytes)
    }

    /// Bytes that the plan holds for its workers.
    public var byteCount: Int { scratch.byteCount }

    /// Stage "normalize": one band of `output`, which has height * width * 3 floats.
    public func run(band: Int, worker: Int, picture: PicturePlanes, output: UnsafeMutablePointer<Float>) {
        precondition(worker >= 0 && worker < workers, "no such worker")
        let range = bands[band]
        var run = dh_preprocess_run()
        run.source = picture.image(source)
        run.columns = UnsafePointer(columns.view)
        run.rows = UnsafePointer(rows.view)
        run.output = output
        run.scratch = (scratch.bytes + worker * scratchBytes).assumingMemoryBound(to: UInt8.self)
        run.scale = (normalization.scale[0], normalization.scale[1], normalization.scale[2])
        run.shift = (normalization.shift[0], normalization.shift[1], normalization.shift[2])
        run.swap = normalization.isBGR ? 1 : 0
        run.begin = Int32(range.lowerBound)
        run.end = Int32(range.upperBound)
        kernels.preprocess(&run)
    }
}
