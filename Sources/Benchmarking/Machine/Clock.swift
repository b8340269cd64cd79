internal import Streaming

/// The clock of all measurements: CLOCK_MONOTONIC in nanoseconds.
enum Clock {
    static func now() -> Int64 { MonotonicTime.now() }
}
