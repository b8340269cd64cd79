import Glibc
import Synchronization

/// Forces a file that is being written to disk, on a thread of its own: whoever writes never waits for the disk.
final class FileSyncer: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32
    private let thread: pthread_t
    private let worker: Worker

    private final class Worker: Sendable {
        let file: Int32
        /// Gives a byte for each request.
        let wake: Int32
        let ends = Atomic<Bool>(false)
        let failure = Atomic<Int32>(0)

        init(file: Int32, wake: Int32) {
            self.file = file
            self.wake = wake
        }

        func run() {
            withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { requests in
                // Requests that come while the disk is busy are merged into one.
                while read(wake, requests.baseAddress, 256) > 0 || errno == EINTR {
                    // Asked before the sync: what was written before the end was asked for is then in it.
                    let isLast = ends.load(ordering: .acquiring)
                    if fdatasync(file) != 0 { failure.store(errno, ordering: .relaxed) }
                    if isLast { return }
                }
            }
        }
    }

    /// Starts the thread; nil for pipes and devices, which have no disk behind them.
    init?(_ channel: OutputChannel) throws(FrameIOError) {
        guard channel.isRegularFile else { return nil }
        var ends: (Int32, Int32) = (-1, -1)
        let status = withUnsafeMutablePointer(to: &ends) {
            // A homogeneous tuple of two is laid out as an array of two.
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
        }
        guard status == 0 else { throw .last("open", "a pipe") }
        (readEnd, writeEnd) = ends
        for end in [readEnd, writeEnd] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // A full pipe has more than enough requests in it: the writer must not wait.
        _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK)
        worker = Worker(file: channel.descriptor, wake: readEnd)
        var thread = pthread_t()
        let retained = Unmanaged.passRetained(worker)
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, retained.toOpaque())
        guard code == 0 else {
            retained.release()
            close(readEnd)
            close(writeEnd)
            throw .system(operation: "start a thread for", path: channel.name, code: code)
        }
        self.thread = thread
    }

    deinit {
        end()
        close(readEnd)
        close(writeEnd)
    }

    /// Asks for what has been written so far to reach the disk. Neither blocks nor allocates.
    func sync() {
        var one: UInt8 = 1
        _ = write(writeEnd, &one, 1)
    }

    /// Waits until everything is on disk; throws where the disk refused any of it.
    func finish() throws(FrameIOError) {
        end()
        let code = worker.failure.load(ordering: .relaxed)
        // Some file systems cannot sync at all, and say so.
        guard code == 0 || code == EINVAL || code == EROFS else {
            throw .system(operation: "force to disk", path: "the recording", code: code)
        }
    }

    private func end() {
        guard !worker.ends.exchange(true, ordering: .acquiringAndReleasing) else { return }
        sync()
        pthread_join(thread, nil)
    }
}
