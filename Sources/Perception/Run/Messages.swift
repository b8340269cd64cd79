internal import FrameIO
internal import Synchronization

/// Kinds of messages that may come once per frame.
public enum MessageKind: Int, Sendable, CaseIterable {
    case corrupt, compute, output, source, stall
    case frozen, black, blank, duplicateID, duplicateTime, backwards, gap

    /// The kind of a finding, by the position of its bit.
    init?(finding position: Int) { self.init(rawValue: Self.frozen.rawValue + position) }
}

/// Passes messages about single frames on to whoever prints them, at most one line a second and kind; what is left out
/// is counted and told with the next line.
public final class MessageSink: Sendable {
    private struct State {
        var nextAllowed = [Int64](repeating: 0, count: MessageKind.allCases.count)
        var suppressed = [Int](repeating: 0, count: MessageKind.allCases.count)
    }

    private let state = Mutex(State())
    private let print: @Sendable (String) -> Void
    private let clock: @Sendable () -> Int64

    /// `print` gets whole lines, from any thread. `clock` gives nanoseconds of a monotonic clock.
    public init(clock: @escaping @Sendable () -> Int64, print: @escaping @Sendable (String) -> Void) {
        self.print = print
        self.clock = clock
    }

    /// Reports `text`, or counts it where the last line of this kind is less than a second old; then the
    /// text is not even made, and nothing is allocated.
    public func report(_ kind: MessageKind, _ text: @autoclosure () -> String) {
        let now = clock()
        let more: Int? = state.withLock { state in
            let index = kind.rawValue
            guard now >= state.nextAllowed[index] else {
                state.suppressed[index] += 1
                return nil
            }
            state.nextAllowed[index] = now + 1_000_000_000
            defer { state.suppressed[index] = 0 }
            return state.suppressed[index]
        }
        if let more { print(more > 0 ? "\(text()) (and \(more) more like it)" : text()) }
    }

    /// Reports what is wrong with a frame as input; one line for each finding.
    func report(_ findings: FrameFindings, frame: UInt64) {
        if findings.isEmpty { return }
        for position in 0..<FrameFindings.count where findings.contains(position: position) {
            guard let kind = MessageKind(finding: position) else { continue }
            report(kind, "frame \(frame): \(findings.text(position))")
        }
    }
}

/// What is done while no map is delivered (`--on-stall`).
public enum StallPolicy: String, Sendable, CaseIterable {
    /// The last maps are written again, marked as not valid.
    case hold
    /// Maps on which all is unknown are written.
    case unknown
    /// The stream ends.
    case exit
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

extension FrameFindings {
    /// One finding for people.
    fileprivate func text(_ position: Int) -> String {
        switch FrameFindings(rawValue: 1 << UInt16(position)) {
        case .frozen: "the picture is frozen"
        case .black: "the picture is black"
        case .blank: "the picture is blank"
        case .duplicateID: "the publisher's number is that of the frame before"
        case .duplicateTime: "the capture time is that of the frame before"
        case .backwards: "the capture time lies before that of the frame before"
        case .gap: "frames are missing in front of it"
        default: "the frame is damaged"
        }
    }
}
