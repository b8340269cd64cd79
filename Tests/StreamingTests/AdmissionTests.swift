import Streaming
import TestSupport
import Testing

@Suite struct AdmissionTests {
    private enum Event: CaseIterable { case offer, offerWithoutSlot, enter, leave, stop }

    /// Every sequence of seven events, for every policy and small limits.
    @Test(arguments: QueuePolicy.allCases) func invariantsHoldForEverySequence(policy: QueuePolicy) {
        var sequences = 0
        func explore(_ admission: Admission, _ isStopped: Bool, _ depthLeft: Int) {
            sequences += 1
            guard depthLeft > 0 else { return }
            for event in Event.allCases {
                var next = admission
                var stopped = isStopped
                switch event {
                case .offer, .offerWithoutSlot:
                    check(
                        next.offer(hasFreeSlot: event == .offer), from: admission, to: next, event == .offer, isStopped)
                case .enter:
                    let entered = next.enter()
                    #expect(entered == (admission.waiting > 0 && admission.inFlight < admission.inFlightLimit))
                    #expect(next.waiting == admission.waiting - (entered ? 1 : 0))
                    #expect(next.inFlight == admission.inFlight + (entered ? 1 : 0))
                case .leave:
                    guard admission.inFlight > 0 else { continue }
                    next.leave()
                    #expect(next.inFlight == admission.inFlight - 1 && next.waiting == admission.waiting)
                case .stop:
                    next.stop()
                    stopped = true
                }
                #expect((0...next.depth).contains(next.waiting))
                #expect((0...next.inFlightLimit).contains(next.inFlight))
                explore(next, stopped, depthLeft - 1)
            }
        }
        explore(Admission(policy: policy, depth: 2, inFlightLimit: 2), false, 6)
        #expect(sequences > 5000)
    }

    private func check(
        _ decision: Admission.Decision, from old: Admission, to new: Admission, _ hasSlot: Bool, _ isStopped: Bool
    ) {
        let isFull = old.waiting == old.depth
        let reason: DropReason = isFull ? (old.policy == .latest ? .superseded : .queueFull) : .poolEmpty
        let expected: Admission.Decision
        if isStopped {
            expected = .refuse(.stopped)
        } else if !isFull && hasSlot {
            expected = .admit
        } else {
            switch old.policy {
            case .block: expected = .wait
            case .dropNewest: expected = .refuse(reason)
            case .dropOldest, .latest: expected = old.waiting > 0 ? .displaceOldest(reason) : .refuse(.poolEmpty)
            case .fail: expected = .fail
            }
        }
        #expect(decision == expected)
        #expect(new.waiting == old.waiting + (decision == .admit ? 1 : 0))
        #expect(new.inFlight == old.inFlight)
    }

    /// The door decides on counts, the queue on elements: both must come to the same result.
    @Test(arguments: QueuePolicy.allCases) func agreesWithABoundedQueue(policy: QueuePolicy) {
        var random = SeededGenerator(label: "Admission and BoundedQueue \(policy)")
        var admission = Admission(policy: policy, depth: 3, inFlightLimit: 1)
        var queue = BoundedQueue<Int>(capacity: 3, policy: policy)
        for step in 0..<5000 {
            if Bool.random(using: &random) {
                let decision = admission.offer(hasFreeSlot: true)
                switch queue.push(step) {
                case .stored: #expect(decision == .admit)
                case .displaced: #expect(decision == .displaceOldest(policy.dropReason))
                case .refused: #expect(decision == .refuse(policy.dropReason) || decision == .wait || decision == .fail)
                }
            } else if admission.enter() {
                let popped = queue.pop()
                #expect(popped != nil)
                admission.leave()
            }
            #expect(queue.count == admission.waiting)
        }
    }
}
