internal import ArgumentParser
internal import FrameIO

/// `densehybrid info INPUT`.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Tell what a stream or drive holds: format, sizes, frames, time span, gaps.",
        discussion: """
            Reads the whole input once. Exit code 3 where it is damaged or cut; of an MCAP recording the report says what is
            whole and what is lost.

            EXAMPLES
              densehybrid info Pipelines/sample-drive
              densehybrid info drive.mcap --topic /camera/front
              ffmpeg -i drive.mp4 -f yuv4mpegpipe - | densehybrid info - --json
            """)

    @Argument(help: "File, folder, pattern, or -.", completion: .file())
    var input: String

    @Flag(help: "JSON instead of text.")
    var json = false

    @OptionGroup(title: "Stream") var options: InputArguments

    func run() throws {
        let info = try FrameInput.info(input, options: try options.inputOptions())
        print(json ? info.json : info.report)
        if info.hasDataLoss { throw ExitStatus(code: 3) }
    }
}
