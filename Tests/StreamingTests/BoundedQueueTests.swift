import Streaming
import Synchronization
import TestSupport
import Testing

/// An element that counts its lives.
private struct Token: ~Copyable {
    let value: Int
    let alive: Counter
    init(_ value: Int, _ alive: Counter) {
        self.value = value
        self.alive = alive
        alive.add(1)
    }
    deinit { alive.add(-1) }
}

private final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    func add(_ n: Int) { value.add(n, ordering: .relaxed) }
    var count: Int { value.load(ordering: .relaxed) }
}

@Suite struct BoundedQueueTests {
    @Test(arguments: QueuePolicy.allCases) func followsItsPolicyLikeAnArray(policy: QueuePolicy) {
        var random = SeededGenerator(label: "BoundedQueue \(policy)")
        let alive = Counter()
        for capacity in [1, 2, 3, 7] {
            var queue = BoundedQueue<Token>(capacity: capacity, policy: policy)
            var model: [Int] = []
            for step in 0..<2000 {
                if Int.random(in: 0..<5, using: &random) < 3 {
                    let wasFull = model.count == queue.capacity
                    switch queue.push(Token(step, alive)) {
                    case .stored:
                        #expect(!wasFull)
                        model.append(step)
                    case .displaced(let old):
                        #expect(wasFull && (policy == .dropOldest || policy == .latest))
                        #expect(old.value == model.removeFirst())
                        model.append(step)
                    case .refused(let new):
                        #expect(wasFull && policy != .dropOldest && policy != .latest)
                        #expect(new.value == step)
                    }
                } else {
                    let expected = model.isEmpty ? nil : model.removeFirst()
                    if let token = queue.pop() {
                        #expect(token.value == expected)
                    } else {
                        #expect(expected == nil)
                    }
                }
                #expect(queue.count == model.count && queue.count <= queue.capacity)
                #expect(queue.withFirst { $0.value } == model.first)
                #expect(alive.count == model.count)
            }
        }
        #expect(alive.count == 0, "elements left in a queue end with it")
    }

    @Test func latestHoldsOne() {
        let queue = BoundedQueue<Int>(capacity: 5, policy: .latest)
        #expect(queue.capacity == 1)
    }

    @Test func policiesHaveTheNamesOfTheCommandLine() {
        #expect(QueuePolicy.allCases.map(\.rawValue) == ["block", "drop-oldest", "drop-newest", "latest", "fail"])
        #expect(LatePolicy.allCases.map(\.rawValue) == ["drop", "degrade", "finish"])
    }
}
