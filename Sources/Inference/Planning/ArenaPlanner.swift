/// Places buffers with known lifetimes in one arena so that those alive at the same time do not overlap.
struct ArenaPlanner {
    /// One buffer's need.
    struct Request {
        let byteCount: Int
        /// Steps from the first write to the last read.
        let lifetime: ClosedRange<Int>
    }

    /// Offsets, one per request, and the arena's size; all multiples of 64.
    static func plan(_ requests: [Request]) -> (offsets: [Int], byteCount: Int) {
        var offsets = Array(repeating: 0, count: requests.count)
        var total = 0
        var placed: [Int] = []
        // Largest first: the big ones decide the size, the small ones fit between them.
        for index in requests.indices.sorted(by: { requests[$0].byteCount > requests[$1].byteCount }) {
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

    private static func aligned(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
}
