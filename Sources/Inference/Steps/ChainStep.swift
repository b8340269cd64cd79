internal import CKernels

/// A step that works on bands of rows, and pointwise convolutions of what it makes: all of them compute one band before
/// anything computes the next, so that a map too large for a cache is read while its band is in one.
struct ChainStep: PlanStep {
    /// Bytes from which on a map pays for a chain: less stays in a cache.
    static let leastBytes = 2 << 20

    let links: UnsafePointer<AnyStep>
    let count: Int
    let rows: RowChunks

    var chunkCount: Int32 { rows.count }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        for link in 0..<count { links[link].run(chunk: chunk, worker: worker, context: context) }
    }
}

/// The pixels of bands of rows, or of equal chunks.
struct PixelBands {
    private let rows: RowChunks?
    private let width: Int
    private let pixels: Int

    init(rows: RowChunks, width: Int) {
        self.rows = rows
        self.width = width
        pixels = 0
    }

    /// Chunks long enough for streams and short enough to balance.
    init(pixels: Int) {
        rows = nil
        width = 4096
        self.pixels = pixels
    }

    var count: Int32 { rows?.count ?? Int32((pixels + width - 1) / width) }

    func pixels(of chunk: Int32) -> (begin: Int, end: Int) {
        guard let rows = rows?.rows(of: chunk) else {
            return (Int(chunk) * width, min(pixels, (Int(chunk) + 1) * width))
        }
        return (rows.lowerBound * width, rows.upperBound * width)
    }
}
