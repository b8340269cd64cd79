import Glibc

/// CLOCK_MONOTONIC, waited on by the kernel; a stop ends the wait.
final class MonotonicTimer: PaceTimer {
    private let stop: StopSignal?

    init(stop: StopSignal?) { self.stop = stop }

    func now() -> Int64 { FrameClock.monotonic() }

    func wait(until moment: Int64) -> Bool {
        while true {
            if stop?.isStopped == true { return false }
            let left = moment - now()
            if left <= 0 { return true }
            var watched = pollfd(fd: stop?.descriptor ?? -1, events: Int16(POLLIN), revents: 0)
            // Descriptor -1 is ignored: then this is a sleep. Signals end it early, and the loop goes on.
            let milliseconds = Int32(clamping: left / 1_000_000)
            if milliseconds > 0 {
                _ = poll(&watched, 1, milliseconds)
            } else {
                var rest = timespec(tv_sec: 0, tv_nsec: Int(left))
                nanosleep(&rest, nil)
            }
        }
    }
}
