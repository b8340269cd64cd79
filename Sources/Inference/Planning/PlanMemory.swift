internal import ModelGraph

/// Owns everything of a plan that is written once while it is built: packed weights, tables, constants.
final class PlanMemory {
    private var blocks: [UnsafeMutableRawBufferPointer] = []
    private(set) var byteCount = 0
    /// Objects that steps refer to without owning them.
    private var retained: [AnyObject] = []

    deinit {
        for block in blocks {
            if let address = block.baseAddress { ZeroedMemory.deallocate(address, byteCount: block.count) }
        }
    }

    /// A zeroed block, 64-byte aligned, that lives as long as the plan.
    func allocate<Element: BitwiseCopyable>(_: Element.Type, count: Int) -> UnsafeMutablePointer<Element> {
        let bytes = max(count, 1) * MemoryLayout<Element>.stride
        let block = ZeroedMemory.allocate(byteCount: bytes)
        blocks.append(UnsafeMutableRawBufferPointer(start: block, count: bytes))
        byteCount += bytes
        return block.bindMemory(to: Element.self, capacity: max(count, 1))
    }

    /// A copy of `elements`.
    func store<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
        let block = allocate(Element.self, count: elements.count)
        for (index, element) in elements.enumerated() { block[index] = element }
        return UnsafePointer(block)
    }

    /// A copy of `values`, zero-padded to `count`.
    func store(_ values: [Float]?, paddedTo count: Int, default fill: Float = 0) -> UnsafePointer<Float> {
        let block = allocate(Float.self, count: count)
        for index in 0..<count { block[index] = fill }
        if let values { for (index, value) in values.enumerated() { block[index] = value } }
        return UnsafePointer(block)
    }

    /// Keeps `object` alive for the plan and returns an unowned reference to it.
    func retain<Object: AnyObject>(_ object: Object) -> Unmanaged<Object> {
        retained.append(object)
        return .passUnretained(object)
    }
}
