import TestSupport
import Testing

@testable import Inference

struct ArenaPlannerTests {
    /// Up to 40 buffers of up to 5000 bytes that live up to 10 steps.
    private static func requests(_ random: inout SeededGenerator) -> [ArenaPlanner.Request] {
        (0..<Int.random(in: 1...40, using: &random)).map { _ in
            let start = Int.random(in: 0...30, using: &random)
            return ArenaPlanner.Request(
                byteCount: Int.random(in: 1...5000, using: &random),
                lifetime: start...start + Int.random(in: 0...9, using: &random))
        }
    }

    @Test func buffersAliveTogetherNeverOverlap() {
        var random = SeededGenerator(label: "arena")
        for _ in 0..<300 {
            let requests = Self.requests(&random)
            let plan = ArenaPlanner.plan(requests)
            for a in requests.indices {
                #expect(plan.offsets[a] % 64 == 0)
                #expect(plan.offsets[a] + requests[a].byteCount <= plan.byteCount)
                for b in requests.indices where b < a && requests[a].lifetime.overlaps(requests[b].lifetime) {
                    let apart =
                        plan.offsets[a] + requests[a].byteCount <= plan.offsets[b]
                        || plan.offsets[b] + requests[b].byteCount <= plan.offsets[a]
                    #expect(apart)
                }
            }
        }
    }

    @Test func noPlanIsAboveLargestFirstOrBelowTheBound() {
        var random = SeededGenerator(label: "arena sizes")
        for _ in 0..<300 {
            let requests = Self.requests(&random)
            let bySize = requests.indices.sorted { requests[$0].byteCount > requests[$1].byteCount }
            let size = ArenaPlanner.plan(requests).byteCount
            #expect(size <= ArenaPlanner.place(requests, in: bySize).byteCount)
            #expect(size >= ArenaPlanner.bound(requests))
        }
    }

    /// The bound by its definition: all bytes that are alive, step by step.
    @Test func theBoundIsTheFullestStep() {
        var random = SeededGenerator(label: "arena bound")
        for _ in 0..<300 {
            let requests = Self.requests(&random)
            let fullest = (0..<50).map { step in
                requests.filter { $0.lifetime.contains(step) }.reduce(0) { $0 + ($1.byteCount + 63) / 64 * 64 }
            }.max()
            #expect(ArenaPlanner.bound(requests) == fullest)
        }
    }

    /// Every value is read by the next step alone and as large as the others: two are alive at a time.
    @Test func chainsReachTheBound() {
        var random = SeededGenerator(label: "arena chains")
        for _ in 0..<300 {
            let size = Int.random(in: 1...5000, using: &random)
            let requests = (0..<Int.random(in: 1...30, using: &random)).map { step in
                ArenaPlanner.Request(byteCount: size, lifetime: step...step + 1)
            }
            #expect(ArenaPlanner.plan(requests).byteCount == ArenaPlanner.bound(requests))
        }
    }
}
