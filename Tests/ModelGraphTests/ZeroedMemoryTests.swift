import Foundation
import ModelGraph
import Testing

@Suite struct ZeroedMemoryTests {
    /// Below and above what gets pages, and huge pages, of its own.
    @Test(arguments: [1, 64, 65_535, 65_536, 65_537, 2_097_151, 2_097_152, 2_097_153, 9_000_001])
    func blocksAreZeroedAlignedAndWholeToTheirLastByte(_ size: Int) {
        for _ in 0..<3 {
            let block = ZeroedMemory.allocate(byteCount: size)
            #expect(Int(bitPattern: block) % (size < 2_097_152 ? 64 : 2_097_152) == 0)
            #expect(Data(bytes: block, count: size) == Data(count: size))
            memset(block, 0xa5, size)
            #expect(Data(bytes: block, count: size) == Data(repeating: 0xa5, count: size))
            ZeroedMemory.deallocate(block, byteCount: size)
        }
    }

    /// Blocks live side by side: what one gives back around itself belongs to nobody else.
    @Test func neighboursDoNotTouchEachOther() {
        let sizes = [2_097_152, 4096 * 700 + 5, 70_000, 6_291_456, 2_097_153]
        let blocks = sizes.map { ZeroedMemory.allocate(byteCount: $0) }
        for (index, block) in blocks.enumerated() {
            memset(block, Int32(index + 1), sizes[index])
        }
        ZeroedMemory.deallocate(blocks[1], byteCount: sizes[1])
        for (index, block) in blocks.enumerated() where index != 1 {
            let expected = Data(repeating: UInt8(index + 1), count: sizes[index])
            #expect(Data(bytes: block, count: sizes[index]) == expected, "block \(index)")
            ZeroedMemory.deallocate(block, byteCount: sizes[index])
        }
    }
}
