/// Places buffers with known lifetimes in one arena so that those alive at the same time do not overlap.
struct ArenaPlanner {
    /// One buffer's need.
    struct Request {
        let byteCount: Int
        /// Steps from the first write to the last read.
        let lifetime: ClosedRange<Int>
    }

    /// Offsets, one per request, and the arena's size; all multiples of 64. The smallest of what a few orders of placing
    /// come to: no one order is best for all networks.
    static func plan(_ requests: [Request]) -> (offsets: [Int], byteCount: Int) {
        let bound = bound(requests)
        // Largest first: the big ones decide the size, the small ones fit between them.
        let bySize = requests.indices.sorted { requests[$0].byteCount > requests[$1].byteCount }
        var best = place(requests, in: bySize)
        let orders: [(Int, Int) -> Bool] = [
            { weight(requests[$0]) > weight(requests[$1]) },
            { requests[$0].lifetime.count > requests[$1].lifetime.count },
            { requests[$0].lifetime.lowerBound < requests[$1].lifetime.lowerBound },
            { requests[$0].lifetime.upperBound > requests[$1].lifetime.upperBound },
        ]
        for order in orders where best.byteCount > bound {
            let other = place(requests, in: bySize.sorted(by: order))
            if other.byteCount < best.byteCount { best = other }
        }
        return best
    }

    /// Most bytes that requests alive at one step have together: no plan is smaller.
    static func bound(_ requests: [Request]) -> Int {
        // Only where a lifetime begins can the sum rise.
        requests.map { start in
            requests.filter { $0.lifetime.contains(start.lifetime.lowerBound) }.reduce(0) { $0 + aligned($1.byteCount) }
        }.max() ?? 0
    }

    /// Places requests one after the other, each into the smallest gap that holds it.
    static func place(_ requests: [Request], in order: [Int]) -> (offsets: [Int], byteCount: Int) {
        var offsets = Array(repeating: 0, count: requests.count)
        var total = 0
        var placed: [Int] = []
        for index in order {
            let size = aligned(requests[index].byteCount)
            let rivals = placed.filter { requests[$0].lifetime.overlaps(requests[index].lifetime) }
                .sorted { offsets[$0] < offsets[$1] }
            var best: (offset: Int, gap: Int)?
            var end = 0
            for rival in rivals {
                let gap = offsets[rival] - end
                if gap >= size && gap < best?.gap ?? Int.max { best = (end, gap) }
                end = max(end, offsets[rival] + aligned(requests[rival].byteCount))
            }
            offsets[index] = best?.offset ?? end
            total = max(total, offsets[index] + size)
            placed.append(index)
        }
        return (offsets, total)
    }

    private static func weight(_ request: Request) -> Int { request.byteCount * request.lifetime.count }

    private static func aligned(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
}
