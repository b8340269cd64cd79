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

    /// Transformed weights, one block of 32 outputs after the other.
    enum Weights {
        /// As a `WinogradWeightsStep` made them.
        case stored(Operand)
        /// Each worker makes its own when it meets them: small ones stay in its second-level cache, and no other has to wait.
        case own(WinogradExpansion)
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
    let weights: Weights
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
        let weights =
            switch weights {
            case .stored(let operand): UnsafeRawPointer(context.buffers[operand])
            case .own(let expansion): UnsafeRawPointer(expansion.weights(in: context.keep(of: worker)))
            }
        let blocks = tiling.blocks(of: chunk)
        for block in blocks {
            run(
                transform(block, worker: worker, context: context),
                before: block + 1 < blocks.upperBound
                    ? transform(block + 1, worker: worker, context: context) : nil, weights: weights, context: context)
        }
    }

    /// What transforms the input of one block into the worker's scratch.
    private func transform(
        _ block: Int32, worker: Int32, context: borrowing StepContext
    ) -> dh_quantized_winograd_input_run {
        var transform = dh_quantized_winograd_input_run()
        transform.tiles = tiles(tiling.tiles(of: block), of: source)
        transform.input = UnsafePointer(context.buffers[input].assumingMemoryBound(to: UInt8.self))
        transform.input_plane = Int64(source.planeBytes)
        transform.output = context.scratch(of: worker).assumingMemoryBound(to: Int16.self)
        transform.point = Int64(point)
        transform.planes = source.planes
        return transform
    }

    private func run(
        _ transform: dh_quantized_winograd_input_run, before next: dh_quantized_winograd_input_run?,
        weights: UnsafeRawPointer, context: borrowing StepContext
    ) {
        var transform = transform
        var next = next ?? dh_quantized_winograd_input_run()
        let products = UnsafeMutableRawPointer(transform.output) + transformedBytes
        let first = transform.tiles.first
        kernels.transform(&transform)

        var multiply = dh_quantized_winograd_product_run()
        multiply.input = UnsafePointer(transform.output)
        multiply.point = Int64(point)
        multiply.output = products.assumingMemoryBound(to: Int32.self)
        multiply.planes = source.planes
        multiply.count = transform.tiles.count

        var finish = dh_quantized_winograd_output_run()
        finish.tiles = tiles(first..<first + transform.tiles.count, of: target)
        finish.products = UnsafePointer(multiply.output)
        finish.output_plane = Int64(target.planeBytes)
        finish.activation = activation
        let weightBytes = Int(dh_winograd_weight_bytes(source.planes))
        for number in 0..<target.planes {
            multiply.weights = (weights + Int(number) * weightBytes).assumingMemoryBound(to: Int16.self)
            // The last product fetches the next block's input: earlier, it would be driven out again.
            withUnsafePointer(to: &next) { next in
                multiply.next = number == target.planes - 1 && next.pointee.planes > 0 ? next : nil
                kernels.multiply(&multiply)
            }
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

    private func tiles(_ range: Range<Int32>, of picture: WinogradStep.Picture) -> dh_winograd_tiles {
        dh_winograd_tiles(
            first: range.lowerBound, count: Int32(range.count), columns: tiling.columns, height: picture.height,
            width: picture.width, top: top, left: left, reserved: 0)
    }
}
