import Glibc

/// What ended a wait for an input.
enum InputWait {
    /// There are bytes to read.
    case readable
    /// No bytes, and no writer any more, or an error: a read tells which.
    case hungUp
    case stopped
    case timeout

    /// Waits until `descriptor` has something to say, until the stop, or until `moment` of `FrameClock.monotonic` (nil
    /// waits for ever). The stop wins. `path` is for the error. Blocks; allocates nothing.
    static func wait(
        for descriptor: Int32, path: String, stop: StopSignal?, until moment: Int64? = nil
    ) throws(FrameIOError) -> InputWait {
        while true {
            var milliseconds: Int32 = -1
            if let moment {
                let left = moment - FrameClock.monotonic()
                guard left > 0 else { return .timeout }
                milliseconds = Int32(clamping: left / 1_000_000 + 1)
            }
            var watched = (
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop?.descriptor ?? -1, events: Int16(POLLIN), revents: 0)
            )
            let ready = withUnsafeMutablePointer(to: &watched) {
                // A homogeneous tuple of two is laid out as an array of two; poll ignores descriptor -1.
                $0.withMemoryRebound(to: pollfd.self, capacity: 2) { poll($0, 2, milliseconds) }
            }
            guard ready >= 0 else {
                guard errno == EINTR else { throw .last("wait for", path) }
                continue
            }
            if watched.1.revents != 0 { return .stopped }
            if watched.0.revents & Int16(POLLIN) != 0 { return .readable }
            if watched.0.revents != 0 { return .hungUp }
        }
    }
}
