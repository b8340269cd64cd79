extension CalibratedThreshold {
    /// A few lines for people.
    public var text: String {
        let lines =
            [
                (
                    "threshold",
                    "\(score) at \(scoreAt), \(precision) at \(sizes?.joined(separator: ", ") ?? size): score > \(value)"
                )
            ]
            + (evidence?.text(value: value) ?? [])
        return lines.map { $0.0 + String(repeating: " ", count: max(1, 16 - $0.0.count)) + $0.1 }.joined(
            separator: "\n")
    }
}
