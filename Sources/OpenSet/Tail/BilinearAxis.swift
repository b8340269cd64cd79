internal import CKernels

/// Neighbours and weights of one axis of PyTorch's bilinear upsampling, in memory that kernels point into.
struct BilinearAxis: ~Copyable {
    /// The kernel's view; valid as long as this value lives.
    let view: UnsafeMutablePointer<dh_bilinear_axis>
    private let memory: AlignedMemory

    init(input: Int, output: Int, alignCorners: Bool) {
        let entries = Int(dh_bilinear_padded(Int32(output)))
        memory = AlignedMemory(byteCount: 3 * entries * 4)
        let left = memory.bytes.bindMemory(to: Int32.self, capacity: entries)
        let right = (memory.bytes + 4 * entries).bindMemory(to: Int32.self, capacity: entries)
        let weight = (memory.bytes + 8 * entries).bindMemory(to: Float.self, capacity: entries)
        dh_bilinear_axis_fill(Int32(input), Int32(output), alignCorners, left, right, weight)
        view = .allocate(capacity: 1)
        view.initialize(
            to: dh_bilinear_axis(
                left: left, right: right, weight: weight, input: Int32(input), output: Int32(output)))
    }

    deinit { view.deallocate() }
}
