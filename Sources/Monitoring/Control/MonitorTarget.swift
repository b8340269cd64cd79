public import Foundation
internal import Glibc

/// Where a monitor gets its numbers: a run's control socket, or its metrics address. Used by one thread.
public protocol SnapshotSource: AnyObject {
    /// The numbers as they are now, as `RunSnapshot.json`. Blocks for some seconds at most.
    func snapshot() throws(MonitoringError) -> Data
}

extension ControlClient: SnapshotSource {
    /// Asks and waits, five seconds at most.
    public func snapshot() throws(MonitoringError) -> Data { try snapshot(timeout: 5) }
}

/// What a monitor is to attach to.
public enum MonitorTarget: Hashable, Sendable {
    /// A process of this user on this machine.
    case process(Int32)
    /// A control socket.
    case socket(String)
    /// `http://HOST:PORT` of a run with `--metrics`.
    case address(String)

    /// Tells a process number, an address and a path apart.
    public init(argument: String) throws(MonitoringError) {
        if argument.hasPrefix("http://") {
            self = .address(argument)
        } else if argument.hasPrefix("https://") {
            throw MonitoringError("\(argument): runs answer http:// only")
        } else if let pid = Int32(argument), pid > 0 {
            self = .process(pid)
        } else {
            self = .socket(argument)
        }
    }

    /// The only run there is. Throws where there is none, or more than one.
    public static func only() throws(MonitoringError) -> MonitorTarget {
        let running = ControlFolder.running()
        guard let first = running.first else {
            throw MonitoringError(
                "no run can be attached to (looked in \(ControlFolder.path)); name its control socket or metrics address"
            )
        }
        guard running.count == 1 else {
            let list = running.map { "\($0.pid)" }.joined(separator: ", ")
            throw MonitoringError("\(running.count) runs can be attached to: name one of \(list)")
        }
        return .socket(first.path)
    }

    /// Connects.
    public func open() throws(MonitoringError) -> any SnapshotSource {
        switch self {
        case .socket(let path): return try ControlClient(path: path)
        case .address(let text): return try MetricsClient(address: text)
        case .process(let pid):
            let path = ControlFolder.socket(of: pid)
            guard LocalSocket.probe(path) == .answers else {
                if kill(pid, 0) != 0 && errno == ESRCH { throw MonitoringError("there is no process \(pid)") }
                throw MonitoringError(
                    "process \(pid) does not answer at \(path): it is no run, belongs to another user, or has --control elsewhere"
                )
            }
            return try ControlClient(path: path)
        }
    }
}
