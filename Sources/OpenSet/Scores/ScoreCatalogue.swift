extension OutlierScore {
    /// All scores, the default first.
    public static let all: [OutlierScore] = [
        .denseHybrid, .generative, .discriminative, .maximumSoftmax, .maximumLogit, .entropy, .headTimesSoftmax,
        .headTimesSoftmaxJoint, .outlierClass, .uno, .standardizedMaximumLogit, .smoothedStandardizedMaximumLogit,
        .react, .mahalanobis, .energyNeco,
    ]

    /// Parses a `--score` argument: a name, or `generative:T`.
    public init(argument: String) throws(OpenSetError) {
        let energy = Self.generative.name + ":"
        if argument.hasPrefix(energy) {
            self = try .generative(temperature: String(argument.dropFirst(energy.count)))
            return
        }
        guard let score = Self.all.first(where: { $0.name == argument }) else { throw .unknownScore(argument) }
        self = score
    }

    /// What `--score help` prints: one line per score, and what it needs.
    public static var helpText: String {
        let width = all.map(\.name.count).max() ?? 0
        let lines = all.map { score in
            let name = score.name + String(repeating: " ", count: width - score.name.count)
            return "  \(name)  \(score.formula)\(score.needs.isEmpty ? "" : " (needs \(score.needs.text))")\n"
                + String(repeating: " ", count: width + 4) + score.summary
        }
        return "Outlier scores, higher = more anomalous (s: class logits, p: softmax of s, o: outlier head,\n"
            + "v: logit of an outlier class, q: softmax of s and v):\n" + lines.joined(separator: "\n")
    }
}
