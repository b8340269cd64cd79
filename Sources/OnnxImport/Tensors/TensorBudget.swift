/// Bounds what a model may make the importer allocate for tensors by the size of its files.
///
/// Single tensors are checked against their data; this catches what adds up: external ranges that overlap, constants in
/// functions that are called again and again, sparse tensors. The factor leaves room for the honest extremes
/// (uint64 from one-byte varints: 8; float32 from float16: 2).
struct TensorBudget {
    private static let factor = 16
    private static let floor = 1 << 20

    private var allowed = TensorBudget.floor
    private var used = 0

    /// Counts a file.
    mutating func grant(fileBytes: Int) {
        let (bytes, overflow) = fileBytes.multipliedReportingOverflow(by: Self.factor)
        let (sum, overflowAgain) = allowed.addingReportingOverflow(bytes)
        allowed = overflow || overflowAgain ? .max : sum
    }

    /// Counts a tensor before it is allocated.
    mutating func spend(_ bytes: Int, tensor: String) throws(OnnxImportError) {
        let (sum, overflow) = used.addingReportingOverflow(bytes)
        guard !overflow, sum <= allowed else {
            throw .tensor(
                name: tensor, problem: "the model's tensors add up to more than \(Self.factor) times its files",
                remedy: "export the model without shared or sparse data")
        }
        used = sum
    }
}
