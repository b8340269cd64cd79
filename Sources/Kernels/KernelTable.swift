public import CKernels

/// The kernels of one instruction set, passed by value to everything that computes.
public struct KernelTable: @unchecked Sendable {
    // Function pointers to pure functions: safe to share, which the compiler cannot know.
    /// The C table.
    public let functions: dh_kernel_table
    /// What the table was filled for.
    public let instructionSet: InstructionSet

    /// Fills the table; fails where this processor does not execute `set`.
    public init(_ set: InstructionSet = .detected) throws(InstructionSetError) {
        guard set.isSupported else { throw .unsupported(set) }
        var table = dh_kernel_table()
        dh_kernel_table_fill(&table, set.code)
        functions = table
        instructionSet = set
    }

    /// A table with functions replaced, for tests of single kernels.
    public init(functions: dh_kernel_table, instructionSet: InstructionSet) {
        self.functions = functions
        self.instructionSet = instructionSet
    }
}
