/// What open-IoU reads of a picture's pixels: score, true class (K: anomaly) and the class that the network's answer stands
/// for, of each pixel that is not void.
struct OpenPixels {
    private(set) var bins: [UInt32] = []
    private(set) var truths: [UInt8] = []
    private(set) var predictions: [UInt8] = []

    mutating func add(score: Float, truth: Int, predicted: Int) {
        bins.append(OpenSums.bin(score))
        truths.append(UInt8(truncatingIfNeeded: truth))
        predictions.append(UInt8(truncatingIfNeeded: predicted))
    }
}

/// Equation 16 for one fold in many draws of pictures, each with thresholds of its own.
///
/// With TP, the pixels `taken` for a class and the pixels that are of it (`truths`) the union is taken + truths - TP, and the
/// first two only lose pixels as the threshold falls: one pass over a picture's pixels counts them between the thresholds of
/// all draws, and sums over these counts are what each threshold leaves. Memory: 24 bytes for each class, draw and choice.
struct OpenSums {
    /// The bin of a score; a score counts as anomaly where its bin is at least the threshold's.
    static func bin(_ score: Float) -> UInt32 { OrderedKey.key(score) >> ScoreHistogram.droppedBits }
    /// Above the bins of all scores.
    static let above = UInt32(1) << (32 - ScoreHistogram.droppedBits)

    /// Pictures of the fold in each draw.
    private(set) var pictures: [Int]
    private let classes: Int
    /// The thresholds of all draws and choices, ascending.
    private let thresholds: [UInt32]
    /// Place in `thresholds`, by choice and draw; nil where a draw gives none.
    private let places: [[Int?]]
    /// How many thresholds are at most a bin.
    private let reached: [Int32]
    private var sums: [[Sum]]

    private struct Sum {
        var right = 0
        var taken = 0
        var truths = 0
    }

    /// `bins[choice][draw]`: the least bin that counts as anomaly.
    init(classes: Int, bins: [[UInt32?]]) {
        self.classes = classes
        thresholds = Set(bins.joined().compactMap { $0 }).sorted()
        var numbers: [UInt32: Int] = [:]
        for (place, bin) in thresholds.enumerated() { numbers[bin] = place }
        places = bins.map { $0.map { bin in bin.flatMap { numbers[$0] } } }
        var reached = [Int32](repeating: 0, count: Int(Self.above))
        var next = 0
        for bin in reached.indices {
            while next < thresholds.count && thresholds[next] <= bin { next += 1 }
            reached[bin] = Int32(next)
        }
        self.reached = reached
        let draws = bins.first?.count ?? 0
        pictures = [Int](repeating: 0, count: draws)
        sums = bins.map { _ in [Sum](repeating: Sum(), count: draws * classes) }
    }

    /// Adds a picture, `weight(draw)` times to each draw.
    mutating func add(_ pixels: OpenPixels, weight: (Int) -> Int) {
        // Counts of pixels that `n` thresholds reach are kept by every threshold from the n-th on, counted from 0.
        var kept = [Sum](repeating: Sum(), count: (thresholds.count + 1) * classes)
        var truths = [Int](repeating: 0, count: classes)
        for index in pixels.bins.indices {
            let (truth, predicted) = (Int(pixels.truths[index]), Int(pixels.predictions[index]))
            let place = Int(reached[Int(pixels.bins[index])]) * classes + predicted
            kept[place].taken += 1
            if truth == predicted { kept[place].right += 1 }
            if truth < classes { truths[truth] += 1 }
        }
        for place in classes..<kept.count {
            kept[place].taken += kept[place - classes].taken
            kept[place].right += kept[place - classes].right
        }
        for draw in pictures.indices {
            let weight = weight(draw)
            if weight == 0 { continue }
            pictures[draw] += weight
            for choice in places.indices {
                guard let place = places[choice][draw] else { continue }
                for k in 0..<classes {
                    sums[choice][draw * classes + k].right += weight * kept[place * classes + k].right
                    sums[choice][draw * classes + k].taken += weight * kept[place * classes + k].taken
                    sums[choice][draw * classes + k].truths += weight * truths[k]
                }
            }
        }
    }

    /// Mean over the classes that occur or are predicted; nil where none is, or the draw gave no threshold.
    func openIoU(choice: Int, draw: Int) -> Double? {
        guard places[choice][draw] != nil else { return nil }
        let values = sums[choice][draw * classes..<(draw + 1) * classes].compactMap { sum -> Double? in
            let union = sum.taken + sum.truths - sum.right
            return union == 0 ? nil : Double(sum.right) / Double(union)
        }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
