internal import CKernels

/// A convolution over 8-bit planes of any kernel, stride, dilation and grouping, to 8-bit planes or
/// to fp32 blocked ones.
///
/// Padding costs nothing: a pixel's table of segments leaves out the taps outside the input, and where the input's zero
/// points are not 0 each border case has a bias of its own.
struct QuantizedConvolutionStep: PlanStep {
    /// 32 outputs: what one kernel call computes. All vectors are [32].
    struct Block {
        let weights: UnsafeRawPointer
        let scale: UnsafePointer<Float>
        let slope: UnsafePointer<Float>
        let zero: UnsafePointer<Float>
        let residualScale: UnsafePointer<Float>
        /// Which set of tables: blocks of a grouped convolution read different channels.
        let variant: Int32
    }

    /// relu(x * scale + shift) on the way in, into a panel that all blocks share; only for pointwise convolutions.
    struct Prologue {
        let kernels: dh_quantized_plane_kernels
        /// [planes][32]; the clamp's bounds, or nil for the affine form.
        let low: UnsafePointer<UInt8>?
        let high: UnsafePointer<UInt8>?
        let scale: UnsafePointer<Float>
        let shift: UnsafePointer<Float>
        let zeros: UnsafePointer<Float>
        let planes: Int
    }

    let function: dh_quantized_convolution_function
    /// Groups that share a block, if the function is one for those, and bytes from what one reads to what the next does.
    var parts = 1
    var partStep = 0
    let input: Operand
    let output: Operand
    let residual: Operand
    /// In place of `residual`: what is added is resized here, panel by panel. Only with a prologue.
    let resized: QuantizedResizeStep?
    let prologue: Prologue?
    let blocks: UnsafePointer<Block>
    let blockCount: Int32
    /// [row span][column span][block][32], or one case for all where `biasStride` is 0.
    let biases: UnsafePointer<Float>
    let biasStride: Int
    let columns: UnsafePointer<ConvolutionStep.Columns>
    let columnCount: Int32
    let spanOfRow: UnsafePointer<UInt16>
    /// [row span][column span][variant]
    let tables: UnsafePointer<ConvolutionStep.Table>
    let variantCount: Int32
    let zeros: UnsafePointer<UInt8>
    let activation: Int32

