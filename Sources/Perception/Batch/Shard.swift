/// One worker's part of a list of segments: every `count`-th one, beginning with number `index`.
///
/// Segments are numbered in the natural order of their names, so every worker that sees the same drives agrees on who
/// does what, and parts differ by one segment at most.
public struct Shard: Sendable, Hashable, CustomStringConvertible {
    /// The part, from 0.
    public let index: Int
    /// How many parts there are.
    public let count: Int

    /// The whole list.
    public static let all = Shard(index: 0, count: 1)

    private init(index: Int, count: Int) {
        self.index = index
        self.count = count
    }

    /// Reads `I/N` (0/N to N-1/N); or `auto` and `auto/N`, which take the number, and without N the count, from the array
    /// job of Kubernetes, Slurm or AWS Batch that `environment` tells of.
    public init(argument: String, environment: [String: String]) throws(ModelError) {
        let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let given = parts.count == 2 ? Int(parts[1]) : nil
        guard parts.count == 1 ? argument == "auto" : given != nil else { throw Self.wrong(argument) }
        guard parts[0] != "auto" else {
            let task = try ArrayTask(environment)
            guard let count = given ?? task.count else {
                throw ModelError(
                    "--shard auto: \(task.variable) tells no number of parts; write --shard auto/N", isUsage: true)
            }
            try self.init(checking: task.index, of: count, argument)
            return
        }
        guard let index = Int(parts[0]), let given else { throw Self.wrong(argument) }
        try self.init(checking: index, of: given, argument)
    }

    private init(checking index: Int, of count: Int, _ argument: String) throws(ModelError) {
        guard 1...1_000_000 ~= count, 0..<count ~= index else {
            throw ModelError(
                "--shard \(argument): parts are numbered from 0, so \(max(count, 1)) of them are 0/\(max(count, 1)) to "
                    + "\(max(count, 1) - 1)/\(max(count, 1)), and this is \(index)", isUsage: true)
        }
        self.init(index: index, count: count)
    }

    private static func wrong(_ argument: String) -> ModelError {
        ModelError("--shard takes I/N such as 0/4, auto or auto/N, not '\(argument)'", isUsage: true)
    }

    /// Whether segment number `position` belongs to this part.
    public func takes(_ position: Int) -> Bool { position % count == index }

    /// `I/N`.
    public var description: String { "\(index)/\(count)" }
}

/// Which task of an array job this process is.
struct ArrayTask {
    let variable: String
    let index: Int
    let count: Int?

    init(_ environment: [String: String]) throws(ModelError) {
        func number(_ name: String) throws(ModelError) -> Int? {
            guard let text = environment[name], !text.isEmpty else { return nil }
            guard let value = Int(text), value >= 0 else {
                throw ModelError("--shard auto: \(name) is '\(text)', which is no number from 0", isUsage: true)
            }
            return value
        }
        if let index = try number("JOB_COMPLETION_INDEX") {
            // Kubernetes tells a pod its number only.
            (variable, self.index, count) = ("JOB_COMPLETION_INDEX", index, nil)
        } else if let task = try number("SLURM_ARRAY_TASK_ID") {
            let first = try number("SLURM_ARRAY_TASK_MIN") ?? 0
            let step = max(1, try number("SLURM_ARRAY_TASK_STEP") ?? 1)
            guard task >= first, (task - first) % step == 0 else {
                throw ModelError(
                    "--shard auto: Slurm's task \(task) does not lie in steps of \(step) from \(first); name the part "
                        + "as --shard I/N", isUsage: true)
            }
            (variable, index) = ("SLURM_ARRAY_TASK_ID", (task - first) / step)
            count = try number("SLURM_ARRAY_TASK_COUNT")
        } else if let index = try number("AWS_BATCH_JOB_ARRAY_INDEX") {
            (variable, self.index) = ("AWS_BATCH_JOB_ARRAY_INDEX", index)
            count = try number("AWS_BATCH_JOB_ARRAY_SIZE")
        } else {
            throw ModelError(
                "--shard auto: this is no array job (none of JOB_COMPLETION_INDEX, SLURM_ARRAY_TASK_ID and "
                    + "AWS_BATCH_JOB_ARRAY_INDEX is set); write --shard I/N", isUsage: true)
        }
    }
}
