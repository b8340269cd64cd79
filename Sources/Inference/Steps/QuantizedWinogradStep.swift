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
        /// Made with the plan: there are so few tiles that making them anew would show.
        case kept(UnsafeRawPointer)
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
    /// Whether products transform the next block's input while they compute: two blocks' have room then.
    let isAhead: Bool
    /// Whether products make results of the sums before while they compute.
    let isBehind: Bool

    var chunkCount: Int32 { tiling.chunkCount }

    /// Elements between points of the transformed input: not a multiple of a page, or all points would share cache sets.
    private var point: Int { (Int(source.planes) * Int(tiling.tilesPerBlock) + 1) * 32 }
    private var transformedBytes: Int { point * DH_WINOGRAD_POINTS * 2 }

    /// Sums of one block of tiles and of outputs.
    private var sumBytes: Int { DH_WINOGRAD_POINTS * Int(tiling.tilesPerBlock) * 32 * 4 }
    private var sumsPlace: Int { (isAhead ? 2 : 1) * transformedBytes }

    /// Transformed input of one block or two, then sums of one or two.
    var scratchBytes: Int { sumsPlace + (isBehind ? 2 : 1) * sumBytes }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let weights =
            switch weights {
            case .stored(let operand): UnsafeRawPointer(context.buffers[operand])
            case .kept(let made): made
            case .own(let expansion): UnsafeRawPointer(expansion.weights(in: context.keep(of: worker)))
            }
        let blocks = tiling.blocks(of: chunk)
        func transform(_ block: Int32) -> dh_quantized_winograd_input_run? {
            block < blocks.upperBound ? self.transform(block, worker: worker, context: context) : nil
        }
        var pending: dh_quantized_winograd_output_run?
        for block in blocks {
            guard var current = transform(block) else { continue }
            if !isAhead || block == blocks.lowerBound { kernels.transform(&current) }
            run(
                current, ahead: isAhead ? transform(block + 1) : nil, fetching: transform(block + (isAhead ? 2 : 1)),
                weights: weights, pending: &pending, worker: worker, context: context)
        }
        if var last = pending { kernels.finish(&last) }
    }

    /// What transforms the input of one block into the worker's scratch.
    private func transform(
        _ block: Int32, worker: Int32, context: borrowing StepContext
    ) -> dh_quantized_winograd_input_run {
        var transform = dh_quantized_winograd_input_run()
        transform.tiles = tiles(tiling.tiles(of: block), of: source)
        transform.input = UnsafePointer(context.buffers[input].assumingMemoryBound(to: UInt8.self))
        transform.input_plane = Int64(source.planeBytes)
        let place = isAhead ? Int(block & 1) * transformedBytes : 0
        transform.output = (context.scratch(of: worker) + place).assumingMemoryBound(to: Int16.self)
        transform.point = Int64(point)
        transform.planes = source.planes
        return transform
    }

    /// Products of a block whose input is transformed, and results: of all sums or, if they are made `behind` the next
    /// products, of all but the last, which are left `pending`.
    private func run(
        _ transform: dh_quantized_winograd_input_run, ahead: dh_quantized_winograd_input_run?,
        fetching next: dh_quantized_winograd_input_run?, weights: UnsafeRawPointer,
        pending: inout dh_quantized_winograd_output_run?, worker: Int32, context: borrowing StepContext
    ) {
        let next = next ?? dh_quantized_winograd_input_run()
        let first = transform.tiles.first
        let sums = context.scratch(of: worker) + sumsPlace

        var multiply = dh_quantized_winograd_product_run()
        multiply.input = UnsafePointer(transform.output)
        multiply.point = Int64(point)
        multiply.planes = source.planes
        multiply.count = transform.tiles.count

        var finish = dh_quantized_winograd_output_run()
        finish.tiles = tiles(first..<first + transform.tiles.count, of: target)
        finish.output_plane = Int64(target.planeBytes)
        finish.activation = activation
        let weightBytes = Int(dh_winograd_weight_bytes(source.planes))
        for number in 0..<target.planes {
            multiply.weights = (weights + Int(number) * weightBytes).assumingMemoryBound(to: Int16.self)
            // Sums that are pending stay where they are.
            let isTaken = pending.map { UnsafeRawPointer($0.products) == UnsafeRawPointer(sums) } ?? false
            multiply.output = (sums + (isTaken ? sumBytes : 0)).assumingMemoryBound(to: Int32.self)
            let part = ahead.map { share($0, number) } ?? dh_quantized_winograd_input_run()
            let before = pending ?? dh_quantized_winograd_output_run()
            withUnsafePointer(to: part) { ahead in
                withUnsafePointer(to: before) { behind in
                    withUnsafePointer(to: next) { next in
                        multiply.ahead = part.planes > 0 ? ahead : nil
                        multiply.behind = before.products != nil ? behind : nil
                        // The last product fetches: earlier, it would be driven out again.
                        multiply.next = number == target.planes - 1 && next.pointee.planes > 0 ? next : nil
                        kernels.multiply(&multiply)
                    }
                }
            }
            finish.products = UnsafePointer(multiply.output)
            setOutput(&finish, block: number, context: context)
            if isBehind {
                pending = finish
            } else if floatPlanes == 0 {
                kernels.finish(&finish)
            } else {
                kernels.finish_float(&finish)
            }
        }
    }

    /// Each block of outputs transforms its share of the planes.
    private func share(
        _ whole: dh_quantized_winograd_input_run, _ number: Int32
    ) -> dh_quantized_winograd_input_run {
        var part = whole
        let begin = whole.planes * number / target.planes
        part.planes = whole.planes * (number + 1) / target.planes - begin
        part.input += Int(begin) * source.planeBytes
        part.output += Int(begin) * Int(whole.tiles.count) * 32
        return part
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
