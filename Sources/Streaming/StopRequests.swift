import Dispatch
import Glibc
import Synchronization

// The write end of the pipe that the signal handler writes to; -1 before any handler is installed. A global because a
// signal handler can be given nothing else.
private let handlerPipe = Atomic<Int32>(-1)

/// Turns SIGINT and SIGTERM into calls on an ordinary queue, and makes writes to a closed pipe fail with EPIPE instead
/// of ending the program.
///
/// The handler itself only writes the time to a pipe. The first signal and the second each call `onRequest` (with
/// `PipelineControl.escalate`: drain, then stop); then the system's own handling is put back, so that a third ends the
/// program whatever state it is in. Signals within 25 ms of the first are one request with it: timeout(1)
/// and a terminal signal a program and its process group. Process-wide: at most one at a time.
public final class StopRequests: Sendable {
    /// No hand presses a key twice so quickly.
    fileprivate static let togetherNanoseconds: Int64 = 25_000_000

    private let readEnd: Int32
    private let writeEnd: Int32
    private let worker: ReadWorker

    /// Installs the handlers. Nil if the system has no descriptors left for the pipe, or if another instance is active.
    public init?(onRequest: @escaping @Sendable () -> Void) {
        var ends: (Int32, Int32) = (-1, -1)
        let code = withUnsafeMutablePointer(to: &ends) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
        }
        guard code == 0 else { return nil }
        for end in [ends.0, ends.1] {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            // The handler must not block, whatever happens to the reader.
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        guard handlerPipe.compareExchange(expected: -1, desired: ends.1, ordering: .acquiringAndReleasing).exchanged
        else {
            close(ends.0)
            close(ends.1)
            return nil
        }
        (readEnd, writeEnd) = ends
        worker = ReadWorker(descriptor: ends.0, onRequest: onRequest)
        for signal in Self.signals { install(signal) }
        // A program inherits its parent's mask, and threads of Dispatch block all signals: a program that was started
        // from one of them could not be stopped.
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in Self.signals { sigaddset(&mask, signal) }
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        Self.ignoreBrokenPipes()
    }

    deinit {
        for signal in Self.signals { restoreDefault(signal) }
        handlerPipe.store(-1, ordering: .releasing)
        worker.shutDown()
        close(readEnd)
        close(writeEnd)
    }

    fileprivate static let signals = [SIGINT, SIGTERM]

    /// Makes a write to a pipe whose reader is gone return EPIPE. Process-wide; part of `init`.
    public static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }
}

/// Reads the handler's bytes on a queue of its own.
private final class ReadWorker: @unchecked Sendable {
    private let queue = DispatchQueue(label: "densehybrid.signals")
    private let source: any DispatchSourceRead
    // Invariant: touched on `queue` only.
    private var seen = 0
    private var first: Int64 = 0

    init(descriptor: Int32, onRequest: @escaping @Sendable () -> Void) {
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { [unowned self] in
            var time: Int64 = 0
            while read(descriptor, &time, 8) == 8 {
                if seen == 0 { first = time } else if time - first < StopRequests.togetherNanoseconds { continue }
                seen += 1
                if seen == 2 { for signal in StopRequests.signals { restoreDefault(signal) } }
                if seen <= 2 { onRequest() }
            }
        }
        source.activate()
    }

    func shutDown() {
        source.cancel()
        queue.sync {}
    }
}

private func install(_ signal: Int32) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
        // Async-signal-safe: one load, the clock, one write (a pipe takes 8 bytes whole or not at all), errno put back.
        let saved = errno
        var time = MonotonicTime.now()
        _ = write(handlerPipe.load(ordering: .relaxed), &time, 8)
        errno = saved
    }
    // Reads that a signal interrupts go on by themselves; sources are woken by the control's interrupt.
    action.sa_flags = SA_RESTART
    sigemptyset(&action.sa_mask)
    sigaction(signal, &action, nil)
}

private func restoreDefault(_ signal: Int32) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = SIG_DFL
    sigemptyset(&action.sa_mask)
    sigaction(signal, &action, nil)
}
