import Inference
import Kernels
import ModelGraph

/// The whole engine: passes, fast steps where there are some, the reference definition where there are none.
struct EngineExecutor: GraphExecutor {
    let pool = WorkerPool(threads: 2)

    func run(_ graph: Graph, inputs: [HostTensor]) throws -> [HostTensor] {
        var plan = try ModelCompiler(kernels: try KernelTable(), threads: 2).compile(graph)
        let ports = plan.inputs + plan.outputs
        let bindings = ports.map { UnsafeMutableRawPointer.allocate(byteCount: max($0.byteCount, 64), alignment: 64) }
        defer { for binding in bindings { binding.deallocate() } }
        for (binding, input) in zip(bindings, inputs) {
            input.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                binding.copyMemory(from: base, byteCount: bytes.count)
            }
        }
        try bindings.withUnsafeBufferPointer { try plan.run($0, on: pool) }
        return (inputs.count..<ports.count).map { position in
            HostTensor(type: ports[position].type, dimensions: ports[position].dimensions) {
                $0.copyMemory(from: UnsafeRawBufferPointer(start: bindings[position], count: $0.count))
            }
        }
    }
}
