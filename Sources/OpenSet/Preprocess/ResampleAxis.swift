internal import CKernels

/// Filter table of one axis of the antialiased bilinear resize, in memory that kernels point into.
struct ResampleAxis: ~Copyable {
    /// The kernel's view; valid as long as this value lives.
    let view: UnsafeMutablePointer<dh_resample_axis>
    private let memory: AlignedMemory

    init(input: Int, output: Int) {
        let taps = Int(dh_resample_taps(Int32(input), Int32(output)))
        memory = AlignedMemory(byteCount: output * (1 + taps) * 4)
        let first = memory.bytes.bindMemory(to: Int32.self, capacity: output)
        let weights = (memory.bytes + output * 4).bindMemory(to: Float.self, capacity: output * taps)
        dh_resample_axis_fill(Int32(input), Int32(output), first, weights)
        view = .allocate(capacity: 1)
        view.initialize(
            to: dh_resample_axis(
                first: first, weights: weights, input: Int32(input), output: Int32(output), taps: Int32(taps),
                reserved: 0))
    }

    deinit { view.deallocate() }
}
