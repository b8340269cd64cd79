import TestSupport
import Testing

@testable import Perception

/// Which worker does what.
@Suite struct ShardTests {
    @Test func everySegmentBelongsToOnePart() throws {
        var random = SeededGenerator(label: "Shard")
        for _ in 0..<50 {
            let count = Int.random(in: 1...20, using: &random)
            let parts = try (0..<count).map { try Shard(argument: "\($0)/\(count)", environment: [:]) }
            let total = Int.random(in: 0...200, using: &random)
            for position in 0..<total { #expect(parts.count { $0.takes(position) } == 1) }
            let sizes = parts.map { part in (0..<total).count { part.takes($0) } }
            #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
        }
    }

    @Test(
        arguments: [
            ("auto/5", ["JOB_COMPLETION_INDEX": "3"], 3, 5),
            ("auto", ["AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "7"], 0, 7),
            ("auto", ["SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "4"], 2, 4),
            (
                "auto",
                [
                    "SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_STEP": "4",
                    "SLURM_ARRAY_TASK_COUNT": "3",
                ], 2, 3
            ),
        ] as [(String, [String: String], Int, Int)])
    func arrayJobs(argument: String, environment: [String: String], index: Int, count: Int) throws {
        let shard = try Shard(argument: argument, environment: environment)
        #expect(shard.index == index && shard.count == count)
    }

    @Test(
        arguments: [
            ("4/4", [:]), ("-1/4", [:]), ("1", [:]), ("0/0", [:]), ("a/b", [:]), ("0/4/2", [:]), ("auto", [:]),
            ("auto", ["JOB_COMPLETION_INDEX": "1"]), ("auto/2", ["JOB_COMPLETION_INDEX": "2"]),
            ("auto/2", ["JOB_COMPLETION_INDEX": "one"]),
            // A list of tasks such as 1,3,7 is no row of parts.
            (
                "auto",
                ["SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": "3"]
            ),
            (
                "auto",
                [
                    "SLURM_ARRAY_TASK_ID": "6", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_STEP": "4",
                    "SLURM_ARRAY_TASK_COUNT": "3",
                ]
            ),
        ] as [(String, [String: String])])
    func nonsense(argument: String, environment: [String: String]) {
        let error = #expect(throws: ModelError.self) { try Shard(argument: argument, environment: environment) }
        #expect(error?.isUsage == true && error?.description.contains("--shard") == true)
    }
}
