import Glibc

/// A thread that runs one body and can be joined; let go of, it ends by itself. Not one of Dispatch's, which must not be
/// blocked.
public struct DedicatedThread: ~Copyable {
    private let handle: pthread_t

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts the thread. Allocates. The system shows it under `name`, of at most 15 bytes, or under the program's name.
    /// A gentle one gives way to the threads of frames where processors are short.
    public init(
        name: StaticString? = nil, isGentle: Bool = false, _ run: @escaping @Sendable () -> Void
    ) throws(PipelineError) {
        let body = Unmanaged.passRetained(
            Body {
                if let name { Self.rename(to: name) }
                // On Linux a priority belongs to a thread; 0 is the calling one.
                if isGentle { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10) }
                run()
            })
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            body.release()
            throw .thread(code: code)
        }
        self.handle = handle
    }

    /// Names the calling thread, as pthread_setname_np does, which Glibc's module does not show to Swift.
    private static func rename(to name: StaticString) {
        assert(name.utf8CodeUnitCount <= 15, "the system takes 15 bytes")
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, name.utf8Start, name.utf8CodeUnitCount)
        close(file)
    }

    /// Waits for its end.
    public consuming func join() {
        pthread_join(handle, nil)
        discard self
    }

    deinit { pthread_detach(handle) }
}
