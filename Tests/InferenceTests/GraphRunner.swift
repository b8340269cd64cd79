import Inference
import Kernels
import ModelGraph

/// Runs graphs on the engine and by definition, for tests.
enum GraphRunner {
    /// Runs the plan on plain ports with these inputs, in the graph's order.
    static func engine(_ plan: consuming ExecutionPlan, inputs: [HostTensor], pool: WorkerPool) throws -> [HostTensor] {
        var plan = plan
        let ports = plan.inputs + plan.outputs
        let bindings = ports.map { UnsafeMutableRawPointer.allocate(byteCount: max($0.byteCount, 64), alignment: 64) }
        defer { for binding in bindings { binding.deallocate() } }
        for (position, input) in inputs.enumerated() {
            input.withUnsafeBytes { bindings[position].copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        }
        // Outputs start as nonsense, and the plan runs twice: nothing may depend on what memory held before.
        for position in inputs.count..<ports.count {
            bindings[position].initializeMemory(as: UInt8.self, repeating: 0x7B, count: ports[position].byteCount)
        }
        for _ in 0..<2 { try bindings.withUnsafeBufferPointer { try plan.run($0, on: pool) } }
        return (inputs.count..<ports.count).map { position in
            HostTensor(type: ports[position].type, dimensions: ports[position].dimensions) {
                $0.copyMemory(from: UnsafeRawBufferPointer(start: bindings[position], count: $0.count))
            }
        }
    }

    /// Runs a plan that owns its ports, twice, as every run overwrites the inputs.
    static func owned(_ plan: consuming ExecutionPlan, inputs: [HostTensor], pool: WorkerPool) throws -> [HostTensor] {
        var plan = plan
        for _ in 0..<2 {
            for (position, input) in inputs.enumerated() {
                input.withUnsafeBytes {
                    plan.address(ofPort: position).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
                }
            }
            try plan.run(on: pool)
        }
        return plan.outputs.indices.map { position in
            let port = plan.outputs[position]
            let address = plan.address(ofPort: inputs.count + position)
            return HostTensor(type: port.type, dimensions: port.dimensions) {
                $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: $0.count))
            }
        }
    }

    /// The ranges of all values on these inputs; `plan` was compiled for observation.
    static func calibrate(
        _ plan: consuming ExecutionPlan, inputs: [HostTensor], pool: WorkerPool
    ) throws -> ActivationRanges {
        var plan = plan
        let ports = plan.inputs + plan.outputs
        let bindings = ports.map { UnsafeMutableRawPointer.allocate(byteCount: max($0.byteCount, 64), alignment: 64) }
        defer { for binding in bindings { binding.deallocate() } }
        for (position, input) in inputs.enumerated() {
            input.withUnsafeBytes { bindings[position].copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        }
        var recorder = RangeRecorder()
        try bindings.withUnsafeBufferPointer { try plan.observe($0, on: pool, into: &recorder) }
        return recorder.ranges
    }

    /// Evaluates node by node with the reference definitions.
    static func reference(_ graph: Graph, inputs: [HostTensor]) throws -> [HostTensor] {
        var values: [Int: HostTensor] = [:]
        for (position, id) in graph.inputs.enumerated() { values[id.index] = inputs[position] }
        for node in graph.nodes {
            let arguments = node.inputs.map { id in id.flatMap { values[$0.index] ?? graph[$0].constant } }
            let results = try ReferenceEvaluator.evaluate(
                node.operation, inputs: arguments, outputCount: node.outputs.count, node: node.name)
            for (id, result) in zip(node.outputs, results) { values[id.index] = result }
        }
        return graph.outputs.map { values[$0.index] ?? graph[$0].constant! }
    }
}
