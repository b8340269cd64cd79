public import Glibc

/// A value behind a lock.
///
/// Like `Synchronization.Mutex`, but on a pthread mutex, for two reasons: the thread sanitizer understands it (it cannot
/// look into the standard library's own and would report every access), and it can pass on priority, so that a thread
/// with real-time rights never waits for one that is not let run. Allocates at `init` only.
public struct Guarded<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // On the heap, as a mutex must not move. Invariant: `value` is touched only while `mutex` is held.
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let value: UnsafeMutablePointer<Value>

    /// A value that nobody else has. Allocates.
    public init(_ initial: consuming sending Value) {
        mutex = .allocate(capacity: 1)
        value = .allocate(capacity: 1)
        value.initialize(to: initial)
        mutex.initialize(to: pthread_mutex_t())
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_setprotocol(&attributes, Int32(PTHREAD_PRIO_INHERIT))
        let code = pthread_mutex_init(mutex, &attributes)
        precondition(code == 0, "no mutex: error \(code)")
        pthread_mutexattr_destroy(&attributes)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
        value.deinitialize(count: 1)
        value.deallocate()
    }

    /// Works on the value while no other thread does; waits for that, so be quick. Must not be nested.
    @inlinable public func withLock<Result: ~Copyable>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value.pointee)
    }

    /// Works on the value, or returns nil at once where another thread does. Never waits.
    @inlinable public func withLockIfAvailable<Result: ~Copyable>(_ body: (inout Value) -> Result) -> Result? {
        guard pthread_mutex_trylock(mutex) == 0 else { return nil }
        defer { pthread_mutex_unlock(mutex) }
        return body(&value.pointee)
    }
}
