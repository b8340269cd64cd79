internal import CKernels

extension PlanBuilder {
    /// Bytes of a band: half of a second-level cache of 1 MB.
    private static let chainedBytes = 512 << 10

    /// The last step with `step` behind it as one, or nil where they must stay apart: `step` is a pointwise convolution that
    /// reads of the last step's map what the same band of it has, and overwrites nothing that the last step reads.
    func chained(_ step: AnyStep, reads: [Operand], writes: [Operand]) -> AnyStep? {
        if let joined = joined(step) ?? pooled(step, writes: writes) { return joined }
        guard !compiler.observes, case .convolution(var next) = step, next.isFlat, next.planarChannels == 0,
            let last = steps.last, lastWrites.count == 1, let made = lastWrites.first,
            reads.contains(where: { $0.buffer == made.buffer }),
            !writes.contains(where: { target in lastReads.contains { $0.buffer == target.buffer } }),
            byteCount(of: made) >= compiler.leastChainedBytes
        else { return nil }
        var links: [AnyStep]
        let rows: RowChunks
        switch last {
        case .convolution(var first):
            guard first.planarChannels == 0, first.outputHeight == next.outputHeight,
                first.outputWidth == next.outputWidth
            else { return nil }
            first.rows = bands(of: first, over: byteCount(of: made))
            links = [.convolution(first)]
            rows = first.rows
        case .branches(let first):
            guard first.quantization == nil, first.outputHeight == Int(next.outputHeight),
                first.outputWidth == Int(next.outputWidth)
            else { return nil }
            links = [last]
            rows = first.rows
        case .chain(let chain):
            guard case .convolution(let before) = chain.links[chain.count - 1],
                before.outputHeight == next.outputHeight, before.outputWidth == next.outputWidth
            else { return nil }
            links = (0..<chain.count).map { chain.links[$0] }
            rows = chain.rows
        default: return nil
        }
        next.rows = rows
        return .chain(ChainStep(links: memory.store(links + [.convolution(next)]), count: links.count + 1, rows: rows))
    }

    /// The last step with `step` behind it as one: a convolution, and one with few outputs that reads the same map or what
    /// the first one makes.
    private func joined(_ step: AnyStep) -> AnyStep? {
        guard !compiler.observes, let last = steps.last else { return nil }
        var links: [AnyStep] = []
        var first: ConvolutionStep
        switch last {
        case .convolution(let only):
            guard only.input.isPresent else { return nil }
            first = only
            first.rows = bands(of: only, over: byteCount(of: only.input))
        case .chain(let chain):
            guard case .convolution(let end) = chain.links[chain.count - 1] else { return nil }
            links = (0..<chain.count - 1).map { chain.links[$0] }
            first = end
        default: return nil
        }
        guard first.isFlat, first.planarChannels == 0, byteCount(of: first.input) >= compiler.leastChainedBytes
        else { return nil }
        let (width, pixels) = (Int(first.outputWidth), Int(first.outputWidth) * Int(first.outputHeight))
        guard case .narrow(var next) = step, [first.input, first.output].contains(next.input), next.pixels == pixels
        else { return nil }
        next.bands = PixelBands(rows: first.rows, width: width)
        links += [.convolution(first), .narrow(next)]
        return .chain(ChainStep(links: memory.store(links), count: links.count, rows: first.rows))
    }

    /// The last step with `step` behind it as one: a pool of the picture, and a convolution of it with as many rows.
    private func pooled(_ step: AnyStep, writes: [Operand]) -> AnyStep? {
        guard !compiler.observes, case .packedPool(var pool)? = steps.last, case .convolution(var next) = step,
            !next.isFlat, next.planarChannels == 0, next.resized == nil, next.input == pool.input,
            pool.bands.rows.height == next.outputHeight, let target = writes.first,
            byteCount(of: pool.input) >= compiler.leastChainedBytes
        else { return nil }
        next.rows = bands(of: next, over: byteCount(of: target))
        pool.bands = PlaneBands(planes: 1, rows: next.rows)
        return .chain(
            ChainStep(links: memory.store([.packedPool(pool), .convolution(next)]), count: 2, rows: next.rows))
    }

    /// Bands of a step's rows that are small enough for a cache, of a map of so many bytes.
    private func bands(of step: ConvolutionStep, over bytes: Int) -> RowChunks {
        let rowBytes = max(1, bytes / Int(step.outputHeight))
        let bands = RowChunks(
            height: Int(step.outputHeight), most: max(1, Self.chainedBytes / rowBytes), threads: threads)
        return bands.count > step.rows.count ? bands : step.rows
    }
}
