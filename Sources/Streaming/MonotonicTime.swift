import Glibc

/// The one clock of the frame path: CLOCK_MONOTONIC, in nanoseconds.
///
/// Whoever stamps arrivals (a source that knows better than "now") must use this clock.
public enum MonotonicTime {
    /// Nanoseconds since an arbitrary fixed moment; never goes backwards. Neither allocates nor blocks.
    public static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
