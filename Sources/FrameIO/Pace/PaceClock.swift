/// When the frames of a recorded drive are due in a replay at the recorded pace. Pure state: times are handed in.
///
/// The first frame is due at once; each later one as long behind it as it was recorded behind it, divided by the rate.
/// Where recorded time steps back (the next pass of a loop, a clock that was set) the frame is due one usual step behind
/// the last one, and the count begins anew there.
struct PaceClock {
    /// Recorded seconds that pass in a second.
    let rate: Double
    private var origin: (recorded: Int64, due: Int64)?
    private var last: Int64 = 0
    /// The last forward step: what a frame without a time, and a new pass, wait.
    private var step: Int64 = 0

    init(rate: Double) { self.rate = rate }

    /// The moment, on the clock of `now`, at which the next frame is due. `recorded` is its time in nanoseconds; nil
    /// where it has none. `now` counts for the first frame alone.
    mutating func due(recorded: Int64?, now: Int64) -> Int64 {
        let time = recorded ?? last + step
        guard let start = origin else {
            origin = (time, now)
            last = time
            return now
        }
        if time < last {
            origin = (time, due(time: last, start) + scaled(step))
        } else if time > last {
            step = time - last
        }
        last = time
        return due(time: time, origin ?? start)
    }

    private func due(time: Int64, _ origin: (recorded: Int64, due: Int64)) -> Int64 {
        origin.due + scaled(time - origin.recorded)
    }

    private func scaled(_ nanoseconds: Int64) -> Int64 {
        // A step beyond this (292 years at rate 1) cannot be waited for anyway.
        Int64(min(Double(nanoseconds) / rate, 4e18))
    }
}
