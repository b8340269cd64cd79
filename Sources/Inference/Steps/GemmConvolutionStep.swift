internal import CKernels
internal import COpenBLAS

/// A dense convolution as a matrix product by OpenBLAS: pixels' K-groups are gathered into rows, multiplied with the
/// packed weights, and finished plane by plane. The fallback for processors without kernels of their own, and a second
/// opinion in tests. OpenBLAS itself stays single-threaded: chunks run on the plan's workers.
struct GemmConvolutionStep: PlanStep {
    /// Geometry, tables and the one block of weights [groups][width].
    let convolution: ConvolutionStep
    let groups: Int32
    let width: Int32

    /// Pixels of one product: enough to reuse the weights, few enough for the rows to stay in cache.
    private static let most: Int32 = 64

    init(convolution: ConvolutionStep, groups: Int32, width: Int32) {
        openblas_set_num_threads(1)
        self.convolution = convolution
        self.groups = groups
        self.width = width
    }

    var chunkCount: Int32 { convolution.chunkCount }

    private var prologueBytes: Int { Int(convolution.prologue?.planes ?? 0) * Int(convolution.panel) * 32 }

    /// The prologue's panel, the gathered rows and the products.
    var scratchBytes: Int { prologueBytes + Int(Self.most) * Int(groups + width) * 4 }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let source = UnsafeRawPointer(context.buffers[convolution.input])
        let scratch = context.scratch(of: worker)
        let rows = (scratch + prologueBytes).assumingMemoryBound(to: Float.self)
        let products = rows + Int(Self.most) * Int(groups)
        for row in convolution.rows.rows(of: chunk) {
            var begin: Int32 = 0
            while begin < convolution.outputWidth {
                let end = min(convolution.outputWidth, begin + convolution.panel)
                var window = source + convolution.origin + row * convolution.rowStep
                if let prologue = convolution.prologue {
                    let start = row * Int(convolution.outputWidth) + Int(begin)
                    convolution.prepare(prologue, from: source + start * 32, pixels: Int(end - begin), into: scratch)
                    window = UnsafeRawPointer(scratch) - Int(begin) * convolution.pixelStep
                }
                multiply(row: row, begin: begin, end: end, window: window, rows: rows, products: products, context)
                begin = end
            }
        }
    }

    private func multiply(
        row: Int, begin: Int32, end: Int32, window: UnsafeRawPointer, rows: UnsafeMutablePointer<Float>,
        products: UnsafeMutablePointer<Float>, _ context: borrowing StepContext
    ) {
        let tables = convolution.tables + Int(convolution.spanOfRow[row]) * Int(convolution.columnCount)
        for span in 0..<Int(convolution.columnCount) {
            var from = max(begin, convolution.columns[span].begin)
            let to = min(end, convolution.columns[span].end)
            while from < to {
                let pixels = min(to - from, Self.most)
                let table = tables[span]
                let base = window + Int(from) * convolution.pixelStep
                dh_gather_groups(
                    base.assumingMemoryBound(to: UInt8.self), Int64(convolution.pixelStep), table.segments, table.count,
                    groups, rows, pixels)
                cblas_sgemm(
                    Int32(DH_CBLAS_ROW_MAJOR), Int32(DH_CBLAS_NO_TRANSPOSE), Int32(DH_CBLAS_NO_TRANSPOSE), pixels,
                    width,
                    groups, 1, rows, groups, convolution.blocks[0].weights, width, 0, products, width)
                finish(products, row: row, from: from, pixels: pixels, context)
                from += pixels
            }
        }
    }

    private func finish(
        _ products: UnsafeMutablePointer<Float>, row: Int, from: Int32, pixels: Int32,
        _ context: borrowing StepContext
    ) {
        let block = convolution.blocks[0]
        let plane = Int(convolution.outputWidth) * Int(convolution.outputHeight) * 32
        for number in 0..<Int(width) / 8 {
            let place = number * plane + (row * Int(convolution.outputWidth) + Int(from)) * 32
            let residual =
                convolution.residual.isPresent
                ? UnsafePointer((context.buffers[convolution.residual] + place).assumingMemoryBound(to: Float.self))
                : nil
            dh_finish_products(
                products + number * 8, width, block.bias + number * 8, residual, block.slope + number * 8,
                convolution.activation,
                (context.buffers[convolution.output] + place).assumingMemoryBound(to: Float.self), pixels)
        }
    }
}
