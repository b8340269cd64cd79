internal import CThreads

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A set of processors, as the system calls take it.
struct ProcessorSet {
    static let capacity = Int(DH_MOST_PROCESSORS)
    /// Its members in ascending order.
    let processors: [Int]

    init(_ processors: some Sequence<Int>) { self.processors = processors.sorted() }

    /// The processors that the calling thread may run on; nil where the system does not tell.
    static func ofCallingThread() -> ProcessorSet? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { allowed in
            guard dh_thread_affinity(allowed.baseAddress) == 0 else { return nil }
            return ProcessorSet(allowed.indices.filter { allowed[$0] != 0 })
        }
    }

    /// Moves the calling thread to these processors; returns 0 or the error number.
    func confineCallingThread() -> Int32 {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.capacity) { allowed in
            allowed.initialize(repeating: 0)
            for processor in processors { allowed[processor] = 1 }
            return dh_thread_set_affinity(allowed.baseAddress)
        }
    }
}

extension ThreadPlacement {
    /// Whether this process may have the placement: tries it on the calling thread, which is afterwards as before.
    func check() throws(ThreadPlacementError) {
        if !processors.isEmpty, let available = ProcessorSet.ofCallingThread()?.processors {
            for processor in processors where !available.contains(processor) {
                throw .unavailable(processor: processor, available: available)
            }
        }
        guard let priority = realtimePriority else { return }
        guard sched_get_priority_min(SCHED_FIFO)...sched_get_priority_max(SCHED_FIFO) ~= Int32(clamping: priority)
        else {
            throw .priority(priority)
        }
        var policy: Int32 = 0
        var before = sched_param()
        pthread_getschedparam(pthread_self(), &policy, &before)
        let status = makeCallingThreadUrgent()
        guard status == 0 else { throw .refused(priority: priority, errno: status) }
        pthread_setschedparam(pthread_self(), policy, &before)
    }

    /// Gives the calling thread its place: that of one worker, or any of the processors. Returns 0 or the error number.
    /// For the start of a thread: it allocates.
    func apply(worker: Int?) -> Int32 {
        if !processors.isEmpty {
            let set = ProcessorSet(worker.map { [processors[$0 % processors.count]] } ?? processors)
            let status = set.confineCallingThread()
            if status != 0 { return status }
        }
        return realtimePriority == nil ? 0 : makeCallingThreadUrgent()
    }

    private func makeCallingThreadUrgent() -> Int32 {
        var parameters = sched_param()
        parameters.sched_priority = Int32(clamping: realtimePriority ?? 0)
        return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters)
    }
}

/// The system's words for an error number.
func message(_ code: Int32) -> String { String(cString: strerror(code)) }
