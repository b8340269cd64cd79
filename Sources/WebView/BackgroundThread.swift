internal import Foundation
internal import Streaming

/// Threads that serve people who look on. They give way to those of the pipeline, and what they allocate is counted apart.
public enum BackgroundThread {
    /// Runs `body` on a thread of its own; the system shows it under `name`, of at most 15 letters.
    public static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread {
            #if os(Linux)
                try? Data(name.utf8).write(to: URL(fileURLWithPath: "/proc/thread-self/comm"))
                // On Linux a priority belongs to a thread; 0 is the calling one.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
            #endif
            Aside.run(body)
        }
        thread.start()
    }
}
