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
    private var told: HealthGlance?
    private var nextStatus: Int64

    private static let second: Int64 = 1_000_000_000

    /// `watchdogNanoseconds` is the manager's interval, nil without a watchdog.
    public init(watchdogNanoseconds: Int64?, start: Int64) {
        watchdog = watchdogNanoseconds
        self.start = start
        nextPet = start
        nextStatus = start
    }

    /// The message that is due, if any. `report` is asked for the words of a new status.
    public mutating func message(
        _ glance: HealthGlance, delivered: Bool, at now: Int64, report: () -> HealthReport
    ) -> String? {
        var message = ""
        func add(_ line: String) { message += message.isEmpty ? line : "\n" + line }
        let waits = glance.state == .waitingImage && glance.isWorking && now - start >= Self.second
        if !isReady, delivered || waits {
            isReady = true
            add("READY=1")
        }
        if let watchdog, glance.isWorking, now >= nextPet {
            nextPet = now + watchdog / 2
            add("WATCHDOG=1")
        }
        if glance != told, now >= nextStatus {
            told = glance
            nextStatus = now + Self.second
            add("STATUS=\(Self.text(report()))")
        }
        return message.isEmpty ? nil : message
    }

    private static func text(_ report: HealthReport) -> String {
        let judgement = report.judgement
        let details = judgement.messages.isEmpty ? report.state.rawValue : judgement.messages.joined(separator: ", ")
        // A newline would end the field.
        return "\(judgement.level.name): \(details)".replacing("\n", with: " ")
    }
}
