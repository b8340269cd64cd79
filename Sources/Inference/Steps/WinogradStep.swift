internal import CKernels

/// A 3x3 convolution of stride 1 by Winograd's F(4x4, 3x3): a quarter of the multiplications of `ConvolutionStep`.
///
/// Works in blocks of consecutive tiles of 4x4 outputs. A block's transformed input and products live in the worker's
/// scratch, which is sized to stay in the second-level cache.
struct WinogradStep: PlanStep {
    /// Extents of the picture that is read or written.
    struct Picture {
        let planes: Int32
        let height: Int32
        let width: Int32

        var planeBytes: Int { Int(height) * Int(width) * 32 }
    }

    let kernels: dh_winograd_kernels
    let input: Operand
    let output: Operand
    let residual: Operand
    let source: Picture
    let target: Picture
    /// Padding before the first row and column.
    let top: Int32
    let left: Int32
    /// Transformed weights [block][36][input channels][kernels.width].
    let weights: UnsafePointer<Float>
    let bias: UnsafePointer<Float>
    let slope: UnsafePointer<Float>
    let activation: Int32
    let tiling: WinogradTiling

    var chunkCount: Int32 { tiling.chunkCount }

    /// Floats between points of the transformed input: not a multiple of a page, or all points would share cache sets.
    private var point: Int { Int(source.planes) * Int(tiling.tilesPerBlock) * 8 + 16 }
    private var transformedBytes: Int { point * DH_WINOGRAD_POINTS * 4 }

    /// Transformed input and products of one block.
    var scratchBytes: Int {
        transformedBytes + DH_WINOGRAD_POINTS * Int(tiling.tilesPerBlock * kernels.width) * 4
    }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        for block in tiling.blocks(of: chunk) { run(block: block, worker: worker, context: context) }
    }

    private func run(block: Int32, worker: Int32, context: borrowing StepContext) {
        let scratch = context.scratch(of: worker)
        let transformed = scratch.assumingMemoryBound(to: Float.self)
        let products = (scratch + transformedBytes).assumingMemoryBound(to: Float.self)
        let range = tiling.tiles(of: block)
        let (first, count) = (range.lowerBound, Int32(range.count))

        var transform = dh_winograd_input_run()
        transform.tiles = tiles(first, count, of: source)
        transform.input = UnsafePointer(context.buffers[input].assumingMemoryBound(to: UInt8.self))
        transform.input_plane = Int64(source.planeBytes)
        transform.output = transformed
        transform.point = Int64(point)
        transform.planes = source.planes
        kernels.transform(&transform)

        var multiply = dh_winograd_product_run()
        multiply.input = UnsafePointer(transformed)
        multiply.point = Int64(point)
        multiply.output = products
        multiply.planes = source.planes
        multiply.count = count

        var finish = dh_winograd_output_run()
        finish.tiles = tiles(first, count, of: target)
        finish.products = UnsafePointer(products)
        finish.output_plane = Int64(target.planeBytes)
        finish.residual_plane = Int64(target.planeBytes)
        finish.activation = activation

        let planesPerBlock = kernels.width / 8
        let floatsPerBlock = DH_WINOGRAD_POINTS * Int(source.planes) * 8 * Int(kernels.width)
        var plane: Int32 = 0
        while plane < target.planes {
            multiply.weights = weights + Int(plane / planesPerBlock) * floatsPerBlock
            kernels.multiply(&multiply)
            let place = Int(plane) * target.planeBytes
            finish.planes = min(planesPerBlock, target.planes - plane)
            finish.bias = bias + Int(plane) * 8
            finish.slope = slope + Int(plane) * 8
            finish.output = (context.buffers[output] + place).assumingMemoryBound(to: UInt8.self)
            finish.residual =
                residual.isPresent
                ? UnsafePointer((context.buffers[residual] + place).assumingMemoryBound(to: UInt8.self)) : nil
            kernels.finish(&finish)
            plane += planesPerBlock
        }
    }

    private func tiles(_ first: Int32, _ count: Int32, of picture: Picture) -> dh_winograd_tiles {
        dh_winograd_tiles(
            first: first, count: count, columns: tiling.columns, height: picture.height, width: picture.width,
            top: top, left: left, reserved: 0)
    }
}

/// How a raster of 4x4 output tiles is divided into blocks, and those into chunks: all as equal as they can be, so that
/// threads end together.
struct WinogradTiling: Equatable {
    /// Tiles in a row.
    let columns: Int32
    let tiles: Int32
    let blocks: Int32
    let chunkCount: Int32

    /// - Parameters:
    ///   - bytesPerTile: transformed input of one tile.
    ///   - tile: tiles that share one read of the weights.
    ///   - blocksPerChunk: at least so many, if every thread has them: those of a chunk are prepared while the one before is
    ///     computed.
    init(height: Int, width: Int, bytesPerTile: Int, tile: Int, threads: Int, blocksPerChunk: Int = 1) {
        let columns = (width + 3) / 4
        let tiles = columns * ((height + 3) / 4)
        // Half of a second-level cache of 1 MB; the weights stream through the other half.
        let fitting = min(524_288 / max(bytesPerTile, 1), DH_WINOGRAD_MOST)
        // Small pictures: rather more blocks than fuller ones, so that every thread has some.
        let fair = tiles / (threads * 4)
        let most = max(1, min(fitting, fair) / tile) * tile
        let blocks = Self.rounded((tiles + most - 1) / most, threads: threads, most: tiles)
        self.columns = Int32(columns)
        self.tiles = Int32(tiles)
        self.blocks = Int32(blocks)
        let fewest = max(blocks / (threads * blocksPerChunk), 1) * threads
        chunkCount = Int32(min(blocks, threads * 16, blocksPerChunk > 1 ? fewest : blocks))
    }

    /// The same number of blocks for every thread.
    private static func rounded(_ blocks: Int, threads: Int, most: Int) -> Int {
        min((blocks + threads - 1) / threads * threads, most)
    }

    /// Most tiles of a block.
    var tilesPerBlock: Int32 { (tiles + blocks - 1) / blocks }

    /// The blocks of one chunk.
    func blocks(of chunk: Int32) -> Range<Int32> { Self.part(chunk, of: chunkCount, in: blocks) }

    /// The tiles of one block.
    func tiles(of block: Int32) -> Range<Int32> { Self.part(block, of: blocks, in: tiles) }

    private static func part(_ number: Int32, of parts: Int32, in count: Int32) -> Range<Int32> {
        let first = Int(number) * Int(count) / Int(parts)
        return Int32(first)..<Int32((Int(number) + 1) * Int(count) / Int(parts))
    }
}
