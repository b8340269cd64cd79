internal import CKernels

/// What a step needs while it runs.
struct StepContext {
    let buffers: BufferTable
    /// Scratch of one worker; its size is the largest that any step asked for.
    let scratch: UnsafeMutableRawPointer
    let scratchStride: Int
    /// Bytes at the start of a worker's scratch that stay as they are from step to step: see `keep(of:)`.
    let keepBytes: Int

    func scratch(of worker: Int32) -> UnsafeMutableRawPointer { keep(of: worker) + keepBytes }

    /// What a worker made from constants and may find again, zeroed before the first frame. A step that uses it notes
    /// there what it made, and believes nothing else.
    func keep(of worker: Int32) -> UnsafeMutableRawPointer { scratch + Int(worker) * scratchStride }
}

/// One unit of a plan: a trivial value whose chunks may run on different workers at the same time.
protocol PlanStep {
    /// Independent parts.
    var chunkCount: Int32 { get }
    /// Computes one part. No allocation, no locks.
    func run(chunk: Int32, worker: Int32, context: borrowing StepContext)
}

/// A picture's rows in chunks as equal as can be, so that the same share of a step's chunks is the same part of the picture
/// in every step: what a worker reads is then what it wrote a step before, and still in its own cache.
struct RowChunks: Equatable {
    let count: Int32
    let height: Int32

    /// `count` chunks, or one a row where there are fewer rows.
    init(height: Int, count: Int) {
        self.height = Int32(height)
        self.count = Int32(max(1, min(count, height)))
    }

    /// Chunks of at most `most` rows, equally many for each of `threads`.
    init(height: Int, most: Int, threads: Int) {
        let needed = (height + most - 1) / most
        self.init(height: height, count: (needed + threads - 1) / threads * threads)
    }

    /// Rows of the largest chunk.
    var most: Int { (Int(height) + Int(count) - 1) / Int(count) }

    func rows(of chunk: Int32) -> Range<Int> {
        Int(height) * Int(chunk) / Int(count)..<Int(height) * (Int(chunk) + 1) / Int(count)
    }
}

/// How a step over planes of pixels is divided: every chunk is a band of one plane. The first bands of all planes come
/// first, so that neighbouring chunks are the same part of the picture.
struct PlaneBands: Equatable {
    let planes: Int32
    let rows: RowChunks

    init(planes: Int, rows: RowChunks) {
        self.planes = Int32(planes)
        self.rows = rows
    }

    init(planes: Int, rows: Int, rowBytes: Int, threads: Int) {
        // Four chunks a thread where bands still have 32 KB, else a band a thread while it has 4: less costs more in
        // hand-over than it gains.
        let wanted = (4 + planes - 1) / planes * threads
        let bytes = rows * rowBytes
        let worthwhile = max(bytes / 32768 / threads * threads, min(threads, bytes / 4096))
        self.planes = Int32(planes)
        self.rows = RowChunks(height: rows, count: min(wanted, worthwhile))
    }

    var chunkCount: Int32 { planes * rows.count }

    /// Plane and rows of a chunk.
    func part(_ chunk: Int32) -> (plane: Int, rows: Range<Int>) {
        (Int(chunk % planes), rows.rows(of: chunk / planes))
    }
}

extension dh_activation {
    /// The code that kernels take.
    var code: Int32 { Int32(bitPattern: rawValue) }
}
