internal import CKernels

/// activation(resized * scale + shift + other * otherScale * gate), row by row: what a decoder does where it meets the
/// encoder. Rows of `other` that a depthwise or grouped convolution makes are computed just before they are read.
struct UpsampleSumStep: PlanStep {
    /// How the other operand's rows come about.
    enum Other {
        case stored(StoredRows)
        case convolved(DepthwiseStep)
        case grouped(GroupedConvolutionStep)
        case planar(PlanarGroups)
    }

    let resize: ResizeStep
    let other: Other
    let otherScale: UnsafePointer<Float>
    /// Computed factors of `other`, [planes][8]; absent for none.
    let gate: Operand
    var bands: PlaneBands
    /// Whether a chunk is a band of all planes, as the links of a chain want it.
    var takesAllPlanes = false

    /// Bytes of a plane that are still in a cache when they are read.
    private static let cached = 512 << 10

    private var rowBytes: Int { resize.outputWidth * 32 }

    private var ownScratchBytes: Int { resize.scratchBytes + rowBytes + 64 }

    /// The resize's own, one row of `other`, its factors, and what it takes to make it.
    var scratchBytes: Int {
        if case .planar(let groups) = other { return ownScratchBytes + groups.scratchBytes }
        return ownScratchBytes
    }

    var chunkCount: Int32 { takesAllPlanes ? bands.rows.count : bands.chunkCount }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        run(chunk: chunk, worker: worker, outputShift: 0, context: context)
    }

    /// `outputShift`: bytes from where rows lie in the map to where they are to lie.
    func run(chunk: Int32, worker: Int32, outputShift: Int, context: borrowing StepContext) {
        guard takesAllPlanes else {
            let (plane, rows) = bands.part(chunk)
            return run(rows: rows, plane: plane, worker: worker, outputShift: outputShift, context: context)
        }
        let rows = bands.rows.rows(of: chunk)
        for plane in 0..<Int(bands.planes) {
            run(rows: rows, plane: plane, worker: worker, outputShift: outputShift, context: context)
        }
    }

    private func run(
        rows: Range<Int>, plane: Int, worker: Int32, outputShift: Int, context: borrowing StepContext
    ) {
        let scratch = context.scratch(of: worker)
        let line = (scratch + resize.scratchBytes).assumingMemoryBound(to: Float.self)
        let factors = line + rowBytes / 4
        for lane in 0..<8 { factors[lane] = otherScale[plane * 8 + lane] }
        if gate.isPresent {
            let computed = context.buffers[gate].assumingMemoryBound(to: Float.self) + plane * 8
            for lane in 0..<8 { factors[lane] *= computed[lane] }
        }
        let target = context.buffers[resize.output] + plane * resize.outputPlaneBytes + outputShift
        var next = max(0, rows.lowerBound - 1)
        for row in rows {
            let added: UnsafePointer<Float>
            var ahead: UnsafePointer<Float>?
            switch other {
            case .stored(let rows):
                added = rows.address(row: row, plane: plane, context: context)
            case .convolved(let step):
                step.compute(row: row, plane: plane, into: line, context: context)
                added = UnsafePointer(line)
                if step.inputPlaneBytes > Self.cached {
                    ahead = step.lastInput(of: row + 1, plane: plane, context: context)
                }
            case .planar(let groups):
                groups.compute(
                    row: row, plane: plane, next: &next, into: line, scratch: scratch + ownScratchBytes,
                    context: context)
                added = UnsafePointer(line)
                ahead = groups.ahead(of: row, plane: plane, context: context)
            case .grouped(let step):
                step.compute(row: row, plane: plane, into: line, context: context)
                added = UnsafePointer(line)
            }
            resize.compute(
                row: row, plane: plane, into: target + row * rowBytes, scratch: scratch, adding: added,
                times: factors, fetching: ahead, context: context)
        }
    }
}
