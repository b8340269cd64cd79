import Glibc
import Synchronization

/// A request to stop reading that also wakes a source blocked in a read.
///
/// `stop()` is safe to call from a signal handler and from any thread, as often as one likes.
public final class StopSignal: Sendable {
    /// Becomes readable when `stop()` is called, and stays so; for poll and Dispatch sources.
    public let descriptor: Int32
    private let writeEnd: Int32
    private let stopped = Atomic<Bool>(false)

    /// Opens a pipe to itself.
    public init() throws(FrameIOError) {
        var ends: (Int32, Int32) = (-1, -1)
        let status = withUnsafeMutablePointer(to: &ends) {
            // A homogeneous tuple of two is laid out as an array of two.
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
        }
        guard status == 0 else { throw .last("open", "a pipe") }
        (descriptor, writeEnd) = ends
        for end in [descriptor, writeEnd] {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    /// Asks every source that watches this signal to end.
    public func stop() {
        guard !stopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var one: UInt8 = 1
        _ = write(writeEnd, &one, 1)
    }

    /// Whether `stop()` has been called.
    public var isStopped: Bool { stopped.load(ordering: .acquiring) }
}
