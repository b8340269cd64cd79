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

extension SeededGenerator {
    mutating func float(_ amplitude: Float) -> Float { Float.random(in: -amplitude...amplitude, using: &self) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}
