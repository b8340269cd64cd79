import Glibc

/// The two clocks that frames are stamped with. Neither call allocates or blocks.
public enum FrameClock {
    /// Nanoseconds since 1970 (CLOCK_REALTIME): comparable between machines, may jump.
    public static func realtime() -> Int64 { now(CLOCK_REALTIME) }

    /// Nanoseconds of CLOCK_MONOTONIC: for durations only.
    public static func monotonic() -> Int64 { now(CLOCK_MONOTONIC) }

    private static func now(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
