internal import CKernels

/// A step that works on bands of rows, and pointwise convolutions of what it makes: all of them compute one band before
/// anything computes the next, so that a map too large for a cache is read while its band is in one.
struct ChainStep: PlanStep {
    /// Bytes from which on a map pays for a chain: less stays in a cache.
    static let leastBytes = 2 << 20

    let links: UnsafePointer<AnyStep>
    let count: Int
    let rows: RowChunks
    /// A map that only the links read.
    var passing: Passing?

    /// A map of which nothing remains: every worker has rows of it for one band, and writes all its bands there, so that they
    /// stay in its cache.
    struct Passing {
        let map: Operand
        let rowBytes: Int

        /// nil where the map has no room for a band of each worker.
        init?(map: Operand, width: Int, rows: RowChunks, threads: Int) {
            guard rows.most * threads <= rows.height else { return nil }
            self.map = map
            rowBytes = width * 32
        }

        func shift(chunk: Int32, worker: Int32, rows: RowChunks) -> Int {
            (Int(worker) * rows.most - rows.rows(of: chunk).lowerBound) * rowBytes
        }
    }

    var chunkCount: Int32 { rows.count }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        guard let passing else {
            for link in 0..<count { links[link].run(chunk: chunk, worker: worker, context: context) }
            return
        }
        let shift = passing.shift(chunk: chunk, worker: worker, rows: rows)
        for link in 0..<count {
            switch links[link] {
            case .upsampleSum(let step):
                step.run(chunk: chunk, worker: worker, outputShift: shift, context: context)
            case .branches(let step): step.run(chunk: chunk, worker: worker, outputShift: shift, context: context)
            case .quantize(let step): step.run(chunk: chunk, worker: worker, inputShift: shift, context: context)
            case .convolution(let step) where step.input == passing.map:
                step.run(chunk: chunk, worker: worker, inputShift: shift, context: context)
            case .narrow(let step) where step.input == passing.map:
                step.run(chunk: chunk, worker: worker, inputShift: shift, context: context)
            default: links[link].run(chunk: chunk, worker: worker, context: context)
            }
        }
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
