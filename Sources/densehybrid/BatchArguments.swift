internal import ArgumentParser
internal import Foundation
internal import Perception

/// Options of a replay over many drives.
struct BatchArguments: ParsableArguments {
    @Option(
        help: """
            Folder for many drives: each gets a folder of its own there, with its outputs (whose paths are then relative \
            to it) and a manifest.json when all of it is done.
            """, completion: .directory)
    var out: String?

    @Option(
        help: """
            Only part I of N of the drives, I from 0: every N-th in natural order. auto takes the part from an array job \
            (JOB_COMPLETION_INDEX, SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX); Kubernetes tells no count: auto/N.
            """)
    var shard: String?

    @Flag(help: "Keep drives that have a manifest of the same drive, model and settings; do the others.")
    var resume = false

    @Flag(help: "Only list the drives of this part and how they stand: done, or open and why.")
    var list = false

    /// Refuses options of a batch where no folder is named for it.
    func check(drives: [String]) throws {
        guard out == nil else { return }
        guard shard == nil, !resume, !list else {
            throw ValidationError("--shard, --resume and --list need --out DIR, a folder for the results")
        }
        guard drives.count == 1 else {
            throw ValidationError("several drives need --out DIR, a folder for the results")
        }
    }

    /// This process's part.
    func part() throws -> Shard {
        guard let shard else { return .all }
        return try Shard(argument: shard, environment: ProcessInfo.processInfo.environment)
    }
}
