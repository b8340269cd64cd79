internal import Dispatch
internal import Streaming
internal import Synchronization

/// Runs everything that the server does on one thread of low priority: requests never take a processor from frames that
/// need it, and a flood of them cannot occupy more than one.
final class WebExecutor: TaskExecutor {
    /// One for the process, which sleeps while nothing is to be done; or why the system gave it no thread.
    static let shared = Result { () throws(PipelineError) in try WebExecutor() }

    private let jobs = Mutex<[UnownedJob]>([])
    private let ready = DispatchSemaphore(value: 0)

    private init() throws(PipelineError) {
        _ = try DedicatedThread(name: "web", isGentle: true) { [self] in
            Aside.run { while true { runNext() } }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // Whichever thread it is that has woken a request up.
        Aside.run { jobs.withLock { $0.append(job) } }
        ready.signal()
    }

    private func runNext() {
        ready.wait()
        let next = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        next?.runSynchronously(on: asUnownedTaskExecutor())
    }
}
