import Glibc
import Streaming
import Synchronization
import Testing

private final class Tracked: Sendable {
    static let alive = Atomic<Int>(0)
    init() { Self.alive.add(1, ordering: .relaxed) }
    deinit { Self.alive.subtract(1, ordering: .relaxed) }
}

private struct Refusal: Error {}

@Suite(.serialized) struct FramePoolTests {
    @Test func leasesEachSlotOnceAndNeverGrows() {
        let pool = FramePool(count: 3) { index in index * 10 }
        do {
            var tickets: [Int] = []
            guard var first = pool.lease(), let second = pool.lease(), let third = pool.lease() else {
                Issue.record("three slots, three leases")
                return
            }
            tickets = [first.index, second.index, third.index]
            #expect(Set(tickets) == [0, 1, 2])
            if let fourth = pool.lease() { Issue.record("slot \(fourth.index) was leased twice") }
            #expect(pool.refusalCount == 1 && pool.freeCount == 0)
            first.withSlot { $0 += 1 }
            let value = first.withSlot { $0 }
            #expect(value == first.index * 10 + 1)
            _ = consume second
            #expect(pool.freeCount == 1)
        }
        #expect(pool.freeCount == 3 && pool.leaseCount == 3)
    }

    @Test func worksOnFreeSlotsAlone() {
        let pool = FramePool(count: 3) { _ in 0 }
        guard let leased = pool.lease() else {
            Issue.record("three slots, no lease")
            return
        }
        let index = leased.index
        var touched = 0
        pool.withFreeSlots { slot in
            slot = 7
            touched += 1
        }
        #expect(touched == 2)
        _ = consume leased
        var values: [Int] = []
        pool.withFreeSlots { values.append($0) }
        #expect(values.count == 3 && values.count { $0 == 7 } == 2, "slot \(index) was touched")
    }

    @Test func slotsEndWithThePool() throws {
        do {
            let pool = FramePool(count: 4) { _ in Tracked() }
            #expect(Tracked.alive.load(ordering: .relaxed) == 4)
            _ = pool.lease()
        }
        #expect(Tracked.alive.load(ordering: .relaxed) == 0)
    }

    @Test func aFailingSlotLeavesNothingBehind() {
        #expect(throws: Refusal.self) {
            _ = try FramePool(count: 4) { index throws(Refusal) -> Tracked in
                if index == 2 { throw Refusal() }
                return Tracked()
            }
        }
        #expect(Tracked.alive.load(ordering: .relaxed) == 0)
    }

    @Test func manyThreadsNeverShareASlot() throws {
        let pool = FramePool(count: 3) { _ in 0 }
        var threads: [pthread_t] = []
        for _ in 0..<4 {
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { argument in
                    let pool = Unmanaged<FramePool<Int>>.fromOpaque(argument!).takeUnretainedValue()
                    for _ in 0..<3000 {
                        guard var ticket = pool.lease() else { continue }
                        // Unsynchronised on purpose: only the ticket protects it.
                        ticket.withSlot { $0 += 1 }
                    }
                    return nil
                }, Unmanaged.passUnretained(pool).toOpaque())
            threads.append(thread)
        }
        for thread in threads { pthread_join(thread, nil) }
        #expect(pool.freeCount == 3)
        var sum = 0
        var tickets = BoundedQueue<FrameTicket<Int>>(capacity: 3, policy: .fail)
        while var ticket = pool.lease() {
            sum += ticket.withSlot { $0 }
            _ = tickets.push(ticket)
        }
        #expect(sum == Int(pool.leaseCount) - 3, "every lease added one, none was lost")
        #expect(sum + Int(pool.refusalCount) - 1 == 12000)
    }
}