    /// Byte distance between vertically and horizontally adjacent output pixels' windows in the input.
    let rowStep: Int
    let pixelStep: Int
    /// Byte offset of output pixel (0, 0)'s window from the input's first byte; negative with padding.
    let origin: Int
    let inputPlaneBytes: Int
    let inputPlanes: Int
    /// A pointwise convolution sees the whole picture as one row, unless it resizes rows.
    let outputWidth: Int32
    let outputHeight: Int32
    /// fp32 output: 4 planes of 8 channels a block, each pixel 32 bytes; 8-bit output: one plane of 32.
    let planesPerBlock: Int
    /// Channels of an fp32 output in the plain layout, which is made panel by panel; 0 for planes. Only of pointwise
    /// convolutions.
    let planarChannels: Int32
    /// Pixels of the largest panel.
    let panel: Int32
    let panelsPerRow: Int32
    /// Whether panels differ by a pixel at most; else each is as large as the largest, but for a row's last.
    let hasEvenPanels: Bool
    /// Chunks have as equal numbers of panels as can be, so that threads end together.
    let chunkCount: Int32

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let source = UnsafeRawPointer(context.buffers[input])
        let target = context.buffers[output]
        let mapPlane = Int(outputWidth) * Int(outputHeight) * 32
        var addresses = Addresses(
            target: target, added: residual.isPresent ? UnsafeRawPointer(context.buffers[residual]) : nil,
            outputPlane: mapPlane, addedPlane: mapPlane)
        let panels = Int(outputHeight) * Int(panelsPerRow)
        let first = Int32(panels * Int(chunk) / Int(chunkCount))
        let last = Int32(panels * (Int(chunk) + 1) / Int(chunkCount))
        // Behind the prologue's panels.
        let behind = context.scratch(of: worker) + (prologue == nil ? 0 : 2 * panelBytes)
        var isPrepared = false
        for number in first..<last {
            let row = number / panelsPerRow
            let column = number % panelsPerRow
            let (begin, end) = (begin(ofPanel: column), begin(ofPanel: column + 1))
            var window = source + origin + Int(row) * rowStep
            var firstPixel = 0
            var line: UnsafeMutableRawPointer?
            // Panels of pointwise convolutions follow each other in memory, from row to row, too.
            let pixel = Int(row) * Int(outputWidth) + Int(begin)
            if let prologue {
                let scratch = panelScratch(number, worker: worker, context: context)
                if !isPrepared {
                    prepare(prologue, from: source + pixel * 32, pixels: Int64(end - begin), into: scratch)
                }
                window = UnsafeRawPointer(scratch)
                firstPixel = Int(begin)
                if resized != nil { line = behind }
            }
            var next: Next?
            if number + 1 < last && (outputHeight == 1 || resized != nil) {
                let column = (number + 1) % panelsPerRow
                next = Next(
                    input: source + (pixel + Int(end - begin)) * 32,
                    pixels: self.begin(ofPanel: column + 1) - self.begin(ofPanel: column), clamped: nil)
                if prologue?.low != nil {
                    next?.clamped = panelScratch(number + 1, worker: worker, context: context)
                }
            }
            isPrepared = next?.clamped != nil
            if planarChannels > 0 {
                addresses.target = behind - pixel * 32
                addresses.outputPlane = Int(panel) * 32
            }
            for block in 0..<Int(blockCount) {
                if let resized, let line {
                    // The next block reads the next plane, and the next panel half as many columns on as it has pixels.
                    let isLast = block + 1 == Int(blockCount)
                    let step =
                        isLast ? Int(end - begin) / 2 * 32 - block * resized.inputPlaneBytes : resized.inputPlaneBytes
                    resized.compute(
                        row: Int(row), columns: Int(begin)..<Int(end), plane: block, into: line, next: step,
                        context: context)
                }
                compute(
                    block, row: row, begin: begin, end: end, window: window, firstPixel: firstPixel, next: next,
                    line: line, addresses)
            }
            if planarChannels > 0 {
                PlanarBand(
                    scratch: UnsafeRawPointer(behind), planeBytes: Int(panel) * 32, channels: planarChannels,
                    outputPixels: Int(outputWidth) * Int(outputHeight)
                ).store(pixel..<pixel + Int(end - begin), to: target)
            }
        }
    }

    /// The first pixel of one of a row's panels; of the one after the last, the row's end.
    private func begin(ofPanel number: Int32) -> Int32 {
        hasEvenPanels
            ? Int32(Int(outputWidth) * Int(number) / Int(panelsPerRow)) : min(number * panel, outputWidth)
    }

    /// The panel after the one at hand.
    struct Next {
        let input: UnsafeRawPointer
        let pixels: Int32
        /// Where it is clamped to while the one at hand is computed; nil: it is only fetched.
        var clamped: UnsafeMutableRawPointer?
    }

    /// Where a panel's prologue goes: neighbouring panels take turns.
    private func panelScratch(
        _ number: Int32, worker: Int32, context: borrowing StepContext
    ) -> UnsafeMutableRawPointer {
        context.scratch(of: worker) + Int(number & 1) * panelBytes
    }

    private var panelBytes: Int { inputPlanes * Int(panel) * 32 }

    /// Where results go and where what is added lies, as if the whole map began there.
    struct Addresses {
        var target: UnsafeMutableRawPointer
        let added: UnsafeRawPointer?
        var outputPlane: Int
        let addedPlane: Int
    }

    /// One block of outputs of pixels `begin` to `end` of a row; `window` is that of pixel `firstPixel`.
    func compute(
        _ number: Int, row: Int32, begin: Int32, end: Int32, window: UnsafeRawPointer, firstPixel: Int,
        next: Next?, line: UnsafeMutableRawPointer?, _ addresses: Addresses
    ) {
        let block = blocks[number]
        let rowSpan = Int(spanOfRow[Int(row)]) * Int(columnCount)
        var run = dh_quantized_convolution_run()
        run.weights = block.weights
        run.scale = block.scale
        run.slope = block.slope
        run.zero = block.zero
        run.residual_scale = block.residualScale
        run.output_plane = Int64(addresses.outputPlane)
        run.activation = activation
        run.parts = Int32(parts)
        run.part_step = Int64(partStep)
        if let next {
            // Each block fetches or prepares its share of the planes of the panel that comes next.
            let from = inputPlanes * number / Int(blockCount)
            let input = (next.input + from * inputPlaneBytes).assumingMemoryBound(to: UInt8.self)
            let planes = Int32(inputPlanes * (number + 1) / Int(blockCount) - from)
            if let clamped = next.clamped, let low = prologue?.low, let high = prologue?.high {
                let output = (clamped + from * Int(panel) * 32).assumingMemoryBound(to: UInt8.self)
                run.clamp = dh_panel_clamp(
                    input: input, input_plane: Int64(inputPlaneBytes), low: low + from * 32, high: high + from * 32,
                    output: output, output_plane: Int64(panel) * 32, next: Int64(next.pixels) * 32, planes: planes,
                    pixels: next.pixels)
            } else {
                run.prefetch = input
                run.prefetch_plane = Int64(inputPlaneBytes)
                run.prefetch_planes = planes
            }
        }
        for span in 0..<Int(columnCount) {
            let from = max(begin, columns[span].begin)
            let to = min(end, columns[span].end)
            if from >= to { continue }
            let table = tables[(rowSpan + span) * Int(variantCount) + Int(block.variant)]
            let place = (Int(row) * Int(outputWidth) + Int(from)) * 32
            run.bias = biases + (rowSpan + span) * biasStride + number * 32
            run.output =
                (addresses.target + place + number * planesPerBlock * addresses.outputPlane)
                .assumingMemoryBound(to: UInt8.self)
            run.residual = addresses.added.map {
                ($0 + place + number * addresses.addedPlane).assumingMemoryBound(to: UInt8.self)
            }
            if let line {
                run.residual = UnsafePointer((line + Int(from - begin) * 32).assumingMemoryBound(to: UInt8.self))
            }
            run.pixels = to - from
            if table.count > 0 {
                run.input = (window + (Int(from) - firstPixel) * pixelStep).assumingMemoryBound(to: UInt8.self)
                run.input_stride = Int64(pixelStep)
                run.segments = table.segments
                run.segment_count = table.count
                function(&run)
            } else {
                // Nothing but padding under these windows: a group of zeros leaves the bias.
                var nothing = dh_segment(input: 0, weights: 0, count: 1)
                run.input = zeros
                run.input_stride = 0
                run.segment_count = 1
                withUnsafePointer(to: &nothing) { segment in
                    run.segments = segment
                    function(&run)
                }
            }
        }
    }

    /// Applies the prologue to a panel of pixels.
    private func prepare(
        _ prologue: Prologue, from source: UnsafeRawPointer, pixels: Int64, into scratch: UnsafeMutableRawPointer
    ) {
        for plane in 0..<prologue.planes {
            let input = (source + plane * inputPlaneBytes).assumingMemoryBound(to: UInt8.self)
            let output = (scratch + plane * Int(panel) * 32).assumingMemoryBound(to: UInt8.self)
            if let low = prologue.low, let high = prologue.high {
                var run = dh_clamp_run(
                    input: input, low: low + plane * 32, high: high + plane * 32, output: output, pixels: pixels)
                prologue.kernels.clamp(&run)
            } else {
                var run = dh_quantized_affine_run()
                run.input = input
                run.output = output
                run.scale = prologue.scale + plane * 32
                run.shift = prologue.shift + plane * 32
                run.zero = prologue.zeros
                run.pixels = pixels
                run.activation = DH_ACTIVATION_RELU.code
                prologue.kernels.affine(&run)
            }
        }
    }
}
