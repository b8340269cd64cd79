/// How much may be computed and stored while a graph is specialised, so that a small file cannot ask for a large load.
///
/// A result is folded when it is at most `smallResult` bytes or twice the bytes of its inputs, while all results together
/// stay below `totalBytes` plus twice the bytes of the graph's own constants, and the work below `totalWork` element
/// operations. What is not folded stays in the graph and is computed as the network runs.
struct FoldingBudget {
    static let smallResult = 4 << 20
    static let totalBytes = 64 << 20
    static let totalWork = 1 << 31

    private let smallResult: Int
    private var remainingBytes: Int
    private var remainingWork: Int

    init(constantBytes: Int, smallResult: Int = Self.smallResult) {
        self.smallResult = smallResult
        remainingBytes = OperationCost.saturatingSum(Self.totalBytes, OperationCost.product([2, constantBytes]))
        remainingWork = Self.totalWork
    }

    /// Takes what the evaluation of a node costs, or returns false.
    mutating func take(_ operation: Operation, inputs: [TensorFacts?], outputs: [TensorFacts]) -> Bool {
        let inputBytes = inputs.reduce(0) { $0 + ($1.map(Self.byteCount) ?? 0) }
        let outputBytes = outputs.reduce(0) { $0 + Self.byteCount($1) }
        let work = OperationCost.work(
            operation, inputs: inputs.map { $0?.dimensions }, outputs: outputs.map(\.dimensions))
        guard outputBytes <= max(smallResult, 2 * inputBytes), outputBytes <= remainingBytes, work <= remainingWork
        else { return false }
        remainingBytes -= outputBytes
        remainingWork -= work
        return true
    }

    private static func byteCount(_ facts: TensorFacts) -> Int {
        OperationCost.product(facts.dimensions) * facts.type.byteCount
    }
}
