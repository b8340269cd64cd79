internal import Synchronization

/// Kinds of messages that may come once per frame.
public enum MessageKind: Int, Sendable {
    case corrupt, compute, output, source
}

/// Passes messages about single frames on to whoever prints them, at most one line a second and kind; what is left out
/// is counted and told with the next line.
public final class MessageSink: Sendable {
    private struct State {
        var nextAllowed: [Int64] = [0, 0, 0, 0]
        var suppressed: [Int] = [0, 0, 0, 0]
    }

    private let state = Mutex(State())
    private let print: @Sendable (String) -> Void
    private let clock: @Sendable () -> Int64

    /// `print` gets whole lines, from any thread. `clock` gives nanoseconds of a monotonic clock.
    public init(clock: @escaping @Sendable () -> Int64, print: @escaping @Sendable (String) -> Void) {
        self.print = print
        self.clock = clock
    }

    /// Reports `text`, or counts it where the last line of this kind is less than a second old.
    public func report(_ kind: MessageKind, _ text: String) {
        let now = clock()
        let line: String? = state.withLock { state in
            let index = kind.rawValue
            guard now >= state.nextAllowed[index] else {
                state.suppressed[index] += 1
                return nil
            }
            state.nextAllowed[index] = now + 1_000_000_000
            let more = state.suppressed[index]
            state.suppressed[index] = 0
            return more > 0 ? "\(text) (and \(more) more like it)" : text
        }
        if let line { print(line) }
    }
}

/// What becomes of the output where a frame cannot be decoded (`--on-corrupt`).
public enum CorruptPolicy: String, Sendable, CaseIterable {
    /// The frame is left out.
    case skip
    /// The last maps are written again in its place.
    case hold
    /// The stream ends.
    case fail
}
