internal import ArgumentParser
internal import Foundation
internal import Perception

/// `densehybrid merge FILE…`.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Many runs as one: books added up, true percentiles of all frames together.",
        discussion: """
            Reads manifests (replay --out) and summaries (--summary); of a folder all manifests in it. Latencies are \
            histograms with fixed buckets, so that p50, p95 and p99 are those of all frames, not means of percentiles.

            Says which segments are missing (by the batch.json beside the manifests, or by their numbers) and which came \
            twice. Runs of different models or settings are refused, unless --mixed. Exit code 4 where a --fail-on \
            gate tripped in any run, else 3 where segments are missing or input was lost.

            EXAMPLES
              densehybrid merge results/
              densehybrid merge monday/summary.json tuesday/summary.json --json
              densehybrid merge results/a/manifest.json results/b/manifest.json --mixed
            """)

    @Argument(help: "Manifests, summaries, and folders with manifests.", completion: .file())
    var files: [String]

    @Flag(help: "Merge runs of different models or settings all the same; the report says in what they differ.")
    var mixed = false

    @Flag(help: "JSON instead of a table.")
    var json = false

    func run() throws {
        let report = try MergeReport(try MergeInputs(files), mixed: mixed)
        print(json ? report.json : report.text)
        if report.exitCode != 0 { throw ExitStatus(code: report.exitCode) }
    }
}
