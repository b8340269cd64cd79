internal import CKernels

/// An int8 convolution's weights as they are kept, and their transform for `QuantizedWinogradStep`, which makes them eight times
/// larger.
///
/// For LDN-121 on one Zen 4 core: 3 us for a dense layer whose place is in the second-level cache; its packed weights take 11.9 MB
/// in place of 41.3.
struct WinogradExpansion {
    let function: @convention(c) (UnsafePointer<dh_quantized_winograd_expand_run>?) -> Void
    /// One block of 32 outputs after the other, as the kernels' `pack` wrote them.
    let packed: UnsafePointer<Int8>
    let planes: Int32
    let blocks: Int32
    /// Groups of a block.
    let groups: Int32

    /// Bytes of all transformed weights.
    var byteCount: Int { Int(blocks) * Int(dh_winograd_weight_bytes(planes)) }

    /// Transforms some groups of one block; `weights` are those of all blocks.
    func expand(_ range: Range<Int32>, of block: Int32, into weights: UnsafeMutableRawPointer) {
        var run = dh_quantized_winograd_expand_run()
        run.packed = packed + Int(block) * Int(dh_winograd_packed_bytes(planes))
        run.weights = (weights + Int(block) * Int(dh_winograd_weight_bytes(planes)))
            .assumingMemoryBound(to: Int16.self)
        run.planes = planes
        run.first = range.lowerBound
        run.count = Int32(range.count)
        function(&run)
    }

    /// Transforms all weights.
    func expand(into weights: UnsafeMutableRawPointer) {
        for block in 0..<blocks { expand(0..<groups, of: block, into: weights) }
    }

    /// Bytes of a worker's keep that `weights(in:)` wants.
    var keepBytes: Int { 64 + byteCount }

    /// All transformed weights in a worker's keep, made unless they are what it holds: its first word says whose it holds, by
    /// where they are packed.
    func weights(in keep: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let owner = keep.assumingMemoryBound(to: UnsafePointer<Int8>?.self)
        if owner.pointee != packed {
            expand(into: keep + 64)
            owner.pointee = packed
        }
        return keep + 64
    }
}

/// Transforms an int8 convolution's weights just before they are used, in memory that other steps use before and after. A
/// chunk is a part of one block of 32 outputs.
struct WinogradWeightsStep: PlanStep {
    let expansion: WinogradExpansion
    let output: Operand
    let groupsPerChunk: Int32

    private var chunksPerBlock: Int32 { (expansion.groups + groupsPerChunk - 1) / groupsPerChunk }

    var chunkCount: Int32 { expansion.blocks * chunksPerBlock }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        let first = chunk % chunksPerBlock * groupsPerChunk
        expansion.expand(
            first..<min(first + groupsPerChunk, expansion.groups), of: chunk / chunksPerBlock,
            into: context.buffers[output])
    }
}
