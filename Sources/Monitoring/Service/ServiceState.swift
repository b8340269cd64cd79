/// Decides what a service manager is told, and when. Pure state: times are handed in.
///
/// `READY=1` once: with the first map, or when the program has waited for its input for a second; the model is loaded by
/// then. `WATCHDOG=1` at half the manager's interval, as long as no stage hangs: waiting for a camera is healthy, a frame
/// that is not finished is not. `STATUS=` when it changes, at most once a second.
public struct ServiceState: Sendable {
    private let watchdog: Int64?
    private let start: Int64
    private var isReady = false
    private var nextPet: Int64
    private var status = ""
    private var nextStatus: Int64

    private static let second: Int64 = 1_000_000_000

    /// `watchdogNanoseconds` is the manager's interval, nil without a watchdog.
    public init(watchdogNanoseconds: Int64?, start: Int64) {
        watchdog = watchdogNanoseconds
        self.start = start
        nextPet = start
        nextStatus = start
    }

    /// The message that is due, if any.
    public mutating func message(_ report: HealthReport, delivered: Bool, at now: Int64) -> String? {
        var lines: [String] = []
        let waits = report.state == .waitingImage && report.isWorking && now - start >= Self.second
        if !isReady, delivered || waits {
            isReady = true
            lines.append("READY=1")
        }
        if let watchdog, report.isWorking, now >= nextPet {
            nextPet = now + watchdog / 2
            lines.append("WATCHDOG=1")
        }
        let text = Self.text(report)
        if text != status, now >= nextStatus {
            status = text
            nextStatus = now + Self.second
            lines.append("STATUS=\(text)")
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    private static func text(_ report: HealthReport) -> String {
        let judgement = report.judgement
        let details = judgement.messages.isEmpty ? report.state.rawValue : judgement.messages.joined(separator: ", ")
        // A newline would end the field.
        return "\(judgement.level.name): \(details)".replacing("\n", with: " ")
    }
}
