internal import CKernels

/// What the kernels look up by predicted class: mean and one over the deviation of its maximum logit.
struct ClassTable: ~Copyable {
    private let memory: AlignedMemory
    private let entries: Int

    /// Zeros without statistics.
    init(_ statistics: ScoreStatistics?, classes: Int) {
        entries = Int(dh_class_table_entries(Int32(classes)))
        memory = AlignedMemory(byteCount: 2 * entries * MemoryLayout<Float>.stride)
        let first = memory.bytes.bindMemory(to: Float.self, capacity: 2 * entries)
        for (index, moments) in (statistics?.classMaximumLogit ?? []).enumerated() {
            first[index] = moments.mean
            first[entries + index] = 1 / moments.deviation
        }
    }

    /// Valid as long as this value lives.
    var means: UnsafePointer<Float> { UnsafePointer(memory.bytes.assumingMemoryBound(to: Float.self)) }
    /// Likewise.
    var scales: UnsafePointer<Float> { means + entries }
}
