/// Scores of one kind of one frame, for the question how many reach a threshold: all of them, or counts in the bins of
/// `ScoreHistogram`. Memory: 4 bytes a score, or 8 a bin in use.
struct KeyCounts: Sendable {
    /// Ascending ordered keys; of bins their lower ends.
    private let keys: [UInt32]
    /// Of bins: the scores in this and all higher ones.
    private let atLeast: [UInt32]?
    /// All scores.
    let count: Int

    /// Keeps all keys.
    init(sorting keys: consuming [UInt32]) {
        OrderedKey.sort(&keys)
        count = keys.count
        self.keys = keys
        atLeast = nil
    }

    /// Counts keys in bins.
    init(binning keys: consuming [UInt32]) {
        OrderedKey.sort(&keys)
        count = keys.count
        var bins: [UInt32] = [], counts: [UInt32] = []
        for (index, key) in keys.enumerated() {
            let bin = key & (UInt32.max << ScoreHistogram.droppedBits)
            if bins.last == bin { continue }
            bins.append(bin)
            counts.append(UInt32(keys.count - index))
        }
        self.keys = bins
        atLeast = counts
    }

    /// Scores whose key is at least `key`; exact at the ends of bins, else without the bin that holds `key`.
    func count(atLeast key: UInt32) -> Int {
        var low = 0, high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        guard let atLeast else { return keys.count - low }
        return low < keys.count ? Int(atLeast[low]) : 0
    }
}
