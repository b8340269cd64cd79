internal import CKernels

/// What kernels are chosen for: instruction sets with kernels of their own, and two that run everywhere.
public enum InstructionSet: String, Sendable, CaseIterable, CustomStringConvertible {
    /// Plain C: the specification.
    case scalar
    /// OpenBLAS's sgemm for dense convolutions, plain C for the rest: for processors without kernels of their own.
    case blas
    /// AVX2 and FMA.
    case avx2
    /// AVX-512 F, BW, VL and DQ.
    case avx512
    /// AVX-512 as above and VNNI, which multiplies bytes.
    case avx512vnni
    /// AVX2, FMA and VNNI in 256-bit registers: the extension AVX-VNNI, or AVX-512 VL and VNNI kept to 256 bits.
    case avxvnni
    /// AArch64 Advanced SIMD.
    case neon
    /// Advanced SIMD with 8-bit dot products.
    case neondot
    /// Advanced SIMD with 8-bit dot products of mixed signs.
    case neoni8mm

    /// The best instruction set that this processor and its operating system execute.
    public static var detected: InstructionSet {
        let preference: [InstructionSet] = [.avx512vnni, .avx512, .avxvnni, .avx2, .neoni8mm, .neondot, .neon]
        return preference.first { $0.isSupported } ?? .blas
    }

    /// Whether kernels of this set can run here.
    public var isSupported: Bool { dh_isa_supported(code) }

    /// The name that `--isa` takes.
    public var description: String { rawValue }

    /// All names, for help and errors.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

    var code: dh_isa {
        switch self {
        case .scalar, .blas: DH_ISA_SCALAR
        case .avx2: DH_ISA_AVX2
        case .avx512: DH_ISA_AVX512
        case .avx512vnni: DH_ISA_AVX512_VNNI
        case .avxvnni: DH_ISA_AVX_VNNI
        case .neon: DH_ISA_NEON
        case .neondot: DH_ISA_NEONDOT
        case .neoni8mm: DH_ISA_NEONI8MM
        }
    }
}

/// An instruction set that cannot be used.
public enum InstructionSetError: Error, CustomStringConvertible {
    case unknown(String)
    case unsupported(InstructionSet)

    /// One line for people.
    public var description: String {
        switch self {
        case .unknown(let name):
            return "unknown instruction set '\(name)': choose one of \(InstructionSet.names)"
        case .unsupported(let set):
            return "this processor does not execute \(set): the best it has is \(InstructionSet.detected)"
        }
    }
}

extension InstructionSet {
    /// Parses an `--isa` argument and checks that this processor executes it.
    public init(argument: String) throws(InstructionSetError) {
        guard let set = InstructionSet(rawValue: argument) else { throw .unknown(argument) }
        guard set.isSupported else { throw .unsupported(set) }
        self = set
    }
}
