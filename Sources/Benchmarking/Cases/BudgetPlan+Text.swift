extension BudgetPlan.Report {
    /// A table, the choice in words, and what disturbed the measurement.
    public var text: String {
        var table = TextTable([-12, -6, 8, 6, 10, 10, 10, 13])
        table.add(["size", "", "threads", "n", "p50 ms", "p99", "max", "other load"])
        for one in candidates {
            table.add([
                one.size, one.precision, "\(one.threads)", "\(one.frame.n)", one.frame.medianMs.digits(1),
                one.frame.p99Ms.digits(1), one.maxMs.digits(1), one.otherLoad.map(\.percent) ?? "?",
                one.fits ? "  fits" : one.frame.medianMs <= budgetMs ? "  fits at p50 only" : "",
            ])
        }
        var lines = [
            "budget \(budgetMs.digits(1)) ms: \(model) from \(input), \(isa), \(processors) processors; one frame at a time",
            table.text,
        ]
        if let best {
            lines.append(
                "\(best.size) \(best.precision) with \(best.threads) threads fits at p99 \(best.frame.p99Ms.digits(1)) ms;"
                    + " a camera may bring up to \((1000 / max(best.frame.p99Ms, 0.001)).digits(1)) frames/s so")
        } else if let nearest = candidates.min(by: { $0.frame.p99Ms < $1.frame.p99Ms }) {
            lines.append(
                "nothing fits: the fastest is \(nearest.size) \(nearest.precision) at p99 "
                    + "\(nearest.frame.p99Ms.digits(1)) ms")
        }
        lines += notes.map { "note: \($0)" }
        if let least = candidates.map(\.frame.n).min(), least < 100 {
            lines.append("note: p99 of \(least) frames is the longest; take --frames 100 or more")
        }
        if let most = candidates.compactMap(\.otherLoad).max(), most > 0.05 {
            lines.append(
                "note: the machine was busy: other work took up to \(most.percent) of its processors while this was "
                    + "measured; measure again when it is idle")
        }
        if let pipelineFile { lines += ["", pipelineFile] }
        return lines.joined(separator: "\n")
    }
}
