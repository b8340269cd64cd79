import TestSupport
import Testing

@testable import Perception

/// Which frames belong to clips, on a clock of its own: frame `n` comes at second `n` unless a test says otherwise.
@Suite struct ClipWindowTests {
    private static let second: Int64 = 1_000_000_000

    /// The frames of each clip, by the steps of the window over frames at `times` (seconds).
    private func clips(times: [Double], triggers: Set<Int>, pre: Double, post: Double) -> [[Int]] {
        let stamps = times.map { Int64($0 * Double(Self.second)) }
        var window = ClipWindow(
            pre: Int64(pre * Double(Self.second)), post: Int64(post * Double(Self.second)))
        var clips: [[Int]] = []
        func begin(from: Int64, at index: Int) {
            var first = index
            while first > 0, stamps[first - 1] >= from, stamps[first - 1] <= stamps[first] + ClipWindow.jitter {
                first -= 1
            }
            clips.append(Array(first...index))
        }
        for index in stamps.indices {
            switch window.frame(at: stamps[index], triggers: triggers.contains(index)) {
            case .pass, .wait, .end: break
            case .take: clips[clips.count - 1] += Array((clips.last!.last! + 1)...index)
            case .begin(let from), .endAndBegin(let from): begin(from: from, at: index)
            }
        }
        return clips
    }

    private func clips(_ count: Int, triggers: Set<Int>, pre: Double, post: Double) -> [[Int]] {
        clips(times: (0..<count).map(Double.init), triggers: triggers, pre: pre, post: post)
    }

    @Test func aClipHoldsWhatIsAroundItsTrigger() {
        #expect(clips(20, triggers: [10], pre: 3, post: 2) == [[7, 8, 9, 10, 11, 12]])
        #expect(clips(20, triggers: [1], pre: 3, post: 2) == [[0, 1, 2, 3]])
        #expect(clips(20, triggers: [19], pre: 1, post: 5) == [[18, 19]])
        #expect(clips(20, triggers: [10], pre: 0, post: 0) == [[10]])
        #expect(clips(20, triggers: [], pre: 3, post: 2) == [])
    }

    @Test func windowsThatMeetAreOneClip() {
        #expect(clips(30, triggers: [10, 12], pre: 2, post: 3) == [Array(8...15)])
        // The second window begins where the first ends.
        #expect(clips(30, triggers: [10, 15], pre: 2, post: 3) == [Array(8...18)])
        // One second apart: 8...13 and 14...19.
        #expect(clips(30, triggers: [10, 16], pre: 2, post: 3) == [Array(8...13), Array(14...19)])
        #expect(clips(30, triggers: Set(5...25), pre: 1, post: 1) == [Array(4...26)])
        #expect(clips(30, triggers: [5, 6, 20], pre: 1, post: 1) == [[4, 5, 6, 7], [19, 20, 21]])
    }

    @Test func aJumpBackwardsIsAnotherStretchOfTime() {
        // A drive of ten seconds in a loop, triggered near its end and near its beginning.
        let times = (0..<10).map(Double.init) + (0..<10).map(Double.init)
        #expect(clips(times: times, triggers: [9, 11], pre: 3, post: 3) == [[6, 7, 8, 9], [10, 11, 12, 13, 14]])
        #expect(clips(times: times, triggers: [9], pre: 3, post: 3) == [[6, 7, 8, 9]])
        // A little jitter is none.
        #expect(clips(times: [0, 1, 2, 1.9, 3, 4], triggers: [2], pre: 1, post: 1) == [[1, 2, 3, 4]])
    }

    @Test func randomTriggersEqualTheUnionOfTheirWindows() {
        var random = SeededGenerator(label: "clip windows")
        for _ in 0..<300 {
            let count = Int.random(in: 1...60, using: &random)
            var time = 0.0
            let times = (0..<count).map { _ in
                time += Double(Int.random(in: 1...8, using: &random)) / 4
                return time
            }
            let triggers = Set((0..<count).filter { _ in Int.random(in: 0..<8, using: &random) == 0 })
            let pre = Double(Int.random(in: 0...12, using: &random)) / 4
            let post = Double(Int.random(in: 0...12, using: &random)) / 4
            // Windows whose ends meet are one.
            var windows: [(Double, Double)] = []
            for trigger in triggers.sorted() {
                let window = (times[trigger] - pre, times[trigger] + post)
                if let last = windows.last, window.0 <= last.1 {
                    windows[windows.count - 1].1 = max(last.1, window.1)
                } else {
                    windows.append(window)
                }
            }
            let expected = windows.map { window in (0..<count).filter { window.0...window.1 ~= times[$0] } }
            #expect(clips(times: times, triggers: triggers, pre: pre, post: post) == expected)
        }
    }
}
