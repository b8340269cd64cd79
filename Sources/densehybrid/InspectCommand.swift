internal import ArgumentParser
internal import Perception

/// `densehybrid inspect MODEL`.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show a model's graph and plan: steps, kernels, MACs, memory.",
        discussion: """
            EXAMPLES
              densehybrid inspect Calibration/espnetv2-densehybrid
              densehybrid inspect my-model/ --size 1024x512 --after fuse-elementwise
            """)

    @Argument(help: "Folder with model.onnx and model.yaml, or an ONNX file.", completion: .file())
    var model: String?

    @Option(help: "Network input as WxH.")
    var size: String?

    @Option(help: "Print the graph as it is after this pass ('import' for none); 'help' lists the passes.")
    var after: String?

    @Option(help: "Arithmetic of the network: fp32, or int8.")
    var precision = "fp32"

    @Option(help: "Threads that the plan is made for.")
    var threads = 2

    @Option(help: "Instruction set.")
    var isa: String?

    func run() throws {
        print(
            try ModelInspection(
                model: try ModelLocation.resolve(model), size: size, instructionSet: isa,
                precision: precision, threads: threads
            ).report(after: after))
    }
}
