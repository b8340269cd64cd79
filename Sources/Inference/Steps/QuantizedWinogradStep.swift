internal import CKernels

/// A 3x3 convolution of stride 1 over 8-bit planes by exact integer Winograd F(4x4, 3x3): the bits of
/// `QuantizedConvolutionStep` with a quarter of its multiplications. The input's zero points are 0.
///
/// Blocks of tiles and their order as in `WinogradStep`.
struct QuantizedWinogradStep: PlanStep {
    /// Per output channel, padded to blocks of 32.
    struct Vectors {
        let scale: UnsafePointer<Float>
        let bias: UnsafePointer<Float>
        let slope: UnsafePointer<Float>
        let zero: UnsafePointer<Float>
        let residualScale: UnsafePointer<Float>
    }

    let kernels: dh_quantized_winograd_kernels
    let input: Operand
    let output: Operand
    let residual: Operand
    /// Planes of 32 channels.
    let source: WinogradStep.Picture
    let target: WinogradStep.Picture
    /// Planes of 8 channels of an fp32 result; 0 for a result in 8 bits.
    let floatPlanes: Int32
    /// Padding before the first row and column.
    let top: Int32
    let left: Int32
    /// Transformed weights, one block of 32 outputs after the other, as the kernels' `pack` wrote them.
    let weights: UnsafePointer<UInt8>
    let vectors: Vectors
    let activation: Int32
    let tiling: WinogradTiling

    var chunkCount: Int32 { tiling.chunkCount }

    /// Elements between points of the transformed input: not a multiple of a page, or all points would share cache sets.
    private var point: Int { (Int(source.planes) * Int(tiling.tilesPerBlock) + 1) * 32 }
    private var transformedBytes: Int { point * DH_WINOGRAD_POINTS * 2 }

    /// Transformed input and sums of one block.
    var scratchBytes: Int { transformedBytes + DH_WINOGRAD_POINTS * Int(tiling.tilesPerBlock) * 32 * 4 }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        for block in tiling.blocks(of: chunk) { run(block: block, worker: worker, context: context) }
    }

    private func run(block: Int32, worker: Int32, context: borrowing StepContext) {
        let scratch = context.scratch(of: worker)
        let products = (scratch + transformedBytes).assumingMemoryBound(to: Int32.self)
        let first = block * tiling.tilesPerBlock
        let count = min(tiling.tilesPerBlock, tiling.tiles - first)

        var transform = dh_quantized_winograd_input_run()
        transform.tiles = tiles(first, count, of: source)
        transform.input = UnsafePointer(context.buffers[input].assumingMemoryBound(to: UInt8.self))
        transform.input_plane = Int64(source.planeBytes)
        transform.output = scratch.assumingMemoryBound(to: Int16.self)
        transform.point = Int64(point)
        transform.planes = source.planes
        kernels.transform(&transform)

        var multiply = dh_quantized_winograd_product_run()
        multiply.input = UnsafePointer(transform.output)
        multiply.point = Int64(point)
        multiply.output = products
        multiply.planes = source.planes
        multiply.count = count

        var finish = dh_quantized_winograd_output_run()
        finish.tiles = tiles(first, count, of: target)
        finish.products = UnsafePointer(products)
        finish.output_plane = Int64(target.planeBytes)
        finish.activation = activation
        let weightBytes = Int(dh_winograd_weight_bytes(source.planes))
        for number in 0..<target.planes {
            multiply.weights = UnsafeRawPointer(weights + Int(number) * weightBytes)
            kernels.multiply(&multiply)
            setOutput(&finish, block: number, context: context)
            if floatPlanes == 0 { kernels.finish(&finish) } else { kernels.finish_float(&finish) }
        }
    }

    private func setOutput(
        _ finish: inout dh_quantized_winograd_output_run, block: Int32, context: borrowing StepContext
    ) {
        let lane = Int(block) * 32
        let place = Int(block) * target.planeBytes
        finish.scale = vectors.scale + lane
        finish.bias = vectors.bias + lane
        finish.slope = vectors.slope + lane
        finish.zero = vectors.zero + lane
        finish.residual_scale = vectors.residualScale + lane
        finish.residual =
            residual.isPresent
            ? UnsafePointer((context.buffers[residual] + place).assumingMemoryBound(to: UInt8.self)) : nil
        finish.planes = min(4, floatPlanes - block * 4)
        finish.output =
            (context.buffers[output] + (floatPlanes == 0 ? place : 4 * place)).assumingMemoryBound(to: UInt8.self)
    }

    private func tiles(_ first: Int32, _ count: Int32, of picture: WinogradStep.Picture) -> dh_winograd_tiles {
        dh_winograd_tiles(
            first: first, count: count, columns: tiling.columns, height: picture.height, width: picture.width,
            top: top, left: left, reserved: 0)
    }
}
