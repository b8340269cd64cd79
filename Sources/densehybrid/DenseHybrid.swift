internal import ArgumentParser
internal import Foundation
internal import FrameIO
internal import Perception

/// The program: parses, calls, prints. No logic lives here.
struct DenseHybrid: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "densehybrid",
        abstract: "Onboard open-set segmentation: says what the camera sees, and where it does not know.",
        discussion: """
            Reads camera frames from pipes, files and folders and writes, for every frame, a map of K classes + unknown.

            EXAMPLES
              densehybrid replay Pipelines/sample-drive --overlay overlays/
              ffmpeg -i drive.mp4 -f yuv4mpegpipe - | densehybrid run - --overlay - --format mjpeg | ffplay -
              densehybrid run pictures/ --openset maps/ --meta -

            Data goes to standard output only, all messages to standard error.
            Exit codes: 0 clean, 1 failure, 2 usage, 3 finished with data loss, 4 a --fail-on gate tripped.
            """,
        version: version,
        subcommands: [
            RunCommand.self, ReplayCommand.self, InfoCommand.self, InspectCommand.self, CheckCommand.self,
            EvalCommand.self, ExportCommand.self, BenchCommand.self, CalibrateCommand.self, MergeCommand.self,
            MonitorCommand.self, PlanCommand.self,
        ])
}

/// Ends the program with a code of cli.md; the message, if any, has been printed.
struct ExitStatus: Error {
    let code: Int32
}

@main
enum Main {
    static func main() {
        do {
            var command = try DenseHybrid.parseAsRoot()
            try command.run()
        } catch let status as ExitStatus {
            exit(status.code)
        } catch FrameIOError.usage(let text) {
            end(usage: text)
        } catch let error as ModelError where error.isUsage {
            end(usage: error.description)
        } catch {
            let code = DenseHybrid.exitCode(for: error)
            let message = DenseHybrid.fullMessage(for: error)
            if code == .success {
                print(message)
                exit(0)
            }
            // Usage is 2 here, whatever sysexits.h says; everything else that reaches this point is a failure.
            if code == .validationFailure { end(usage: DenseHybrid.message(for: error)) }
            Console.error("error: \(error)")
            exit(1)
        }
    }

    /// One line, and where to read more. Options that parse but do not fit together are usage errors, too.
    private static func end(usage text: String) -> Never {
        let verbs = DenseHybrid.configuration.subcommands.compactMap { $0.configuration.commandName }
        let verb = CommandLine.arguments.dropFirst().first.flatMap { verbs.contains($0) ? " \($0)" : nil } ?? ""
        Console.error("error: \(text) (densehybrid\(verb) --help explains)")
        exit(2)
    }
}
