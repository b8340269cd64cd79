/// Histograms of many pictures on common places, so that the sum over a draw of pictures is a sum of arrays. 12 bytes for each
/// bin of each picture.
struct PictureCounts {
    private let keys: [UInt32]
    private let pictures: [[(place: Int32, anomalies: Int32, inliers: Int32)]]

    init(_ histograms: [ScoreHistogram]) {
        keys = Set(histograms.lazy.flatMap(\.keys)).sorted()
        var places: [UInt32: Int32] = [:]
        for (place, key) in keys.enumerated() { places[key] = Int32(place) }
        pictures = histograms.map { histogram in
            histogram.keys.indices.map { index in
                (
                    places[histogram.keys[index]] ?? 0, Int32(histogram.anomalies[index]),
                    Int32(histogram.inliers[index])
                )
            }
        }
    }

    /// The sum in which picture i counts `weight(i)` times. Bins that only others use are in it, empty.
    func drawn(_ weight: (Int) -> Int) -> ScoreHistogram {
        var anomalies = [Int](repeating: 0, count: keys.count), inliers = anomalies
        for (picture, bins) in pictures.enumerated() {
            let weight = weight(picture)
            if weight == 0 { continue }
            for bin in bins {
                anomalies[Int(bin.place)] += weight * Int(bin.anomalies)
                inliers[Int(bin.place)] += weight * Int(bin.inliers)
            }
        }
        return ScoreHistogram(keys: keys, anomalies: anomalies, inliers: inliers)
    }
}

/// How often each draw of a bootstrap drew each picture. 2 bytes for each.
struct PictureDraws {
    let draws: Int
    let pictures: Int
    private let weights: [UInt16]

    init(_ bootstrap: Bootstrap, pictures: Int) {
        draws = bootstrap.replicates
        self.pictures = pictures
        var random = SplitMix64(state: bootstrap.seed)
        var weights = [UInt16](repeating: 0, count: draws * pictures)
        for draw in 0..<draws {
            for _ in 0..<pictures { weights[draw * pictures + Int.random(in: 0..<pictures, using: &random)] += 1 }
        }
        self.weights = weights
    }

    subscript(draw: Int, picture: Int) -> Int { Int(weights[draw * pictures + picture]) }
}
