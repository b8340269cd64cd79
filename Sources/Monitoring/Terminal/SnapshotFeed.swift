internal import Glibc
internal import Streaming

/// Fetches snapshots on a thread of its own, so that keys and signals are heard while an answer is waited for.
final class SnapshotFeed: Sendable {
    /// Readable when something new is there.
    let descriptor: Int32
    private let writeEnd: Int32
    private let latest = Guarded<Result<RunSnapshot, MonitoringError>?>(nil)
    private let stopped = Guarded(false)

    /// Fetches from `target` every `seconds`, until an error.
    init(_ target: MonitorTarget, seconds: Double) throws(MonitoringError) {
        let source = Box(try target.open())
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .last("make a pipe") }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (descriptor, writeEnd) = (ends[0], ends[1])
        do throws(PipelineError) {
            // Never joined: it may wait for an answer when the program ends.
            _ = try DedicatedThread { [self] in
                var isGood = true
                while isGood && !stopped.withLock({ $0 }) {
                    isGood = fetch(source.value)
                    usleep(UInt32(seconds * 1e6))
                }
            }
        } catch {
            throw MonitoringError("\(error)")
        }
    }

    /// What has come since the last call.
    func take() -> Result<RunSnapshot, MonitoringError>? {
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1 {}
        return latest.withLock { latest in
            defer { latest = nil }
            return latest
        }
    }

    /// Ends the thread after its current fetch.
    func stop() { stopped.withLock { $0 = true } }

    private func fetch(_ source: any SnapshotSource) -> Bool {
        let result: Result<RunSnapshot, MonitoringError>
        do throws(MonitoringError) {
            result = .success(try RunSnapshot(json: try source.snapshot()))
        } catch {
            result = .failure(error)
        }
        latest.withLock { $0 = result }
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
        if case .failure = result { return false }
        return true
    }

    /// The source, which the thread alone uses once it is made.
    private final class Box: @unchecked Sendable {
        let value: any SnapshotSource
        init(_ value: any SnapshotSource) { self.value = value }
    }
}
