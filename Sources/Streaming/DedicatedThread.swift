import Glibc

/// A thread that runs one body and can be joined. Not one of Dispatch's, which must not be blocked.
public struct DedicatedThread: ~Copyable {
    private let handle: pthread_t

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts the thread. Allocates.
    public init(_ run: @escaping @Sendable () -> Void) throws(PipelineError) {
        let body = Unmanaged.passRetained(Body(run))
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

    /// Waits for its end.
    public consuming func join() { pthread_join(handle, nil) }
}
