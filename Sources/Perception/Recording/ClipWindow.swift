/// Which frames belong to a clip: those from `pre` before a trigger to `post` after it. Clips whose windows meet are one.
///
/// A pure state machine over the frames' own times, within half the limits of their type. A clip that has taken its last
/// frame stays open for `pre` more, as a trigger until then reaches back into it; the frames between are then taken, too.
struct ClipWindow {
    /// What is done with a frame.
    enum Step: Equatable {
        /// It belongs to no clip.
        case pass
        /// A clip begins: with the first held frame of at least this time, up to and with this one.
        case begin(from: Int64)
        /// It belongs to the clip, and with it all frames since the last one that was taken.
        case take
        /// It is behind the clip's end, but the clip may yet go on.
        case wait
        /// The clip ended with the last frame that was taken; this frame belongs to none.
        case end
        /// The clip ended, and another one begins.
        case endAndBegin(from: Int64)
    }

    /// A jump backwards by more than this is another stretch of time (a drive in a loop), not jitter.
    static let jitter: Int64 = 1_000_000_000

    let pre: Int64
    let post: Int64
    private var until: Int64?
    private var latest = Int64.min

    /// Nanoseconds before and after a trigger.
    init(pre: Int64, post: Int64) {
        self.pre = pre
        self.post = post
    }

    /// The step for the next frame.
    mutating func frame(at stamp: Int64, triggers: Bool) -> Step {
        let jumped = latest != .min && stamp < latest - Self.jitter
        // Within the jitter time stands still instead of running backwards.
        let time = jumped ? stamp : max(stamp, latest)
        latest = time
        guard let end = until else {
            if triggers { until = time + post }
            return triggers ? .begin(from: time - pre) : .pass
        }
        if jumped || time - pre > end {
            until = triggers ? time + post : nil
            return triggers ? .endAndBegin(from: time - pre) : .end
        }
        if triggers { until = max(end, time + post) }
        return triggers || time <= end ? .take : .wait
    }
}
