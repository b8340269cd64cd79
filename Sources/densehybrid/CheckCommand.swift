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
              densehybrid check --pipeline Pipelines/live-camera.yaml
            """)

    @OptionGroup(title: "Model") var model: ModelOptions

    func run() throws {
        var settings = try model.settings()
        let file = try model.file()
        if file.onLate == "degrade" || file.declaresLadder { settings.ladder = try file.ladder(for: settings) }
        print(try ModelCheck(settings: settings).run())
    }
}
