/// What the bootstrap keeps of a picture: enough for the metrics of any draw of pictures, and no pixels.
struct PictureSample {
    /// Of sets with anomalies.
    let histogram: ScoreHistogram?
    /// The picture's own numbers, for protocols that take means over pictures.
    let rates: AnomalyMetrics?
    /// Known classes.
    let closed: ConfusionMatrix?
    /// By range; empty without distances.
    let distances: [ScoreHistogram]
}

/// Metrics of draws of a set's pictures.
struct SetResampling {
    private let pictures: [PictureSample]
    private let draws: PictureDraws
    private let rules: EvaluationProtocol
    private let bootstrap: Bootstrap
    private let counts: PictureCounts

    /// Nil for fewer than two pictures, which say nothing of other pictures.
    init?(_ pictures: [PictureSample], _ bootstrap: Bootstrap, rules: EvaluationProtocol) {
        guard pictures.count > 1 else { return nil }
        self.pictures = pictures
        self.bootstrap = bootstrap
        self.rules = rules
        draws = PictureDraws(bootstrap, pictures: pictures.count)
        counts = PictureCounts(pictures.compactMap(\.histogram))
    }

    /// All but open-IoU. O(draws x bins).
    func metrics(components: ComponentMetrics?) -> MetricDraws {
        var result = MetricDraws(bootstrap)
        if pictures.allSatisfy({ $0.histogram != nil }) {
            result.rates = rules.pooling == .perImage ? means() : rates(counts)
        }
        if pictures.allSatisfy({ $0.closed != nil }) { result.closedIoU = closedIoU() }
        if let components {
            result.components = (0..<draws.draws).map { draw in components.rates { draws[draw, $0] } }
        }
        let ranges = pictures.map(\.distances.count).max() ?? 0
        result.distances = (0..<ranges).map { range in
            rates(PictureCounts(pictures.map { range < $0.distances.count ? $0.distances[range] : ScoreHistogram() }))
        }
        return result
    }

    private func rates(_ counts: PictureCounts) -> [DetectionRates?] {
        (0..<draws.draws).map { draw in
            let curve = try? counts.drawn { draws[draw, $0] }.curve()
            return curve.map { DetectionRates(AnomalyMetrics($0, target: rules.target)) }
        }
    }

    private func means() -> [DetectionRates?] {
        (0..<draws.draws).map { draw in
            var means = PerImageMeans()
            for (index, picture) in pictures.enumerated() {
                for _ in 0..<draws[draw, index] { means.add(picture.rates) }
            }
            return DetectionRates(means)
        }
    }

    private func closedIoU() -> [Double?] {
        (0..<draws.draws).map { draw in
            guard var sum = pictures[0].closed.map({ ConfusionMatrix(classes: $0.classes) }) else { return nil }
            for (index, picture) in pictures.enumerated() where draws[draw, index] > 0 {
                if let matrix = picture.closed { sum.add(matrix, times: draws[draw, index]) }
            }
            return sum.meanIoU(open: false)
        }
    }
}

// MARK: - Open-IoU

extension SetResampling {
    /// Open-IoU of each draw: the threshold is chosen on the draw's pictures of other folds and applied to its own; folds
    /// weigh as many pictures as were drawn of them. Nil in draws that lack a fold, or a kind of pixels in one.
    ///
    /// `picture` is called once for each picture, in order, and hands over its pixels; nil where it has no classes.
    func open(
        folds: [String], classes: Int, picture: (Int) throws(EvaluationError) -> OpenPixels?
    ) throws(EvaluationError) -> [FoldThreshold: [Double?]] {
        let names = Set(folds).sorted()
        guard names.count > 1 else { return [:] }
        var sums: [OpenSums] = []
        for fold in names {
            let others = (0..<draws.draws).map { draw in
                try? counts.drawn { folds[$0] == fold ? 0 : draws[draw, $0] }.curve()
            }
            let keys = FoldThreshold.allCases.map { choice in
                others.map { curve -> UInt32? in
                    guard let curve else { return nil }
                    // Where nothing may count, the least bin that counts is above all.
                    return choice.point(of: curve, rule: rules.rule).map { OpenSums.bin($0.score) } ?? OpenSums.above
                }
            }
            sums.append(OpenSums(classes: classes, bins: keys))
        }
        for index in pictures.indices {
            guard let fold = names.firstIndex(of: folds[index]) else { continue }
            guard let pixels = try picture(index) else { return [:] }
            sums[fold].add(pixels) { draws[$0, index] }
        }
        var result: [FoldThreshold: [Double?]] = [:]
        for (place, choice) in FoldThreshold.allCases.enumerated() {
            result[choice] = (0..<draws.draws).map { draw in
                var sum = 0.0, drawn = 0
                for fold in sums {
                    guard let value = fold.openIoU(choice: place, draw: draw) else { return nil }
                    sum += value * Double(fold.pictures[draw])
                    drawn += fold.pictures[draw]
                }
                return sum / Double(drawn)
            }
        }
        return result
    }
}
