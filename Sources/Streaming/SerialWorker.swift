import Dispatch

/// One serial Dispatch queue that works when it is woken: wakes that come while it works are merged into one more round.
///
/// Waking neither blocks nor allocates (a user-data source; `async` would cost three allocations per call).
///
/// `@unchecked` because Dispatch does not declare its sources Sendable; they may be used from any thread.
final class SerialWorker: @unchecked Sendable {
    private let queue: DispatchQueue
    private let source: any DispatchSourceUserDataAdd

    init(label: String) {
        queue = DispatchQueue(label: label)
        source = DispatchSource.makeUserDataAddSource(queue: queue)
    }

    /// Sets what a wake does and starts. Must be called once before the worker is let go (Dispatch traps otherwise).
    func activate(_ work: @escaping @Sendable () -> Void) {
        source.setEventHandler(handler: work)
        source.activate()
    }

    func wake() { source.add(data: 1) }

    /// Makes Dispatch start two threads for each of `workers`, by keeping that many busy at once for a moment.
    ///
    /// Later wakes find them idle; starting one in mid-stream would cost time and allocations. Two, as Dispatch takes a
    /// thread that was called, but has not come round yet, for missing, and starts another.
    static func startThreads(of workers: [SerialWorker]) {
        let arrived = DispatchSemaphore(value: 0)
        let release = DispatchSemaphore(value: 0)
        let queues = workers.map(\.queue) + workers.map { _ in DispatchQueue(label: "densehybrid.start") }
        for queue in queues {
            queue.async {
                arrived.signal()
                release.wait()
            }
        }
        for _ in queues { arrived.wait() }
        for _ in queues { release.signal() }
        for queue in queues { queue.sync {} }
    }

    /// Ends it; returns when its last round is over.
    func shutDown() {
        source.cancel()
        queue.sync {}
    }
}
