internal import CKernels

/// What a step needs while it runs.
struct StepContext {
    let buffers: BufferTable
    /// Scratch of one worker; its size is the largest that any step asked for.
    let scratch: UnsafeMutableRawPointer
    let scratchStride: Int

    func scratch(of worker: Int32) -> UnsafeMutableRawPointer { scratch + Int(worker) * scratchStride }
}

/// One unit of a plan: a trivial value whose chunks may run on different workers at the same time.
protocol PlanStep {
    /// Independent parts.
    var chunkCount: Int32 { get }
    /// Computes one part. No allocation, no locks.
    func run(chunk: Int32, worker: Int32, context: borrowing StepContext)
}

/// How a step over planes of pixels is divided: every chunk is a band of one plane.
struct PlaneBands {
    let planes: Int32
    let bandsPerPlane: Int32
    let rows: Int32
    let rowsPerBand: Int32

    init(planes: Int, rows: Int, rowBytes: Int, threads: Int) {
        // Bands of at least 32 KB: smaller ones cost more in hand-over than they gain in balance.
        let wanted = max(1, (threads * 4 + planes - 1) / planes)
        let worthwhile = max(1, rows * rowBytes / 32768)
        let bands = max(1, min(wanted, worthwhile, rows))
        self.planes = Int32(planes)
        self.rows = Int32(rows)
        rowsPerBand = Int32((rows + bands - 1) / bands)
        bandsPerPlane = (self.rows + rowsPerBand - 1) / rowsPerBand
    }

    var chunkCount: Int32 { planes * bandsPerPlane }

    /// Plane and rows of a chunk.
    func part(_ chunk: Int32) -> (plane: Int, rows: Range<Int>) {
        let first = chunk % bandsPerPlane * rowsPerBand
        return (Int(chunk / bandsPerPlane), Int(first)..<Int(min(rows, first + rowsPerBand)))
    }
}

extension dh_activation {
    /// The code that kernels take.
    var code: Int32 { Int32(bitPattern: rawValue) }
}
