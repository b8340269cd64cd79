internal import Synchronization

/// The chunks of one parallel region, shared out in bands of neighbours: every worker takes its own from the front, and one
/// that has run dry takes the back half of what another has left.
///
/// Undisturbed workers so stay with neighbouring rows, step after step, and never touch each other's cache lines; where one
/// is held up, the others finish its work.
struct WorkBands: ~Copyable {
    /// What a worker has left: the region's number, the first chunk and the end, in one word that is only ever changed
    /// whole. An old word cannot pass for a new one: chunks never come back within a region, and the number differs
    /// between regions (again the same after four million of them).
    private struct Band {
        static let chunkBits: UInt64 = 21
        static let chunkMask: UInt64 = 1 << chunkBits - 1
        static let regionMask: UInt64 = 1 << 22 - 1

        let word: UInt64

        init(word: UInt64) { self.word = word }

        init(region: UInt64, first: UInt64, end: UInt64) {
            word = (region & Self.regionMask) << (2 * Self.chunkBits) | first << Self.chunkBits | end
        }

        var first: UInt64 { word >> Self.chunkBits & Self.chunkMask }
        var end: UInt64 { word & Self.chunkMask }

        func holdsWork(of region: UInt64) -> Bool {
            word >> (2 * Self.chunkBits) == region & Self.regionMask && first < end
        }
    }

    /// Most chunks of a region.
    static let mostChunks = Int(Band.chunkMask)
    /// Words between two workers' bands, so that they share no cache line.
    private static let spacing = 16

    private let workers: Int
    // Invariant: `workers * spacing` initialised words, which live as long as this value.
    private let words: UnsafeMutablePointer<Atomic<UInt64>>

    init(workers: Int) {
        self.workers = workers
        words = .allocate(capacity: workers * Self.spacing)
        for index in 0..<workers * Self.spacing { (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deinitialize(count: workers * Self.spacing)
        words.deallocate()
    }

    /// Shares out the chunks of a region. All chunks of the region before must be done; nobody may `take` from the new one
    /// before this has returned.
    func share(chunks: Int, region: UInt64) {
        let (least, rest) = chunks.quotientAndRemainder(dividingBy: workers)
        var first = 0
        for worker in 0..<workers {
            let end = first + least + (worker < rest ? 1 : 0)
            let band = Band(region: region, first: UInt64(first), end: UInt64(end))
            words[worker * Self.spacing].store(band.word, ordering: .releasing)
            first = end
        }
    }

    /// A chunk of `region` that nobody else gets; nil when none is left to take. Whoever gets one sees everything that
    /// was written before the region was shared out. Lock-free.
    func take(worker: Int, region: UInt64) -> Int32? {
        let own = worker * Self.spacing
        var band = Band(word: words[own].load(ordering: .acquiring))
        while band.holdsWork(of: region) {
            let rest = Band(region: region, first: band.first + 1, end: band.end)
            let claim = words[own].compareExchange(
                expected: band.word, desired: rest.word, ordering: .acquiringAndReleasing)
            if claim.exchanged { return Int32(band.first) }
            band = Band(word: claim.original)
        }
        for distance in 1..<max(workers, 1) {
            if let chunk = steal(from: (worker + distance) % workers, worker: worker, region: region) { return chunk }
        }
        return nil
    }

    /// Takes the back half of a band, the larger one, and from that the first chunk; the rest becomes the worker's own.
    private func steal(from victim: Int, worker: Int, region: UInt64) -> Int32? {
        var band = Band(word: words[victim * Self.spacing].load(ordering: .acquiring))
        while band.holdsWork(of: region) {
            let middle = band.first + (band.end - band.first) / 2
            let claim = words[victim * Self.spacing].compareExchange(
                expected: band.word, desired: Band(region: region, first: band.first, end: middle).word,
                ordering: .acquiringAndReleasing)
            if claim.exchanged {
                // Nobody else changes an empty band, and the region cannot end before what was taken is done.
                let rest = Band(region: region, first: middle + 1, end: band.end)
                words[worker * Self.spacing].store(rest.word, ordering: .releasing)
                return Int32(middle)
            }
            band = Band(word: claim.original)
        }
        return nil
    }
}
