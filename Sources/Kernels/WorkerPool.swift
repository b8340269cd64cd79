internal import CKernels
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A fixed set of threads that share the chunks of one parallel region at a time.
///
/// The caller of `run` takes part as worker 0, so a pool of one thread starts none. Regions from several callers take
/// turns. Nothing here allocates after `init`.
public final class WorkerPool: Sendable {
    /// What a region executes for one chunk: context, chunk, worker (below `threadCount`).
    public typealias Body = @convention(c) (UnsafeMutableRawPointer?, Int32, Int32) -> Void

    /// Threads that work on a region, the caller's included.
    public let threadCount: Int
    /// Where they run.
    public let placement: ThreadPlacement
    private let state: PoolState

    /// Starts `threads - 1` threads. They spin for about 50 microseconds after a region and then sleep.
    public init(threads: Int) {
        precondition(1...256 ~= threads, "a pool has 1 to 256 threads")
        threadCount = threads
        placement = .system
        state = PoolState(threads: threads, placement: .system)
        for worker in 1..<max(threads, 1) { state.start(worker: Int32(worker)) }
    }

    /// Starts `threads - 1` threads and puts them where `placement` says. A thread that calls `run` is put there, too, in
    /// its first region, and stays. Throws where this process may not have the placement.
    public init(threads: Int, placement: ThreadPlacement) throws(ThreadPlacementError) {
        precondition(1...256 ~= threads, "a pool has 1 to 256 threads")
        try placement.check()
        threadCount = threads
        self.placement = placement
        state = PoolState(threads: threads, placement: placement)
        for worker in 1..<max(threads, 1) { state.start(worker: Int32(worker)) }
    }

    deinit { state.stop() }

    /// Runs `body` once for every chunk in `0..<chunks`, in any order and on any worker; returns when all are done. Each
    /// worker starts with a band of neighbouring chunks, the caller with the first.
    /// Blocks the calling thread, which takes part. Denormals are flushed while a body runs, on every thread; the
    /// caller's own mode is put back. Must not be called from inside a body.
    public func run(chunks: Int, context: UnsafeMutableRawPointer?, body: Body) {
        if chunks <= 0 { return }
        precondition(chunks <= WorkBands.mostChunks, "a region has at most \(WorkBands.mostChunks) chunks")
        state.placeCaller()
        let mode = dh_flush_denormals()
        defer { dh_restore_denormals(mode) }
        if threadCount == 1 || chunks == 1 {
            state.exclusive {
                for chunk in 0..<Int32(chunks) { body(context, chunk, 0) }
            }
            return
        }
        state.exclusive { state.region(chunks: chunks, context: context, body: body) }
    }
}

/// Shared state of a pool.
///
/// A region is shared out in `bands` and then announced by its number. It ends when all chunks are done, whether or not
/// every worker woke up: a worker that the system has put aside delays nobody but by the chunk that it has in hand. A late
/// worker can take nothing: it asks for chunks of the region that it saw.
private final class PoolState: @unchecked Sendable {
    // Invariant: everything that threads share is atomic or used under `sleepLock`; the rest is set before they start.
    /// The number of the region that was announced last.
    private let announced = Atomic<UInt64>(0)
    private let bands: WorkBands
    private let finished = Atomic<Int>(0)
    private let context = Atomic<UnsafeMutableRawPointer?>(nil)
    private let body = Atomic<UnsafeRawPointer?>(nil)
    private let sleepers = Atomic<Int>(0)
    private let stopping = Atomic<Bool>(false)
    private let spinLimit = 4000

    private let placement: ThreadPlacement
    /// Where a placement is to be given to callers: not nil on the threads that have it.
    private var placed: pthread_key_t?
    private let threads: UnsafeMutablePointer<pthread_t>
    private var started = 0
    private let regionLock: UnsafeMutablePointer<pthread_mutex_t>
    private let sleepLock: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>

    init(threads count: Int, placement: ThreadPlacement) {
        self.placement = placement
        bands = WorkBands(workers: count)
        if placement != .system {
            var key = pthread_key_t()
            let status = pthread_key_create(&key, nil)
            precondition(status == 0, "no key for thread-specific data (errno \(status))")
            placed = key
        }
        threads = .allocate(capacity: max(count, 1))
        regionLock = .allocate(capacity: 1)
        sleepLock = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        pthread_mutex_init(regionLock, nil)
        pthread_mutex_init(sleepLock, nil)
        pthread_cond_init(wake, nil)
    }

