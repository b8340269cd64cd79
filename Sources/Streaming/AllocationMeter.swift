internal import CAllocationCounter

/// Heap allocations per frame after warm-up, from the process-wide counter.
///
/// The window runs from the record of the last warm-up frame to the latest record. Allocates nothing.
struct AllocationMeter: Sendable {
    private struct Mark: Sendable {
        var frames: UInt64 = 0
        var outside: UInt64 = 0
        var codec: UInt64 = 0
        var aside: UInt64 = 0
    }

    private let isActive = dh_allocation_counter_active()
    private var base: Mark?
    private var latest = Mark()

    /// Notes that `frames` records have left in all; `isWarm` once the warm-up is over.
    mutating func mark(frames: UInt64, isWarm: Bool) {
        var now = Mark(frames: frames)
        dh_allocation_counts(&now.outside, &now.codec)
        now.aside = dh_allocation_count_aside()
        if base == nil && isWarm { base = now }
        latest = now
    }

    /// Allocations per frame outside and inside codec libraries, and on threads that only watch; nil where nothing is counted or no frame was measured.
    var perFrame: (outside: Double, codec: Double, aside: Double)? {
        guard isActive, let base, latest.frames > base.frames else { return nil }
        let frames = Double(latest.frames - base.frames)
        return (
            Double(latest.outside - base.outside) / frames, Double(latest.codec - base.codec) / frames,
            Double(latest.aside - base.aside) / frames
        )
    }
}
