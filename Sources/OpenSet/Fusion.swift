internal import CKernels
public import Kernels

/// Joins closed-set labels and the outlier mask to an open-set map (section 3.3 of the paper: K + 1 classes).
public struct Fusion: @unchecked Sendable {
    // A pointer to a pure function: safe to share.
    private let function:
        @convention(c) (
            UnsafePointer<UInt8>?, UnsafePointer<UInt8>?, Int64, UInt8, UnsafeMutablePointer<UInt8>?
        ) -> Void
    /// The label that outliers get: K.
    public let unknown: UInt8

    /// Takes the kernel from `kernels`.
    public init(kernels: KernelTable, unknown: UInt8) {
        function = kernels.functions.tail.fuse
        self.unknown = unknown
    }

    /// openSet = invalid where the label is invalid, else unknown where the mask is set, else the label.
    /// All three have `count` bytes; `openSet` may be one of the others. Neither allocates nor blocks.
    public func apply(
        labels: UnsafePointer<UInt8>, mask: UnsafePointer<UInt8>, count: Int, openSet: UnsafeMutablePointer<UInt8>
    ) {
        function(labels, mask, Int64(count), unknown, openSet)
    }
}
