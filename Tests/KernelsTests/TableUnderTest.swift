import CKernels
import Kernels

/// A kernel table that this machine can execute, with a name for messages.
struct TableUnderTest: CustomStringConvertible, Sendable {
    let description: String
    let table: KernelTable

    /// Every instruction set of this machine, and on x86 the 16-lane logic compiled for AVX2: it stands in for AVX-512 on
    /// machines without it, which the name says.
    static let all: [TableUnderTest] = {
        var result: [TableUnderTest] = []
        for set in InstructionSet.allCases where set.isSupported {
            guard let table = try? KernelTable(set) else { continue }
            result.append(TableUnderTest(description: set.description, table: table))
        }
        if let avx2 = result.first(where: { $0.description == "avx2" }) {
            var functions = avx2.table.functions
            dh_convolution_kernels_wide_on_avx2(&functions.convolution)
            dh_winograd_kernels_wide_on_avx2(&functions.winograd)
            result.append(
                TableUnderTest(
                    description: "avx512 logic on avx2",
                    table: KernelTable(functions: functions, instructionSet: .avx2)))
        }
        return result
    }()

    /// The instruction sets among them that have vectors: the scalar kernels need no comparison with themselves.
    static let vectors = all.filter {
        ![.scalar, .blas].contains($0.table.instructionSet) && $0.description == $0.table.instructionSet.description
    }

    static let scalar: KernelTable = {
        var functions = dh_kernel_table()
        dh_kernel_table_fill(&functions, DH_ISA_SCALAR)
        return KernelTable(functions: functions, instructionSet: .scalar)
    }()
}
