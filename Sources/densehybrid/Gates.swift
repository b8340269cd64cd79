internal import ArgumentParser
internal import Monitoring
internal import Perception
internal import Streaming

/// `--fail-on`: what makes a run that ended well end with 4 all the same.
struct Gates {
    private let names: Set<String>

    /// Gates by their names, in lists separated by commas.
    init(_ lists: [String]) throws {
        let names = lists.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        for name in names where !["late", "drop", "stale"].contains(name) {
            throw ValidationError("--fail-on takes a list of late, drop and stale, not '\(name)'")
        }
        self.names = Set(names)
    }

    /// What tripped, one part each; empty where nothing did.
    func tripped(by result: RunResult) -> [String] {
        let ledger = result.summary.ledger
        var parts: [String] = []
        if names.contains("late"), ledger.deadlineMisses > 0 { parts.append("late (\(ledger.deadlineMisses) frames)") }
        if names.contains("drop"), ledger.droppedTotal > 0 { parts.append("drop (\(ledger.droppedTotal) frames)") }
        if names.contains("stale"), let health = result.health, health.worst == .stale {
            parts.append(
                "stale (\(health.stalls > 0 ? "\(health.stalls) stalls" : "the input was silent for too long"))")
        }
        return parts
    }
}
