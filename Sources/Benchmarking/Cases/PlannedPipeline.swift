/// The pipeline file that a plan suggests: the best candidate at full quality, and a ladder of what is cheaper.
struct PlannedPipeline {
    let yaml: String

    /// `choices` are keys with values as YAML writes them: what was chosen for all candidates.
    init(
        _ budget: Double, best: BudgetPlan.Candidate, among candidates: [BudgetPlan.Candidate],
        choices: [(key: String, value: String)] = []
    ) {
        var lines = [
            "# By densehybrid plan: 99 of 100 frames took \(best.frame.p99Ms.digits(1)) ms or less at full size."
        ]
        lines += choices.map { "\($0.key): \($0.value)" }
        lines += [
            "precision: \(best.precision)", "size: \(best.size)", "threads: \(best.threads)", "queue: latest",
            "budget_ms: \(Self.number(budget))", "on_late: degrade", "ladder:", "  - full",
        ]
        for rung in Self.rungs(below: best, among: candidates) {
            lines.append("  - size: \(rung.size)  # p99 \(rung.frame.p99Ms.digits(1)) ms")
        }
        lines += ["  - every: 2", "  - hold", "  - unknown"]
        yaml = lines.joined(separator: "\n") + "\n"
    }

    /// Smaller sizes of the same precision and threads that are worth a rung: each clearly faster than the one above.
    static func rungs(
        below best: BudgetPlan.Candidate, among candidates: [BudgetPlan.Candidate]
    ) -> [BudgetPlan.Candidate] {
        let smaller = candidates.filter {
            $0.precision == best.precision && $0.threads == best.threads && $0.pixels < best.pixels
        }.sorted { $0.pixels > $1.pixels }
        var last = best.frame.medianMs
        return smaller.filter { candidate in
            guard candidate.frame.medianMs < 0.85 * last else { return false }
            last = candidate.frame.medianMs
            return true
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
