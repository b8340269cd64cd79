internal import Inference
internal import Kernels
internal import ModelGraph

/// What `inspect` prints: a model's plan step by step, or its graph after a pass.
public struct ModelInspection {
    private let network: ImportedNetwork
    private let size: NetworkSize
    private let kernels: KernelTable
    private let threads: Int

    /// Loads the model in folder `model`. `size` is `WxH`, nil for the model's own.
    public init(
        model: String, size: String?, instructionSet: String?, precision: String, threads: Int
    ) throws(ModelError) {
        let bundle = try ModelBundle(directory: model)
        network = try ImportedNetwork(bundle, precision: precision)
        let own = bundle.description.input.size
        if let size {
            guard let wanted = NetworkSize(argument: size) else {
                throw ModelError("--size takes WIDTHxHEIGHT, for instance 1024x512, not '\(size)'")
            }
            self.size = wanted
        } else {
            self.size = NetworkSize(width: own[0], height: own[1])
        }
        guard 1...256 ~= threads else { throw ModelError("--threads takes 1 to 256, not \(threads)") }
        self.threads = threads
        do {
            kernels = try KernelTable(try instructionSet.map { try InstructionSet(argument: $0) } ?? .detected)
        } catch {
            throw ModelError("\(error)")
        }
    }

    /// The plan's steps with kernels, MACs and memory; or, with `pass`, the graph as it is after that pass.
    public func report(after pass: String?) throws(ModelError) -> String {
        if let pass { return try graph(after: pass) }
        let compiled = try network.compile(size: size, kernels: kernels, threads: threads)
        let steps = compiled.steps
        let all = steps.backbone + steps.heads
        let total = all.reduce(0) { $0 + $1.multiplyAccumulates }
        var lines: [String] = []
        for (part, list) in [("backbone", steps.backbone), ("heads", steps.heads)] {
            lines.append("\(part): \(list.count) steps")
            for (number, step) in list.enumerated() { lines.append(line(number, step)) }
        }
        let generic = all.count { $0.kind.hasPrefix("generic") }
        let memory = compiled.memory
        lines.append(
            "\(network.bundle.description.name) at \(size), \(kernels.instructionSet), \(threads) threads: \(all.count) "
                + "steps (\(generic) without a fast kernel), \(total / 1_000_000) MMAC (\(Self.shares(all)))")
        lines.append(
            "memory: arena \(memory.arena >> 10) KB (at least \(memory.bound >> 10) KB are in use at one step), weights and "
                + "tables \(memory.constants >> 10) KB, scratch \(memory.scratch >> 10) KB; a frame: picture "
                + "\(compiled.image.byteCount >> 10) KB, pre-logits \(compiled.preLogits.byteCount >> 10) KB, logits "
                + "\((compiled.logits.byteCount + (compiled.outlierLogits?.byteCount ?? 0)) >> 10) KB")
        let whole = try network.compileWhole(size: size, kernels: kernels, threads: threads).memory
        lines.append(
            "memory as one plan, without a pipeline's frames: arena \(whole.arena >> 10) KB (at least "
                + "\(whole.bound >> 10) KB), picture and logits included")
        return lines.joined(separator: "\n")
    }

    /// The share of multiplications in each precision, and which steps keep a higher one than the rest.
    private static func shares(_ steps: [StepDescription]) -> String {
        let total = max(1, steps.reduce(0) { $0 + $1.multiplyAccumulates })
        return Precision.allCases.compactMap { precision in
            let part = steps.filter { $0.precision == precision }.reduce(0) { $0 + $1.multiplyAccumulates }
            let tenths = (part * 1000 + total / 2) / total
            return part == 0 ? nil : "\(precision.rawValue) \(tenths / 10).\(tenths % 10) %"
        }.joined(separator: ", ")
    }

    private func line(_ number: Int, _ step: StepDescription) -> String {
        func pad(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        let extents = step.output.map(String.init).joined(separator: "x")
        let work = step.multiplyAccumulates > 0 ? "\(step.multiplyAccumulates / 1_000_000) MMAC" : ""
        return "  " + pad("\(number)", 5) + pad(step.kind, 26) + pad(step.precision.rawValue, 6) + pad(step.kernel, 14)
            + pad(extents, 18) + pad(work, 12)
            + step.name
    }

    private func graph(after pass: String) throws(ModelError) -> String {
        let names = ["import"] + GraphPass.all.map(\.name)
        guard names.contains(pass) else {
            throw ModelError("--after takes one of \(names.joined(separator: ", ")), not '\(pass)'")
        }
        var graph = try network.specialised(for: size)
        if pass != "import" {
            // A pass may stand in the list twice: the state after its last time is shown.
            let last = GraphPass.all.lastIndex { $0.name == pass } ?? 0
            for step in GraphPass.all[...last] { graph = step(graph) }
        }
        return GraphDescription(graph).description
    }
}