    deinit {
        if let placed { pthread_key_delete(placed) }
        pthread_cond_destroy(wake)
        pthread_mutex_destroy(sleepLock)
        pthread_mutex_destroy(regionLock)
        wake.deallocate()
        sleepLock.deallocate()
        regionLock.deallocate()
        threads.deallocate()
    }

    func exclusive(_ work: () -> Void) {
        pthread_mutex_lock(regionLock)
        work()
        pthread_mutex_unlock(regionLock)
    }

    /// Puts the calling thread where the placement says, once.
    func placeCaller() {
        guard let placed, pthread_getspecific(placed) == nil else { return }
        place(worker: nil)
        pthread_setspecific(placed, UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
    }

    private func place(worker: Int?) {
        let status = placement.apply(worker: worker)
        // It was tried before the pool started: what was allowed then was taken away in between.
        precondition(status == 0, "cannot place a thread: \(message(status))")
    }

    func start(worker: Int32) {
        let argument = Unmanaged.passRetained(WorkerArgument(state: self, worker: worker)).toOpaque()
        let status = pthread_create(&threads[started], nil, workerMain, argument)
        precondition(status == 0, "cannot start a worker thread (errno \(status))")
        started += 1
    }

    func stop() {
        stopping.store(true, ordering: .releasing)
        wakeAll()
        for index in 0..<started { pthread_join(threads[index], nil) }
    }

    func region(chunks count: Int, context pointer: UnsafeMutableRawPointer?, body function: WorkerPool.Body) {
        let region = announced.load(ordering: .relaxed) &+ 1
        context.store(pointer, ordering: .relaxed)
        body.store(unsafeBitCast(function, to: UnsafeRawPointer.self), ordering: .relaxed)
        finished.store(0, ordering: .relaxed)
        bands.share(chunks: count, region: region)
        announced.store(region, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wakeAll() }
        work(worker: 0, region: region)
        // Chunks that others still have in hand, or have stolen a moment ago.
        var spins = 0
        while finished.load(ordering: .acquiring) < count {
            spins += 1
            if spins > 500 {
                sched_yield()
            } else {
                dh_spin_hint()
            }
            if spins % 16 == 0 { work(worker: 0, region: region) }
        }
    }

    private func wakeAll() {
        pthread_mutex_lock(sleepLock)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(sleepLock)
    }

    /// Takes chunks of a region until none is left.
    private func work(worker: Int32, region: UInt64) {
        while let chunk = bands.take(worker: Int(worker), region: region) {
            // The region's own: it cannot end before this chunk is done.
            if let function = body.load(ordering: .relaxed) {
                unsafeBitCast(function, to: WorkerPool.Body.self)(context.load(ordering: .relaxed), chunk, worker)
            }
            finished.add(1, ordering: .acquiringAndReleasing)
        }
    }

    func loop(worker: Int32) {
        place(worker: Int(worker))
        _ = dh_flush_denormals()
        var done: UInt64 = 0
        while true {
            var spins = 0
            while announced.load(ordering: .acquiring) == done && !stopping.load(ordering: .acquiring) {
                spins += 1
                if spins < spinLimit {
                    dh_spin_hint()
                } else {
                    sleep(done)
                    spins = 0
                }
            }
            if stopping.load(ordering: .acquiring) { return }
            done = announced.load(ordering: .acquiring)
            work(worker: worker, region: done)
        }
    }

    private func sleep(_ done: UInt64) {
        pthread_mutex_lock(sleepLock)
        // Announced before the last look, so that a region that starts now sees the sleeper or is seen by it.
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while announced.load(ordering: .sequentiallyConsistent) == done && !stopping.load(ordering: .acquiring) {
            pthread_cond_wait(wake, sleepLock)
        }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(sleepLock)
    }
}

private final class WorkerArgument {
    let state: PoolState
    let worker: Int32

    init(state: PoolState, worker: Int32) {
        self.state = state
        self.worker = worker
    }
}

private func workerMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let worker = Unmanaged<WorkerArgument>.fromOpaque(argument).takeRetainedValue()
    worker.state.loop(worker: worker.worker)
    return nil
}
