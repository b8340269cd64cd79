internal import Dispatch
internal import Foundation
internal import Streaming
internal import Synchronization

/// Runs everything that the server does on one thread of low priority: requests never take a processor from frames that
/// need it, and a flood of them cannot occupy more than one.
final class WebExecutor: TaskExecutor {
    /// One for the process; it sleeps while nothing is to be done.
    static let shared = WebExecutor()

    private let jobs = Mutex<[UnownedJob]>([])
    private let ready = DispatchSemaphore(value: 0)

    private init() {
        let thread = Thread { [self] in
            #if os(Linux)
                // On Linux a priority belongs to a thread; 0 is the calling one.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
            #endif
            while true { Aside.run { runNext() } }
        }
        thread.name = "web"
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        ready.signal()
    }

    private func runNext() {
        ready.wait()
        let next = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        next?.runSynchronously(on: asUnownedTaskExecutor())
    }
}
