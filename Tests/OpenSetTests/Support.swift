import CKernels
import Foundation
import Kernels
import OpenSet
import TestSupport

let goldenCommand = "python tools/openset_goldens/generate.py"

/// Every set of kernels that can run here, the 16-lane logic compiled for AVX2 included.
func tablesUnderTest() throws -> [(name: String, table: KernelTable)] {
    var tables = [(name: "scalar", table: try KernelTable(.scalar))]
    #if arch(x86_64)
        if InstructionSet.avx2.isSupported {
            let table = try KernelTable(.avx2)
            var wide = table.functions
            dh_tail_kernels_wide_on_avx2(&wide.tail)
            dh_preprocess_kernels_wide_on_avx2(&wide.preprocess)
            tables.append(("avx2", table))
            tables.append(("wide", KernelTable(functions: wide, instructionSet: .avx2)))
        }
        if InstructionSet.avx512.isSupported { tables.append(("avx512", try KernelTable(.avx512))) }
    #endif
    return tables
}

/// Elements whose last byte is the last of a readable page and whose first byte follows guard bytes: reading past the
/// end crashes, writing before the beginning is found.
final class FencedBuffer<Element: BitwiseCopyable> {
    let pointer: UnsafeMutablePointer<Element>
    let count: Int
    private let mapping: UnsafeMutableRawPointer
    private let mapped: Int
    private static var guardByte: UInt8 { 0xA5 }

    init(_ elements: [Element]) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let bytes = elements.count * MemoryLayout<Element>.stride
        let payload = (bytes + 64 + page - 1) / page * page
        mapped = payload + page
        mapping = mmap(nil, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
        mapping.initializeMemory(as: UInt8.self, repeating: Self.guardByte, count: payload)
        mprotect(mapping + payload, page, PROT_NONE)
        count = elements.count
        pointer = (mapping + payload - bytes).bindMemory(to: Element.self, capacity: max(count, 1))
        for (index, element) in elements.enumerated() { pointer[index] = element }
    }

    convenience init(repeating element: Element, count: Int) {
        self.init([Element](repeating: element, count: count))
    }

    deinit { munmap(mapping, mapped) }

    var elements: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    /// Whether the bytes in front of the buffer are untouched.
    var isIntact: Bool {
        let bytes = UnsafeRawPointer(mapping).assumingMemoryBound(to: UInt8.self)
        return (0..<UnsafeRawPointer(pointer) - UnsafeRawPointer(mapping)).allSatisfy { bytes[$0] == Self.guardByte }
    }
}

extension SeededGenerator {
    mutating func float(_ amplitude: Float) -> Float { Float.random(in: -amplitude...amplitude, using: &self) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}
