internal import CKernels
internal import ModelGraph

extension PlanBuilder {
    /// The last step with `step` behind it as one, or nil where they must stay apart: `step` is a pointwise convolution that
    /// reads of the last step's map what the same band of it has, and overwrites nothing that the last step reads.
    func chained(_ step: AnyStep, reads: [Operand], writes: [Operand]) -> AnyStep? {
        if let joined = joined(step) ?? pooled(step, writes: writes) ?? quantized(step, reads: reads) { return joined }
        guard !compiler.observes, case .convolution(var next) = step, next.isFlat, next.planarChannels == 0,
            let last = steps.last, lastWrites.count == 1, let made = lastWrites.first,
            reads.contains(where: { $0.buffer == made.buffer }),
            !writes.contains(where: { target in lastReads.contains { $0.buffer == target.buffer } }),
            byteCount(of: made) >= compiler.leastChainedBytes
        else { return nil }
        var links: [AnyStep]
        let rows: RowChunks
        var passing: ChainStep.Passing?
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
        case .upsampleSum(var first):
            guard first.bands.rows.height == next.outputHeight, first.resize.outputWidth == Int(next.outputWidth)
            else { return nil }
            rows = bands(height: first.bands.rows.height, over: byteCount(of: made))
            first.bands = PlaneBands(planes: Int(first.bands.planes), rows: rows)
            first.takesAllPlanes = true
            links = [.upsampleSum(first)]
            if !lastReads.contains(where: { $0.buffer == made.buffer }), passes(made, through: next) {
                passing = .init(map: made, width: first.resize.outputWidth, rows: rows, threads: threads)
            }
        case .chain(let chain):
            guard case .convolution(let before) = chain.links[chain.count - 1],
                before.outputHeight == next.outputHeight, before.outputWidth == next.outputWidth
            else { return nil }
            links = (0..<chain.count).map { chain.links[$0] }
            rows = chain.rows
            passing = chain.passing
        default: return nil
        }
        next.rows = rows
        return .chain(
            ChainStep(
                links: memory.store(links + [.convolution(next)]), count: links.count + 1, rows: rows, passing: passing)
        )
    }

    /// Whether the node at hand reads a map as its input and nobody does later, and a convolution that reads it neither adds it
    /// nor writes over it.
    private func passes(_ map: Operand, through convolution: ConvolutionStep) -> Bool {
        guard let id = node.input(0), place(id, as: .blocked) == map, convolution.output.buffer != map.buffer,
            convolution.residual.buffer != map.buffer
        else { return false }
        return lastReader[id.index] == position
    }

    /// The last step with `step` behind it as one: a convolution, and one with few outputs that reads the same map or what
    /// the first one makes.
    private func joined(_ step: AnyStep) -> AnyStep? {
        guard !compiler.observes, let last = steps.last else { return nil }
        var links: [AnyStep] = []
        var first: ConvolutionStep
        var passing: ChainStep.Passing?
        switch last {
        case .convolution(let only):
            guard only.input.isPresent else { return nil }
            first = only
            first.rows = bands(of: only, over: byteCount(of: only.input))
        case .chain(let chain):
            guard case .convolution(let end) = chain.links[chain.count - 1] else { return nil }
            links = (0..<chain.count - 1).map { chain.links[$0] }
            first = end
            passing = chain.passing
            if case .upsampleSum(let sum)? = links.last, passes(end.input, through: end) {
                passing = .init(map: end.input, width: sum.resize.outputWidth, rows: chain.rows, threads: threads)
            }
        default: return nil
        }
        guard first.isFlat, first.planarChannels == 0, byteCount(of: first.input) >= compiler.leastChainedBytes
        else { return nil }
        let (width, pixels) = (Int(first.outputWidth), Int(first.outputWidth) * Int(first.outputHeight))
        guard case .narrow(var next) = step, [first.input, first.output].contains(next.input), next.pixels == pixels
        else { return nil }
        next.bands = PixelBands(rows: first.rows, width: width)
        links += [.convolution(first), .narrow(next)]
        return .chain(ChainStep(links: memory.store(links), count: links.count, rows: first.rows, passing: passing))
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

    /// The 8-bit planes that a map which is part of what is quantized fills, if it fills whole ones and nobody reads anything in
    /// its buffer after the node at hand, which wants the bytes; nil otherwise.
    private func passingPlanes(of map: Operand, into step: QuantizeStep) -> Range<Int>? {
        guard quantized.contains(node), case .arena = buffers[Int(map.buffer)].kind,
            !lastReads.contains(where: { $0.buffer == map.buffer })
        else { return nil }
        var end = map.offset
        for value in graph.values.indices where places[value].values.contains(where: { $0.buffer == map.buffer }) {
            guard lastReader[value] <= position else { return nil }
            if places[value][.blocked] == map {
                end = max(end, map.offset + byteCount(of: ValueID(index: value), in: .blocked))
            }
        }
        let planeBytes = 4 * step.planePixels * 32
        let (first, last) = (map.offset - step.input.offset, end - step.input.offset)
        guard first % planeBytes == 0, last % planeBytes == 0 || last == step.planes * step.planePixels * 32 else {
            return nil
        }
        return first / planeBytes..<(last + planeBytes - 1) / planeBytes
    }

    /// The last step with `step` behind it as one: what makes a map, or the last part of one, band by band, and what stores the
    /// map in 8 bits.
    private func quantized(_ step: AnyStep, reads: [Operand]) -> AnyStep? {
        guard !compiler.observes, case .quantize(var next) = step, let last = steps.last, lastWrites.count == 1,
            let made = lastWrites.first, reads.contains(where: { $0.buffer == made.buffer }),
            byteCount(of: made) >= compiler.leastChainedBytes
        else { return nil }
        let links: [AnyStep]
        let rows: RowChunks
        var passing: ChainStep.Passing?
        let width: Int
        switch last {
        case .branches(let first):
            guard first.quantization == nil else { return nil }
            (links, rows, width) = ([last], first.rows, first.outputWidth)
            if first.pointwise != nil, let planes = passingPlanes(of: made, into: next) {
                passing = .init(map: made, width: width, rows: rows, threads: threads)
                if passing != nil { (next.passingBegin, next.passingEnd) = (planes.lowerBound, planes.upperBound) }
            }
        case .chain(let chain):
            guard case .convolution(let before) = chain.links[chain.count - 1] else { return nil }
            links = (0..<chain.count).map { chain.links[$0] }
            (rows, width, passing) = (chain.rows, Int(before.outputWidth), chain.passing)
        default: return nil
        }
        guard next.bands.rows.height == rows.height, next.width == width else { return nil }
        next.bands = PlaneBands(planes: Int(next.bands.planes), rows: rows)
        next.takesAllPlanes = true
        return .chain(
            ChainStep(
                links: memory.store(links + [.quantize(next)]), count: links.count + 1, rows: rows, passing: passing))
    }

    /// Bands of a step's rows that are small enough for a cache, of a map of so many bytes.
    private func bands(of step: ConvolutionStep, over bytes: Int) -> RowChunks {
        let bands = bands(height: step.outputHeight, over: bytes)
        return bands.count > step.rows.count ? bands : step.rows
    }

    private func bands(height: Int32, over bytes: Int) -> RowChunks {
        let rowBytes = max(1, bytes / Int(height))
        return RowChunks(height: Int(height), most: max(1, compiler.chainedBandBytes / rowBytes), threads: threads)
    }
}
