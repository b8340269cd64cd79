internal import ModelGraph

/// An operation without a fast step, computed by its reference definition on plain tensors: correct, one thread, slow, and
/// it may allocate. `inspect` lists such steps.
struct GenericStep: PlanStep {
    let invocation: Unmanaged<GenericInvocation>

    var chunkCount: Int32 { 1 }

    func run(chunk: Int32, worker: Int32, context: borrowing StepContext) {
        // The plan's memory retains the invocation for as long as the plan lives.
        let buffers = context.buffers
        invocation._withUnsafeGuaranteedRef { $0.run(buffers: buffers) }
    }
}

/// The arguments of a `GenericStep`. Only ever used by the one thread that runs its plan.
final class GenericInvocation {
    struct Argument {
        let operand: Operand
        let type: DataType
        let dimensions: [Int]
    }

    let name: String
    private let operation: Operation
    private let inputs: [Argument?]
    private let outputs: [Argument]
    private(set) var failure: GraphError?

    init(name: String, operation: Operation, inputs: [Argument?], outputs: [Argument]) {
        self.name = name
        self.operation = operation
        self.inputs = inputs
        self.outputs = outputs
    }

    func run(buffers: BufferTable) {
        let sources = inputs.map { argument in
            argument.map {
                RawTensor(type: $0.type, dimensions: $0.dimensions, bytes: UnsafeRawPointer(buffers[$0.operand]))
            }
        }
        let targets = outputs.map {
            MutableRawTensor(type: $0.type, dimensions: $0.dimensions, bytes: buffers[$0.operand])
        }
        do throws(GraphError) {
            try ReferenceEvaluator.evaluate(operation, inputs: sources, outputs: targets)
        } catch {
            failure = error
        }
    }
}
