internal import ArgumentParser
internal import Perception

/// `densehybrid check`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Load model, pipeline file and threshold, warm up, say what would run, exit.",
        discussion: """
            EXAMPLES
              densehybrid check
              densehybrid check --model my-model/ --size 1024x576 --score generative
            """)

    @OptionGroup(title: "Model") var model: ModelOptions

    func run() throws {
        print(try ModelCheck(settings: try model.settings()).run())
    }
}
