/// Computes a protocol's metrics over a set, picture by picture.
///
/// Memory: 4 bytes for each pixel that is not void (exact; twice that where distances are known), or the bins in use
/// (`isBinned`), and for the bootstrap some 30 bytes for each bin of each picture (twice that with distances). Components and
/// open-IoU need a second pass at a threshold that is known only after the first: scores then wait in a scratch file.
public struct SetEvaluation {
    /// What is measured.
    public struct Settings: Sendable {
        /// The rules.
        public var rules: EvaluationProtocol
        /// The set's layout as the protocol reads it.
        public var layout: DatasetLayout
        /// Classes of the network; class metrics are left out where the set's table wants another number.
        public var networkClasses: Int
        /// Count scores in bins instead of keeping all.
        public var isBinned = false
        /// Confidence intervals; nil for none.
        public var bootstrap: Bootstrap?

        /// Settings; see the properties.
        public init(rules: EvaluationProtocol, layout: DatasetLayout, networkClasses: Int) {
            self.rules = rules
            self.layout = layout
            self.networkClasses = networkClasses
        }
    }

    private let settings: Settings
    private var pools: [String: ScorePool] = [:]
    private var foldOrder: [String] = []
    private var folds: [String] = []
    private var means = PerImageMeans()
    private var samples: [PictureSample] = []
    private var pixels = EvaluationResult.Pixels()
    private var closed: ConfusionMatrix?
    private var distances: DistanceBins?
    private var spill: ScoreSpill?

    /// Begins an evaluation.
    public init(_ settings: Settings) throws(EvaluationError) {
        self.settings = settings
        if settings.rules.componentSizes != nil || (measuresClasses && settings.layout.hasAnomalies) {
            spill = try ScoreSpill()
        }
        if let classes = settings.layout.classes, measuresClasses { closed = ConfusionMatrix(classes: classes.count) }
    }

    private var measuresClasses: Bool { settings.layout.classes?.networkClasses == settings.networkClasses }

    /// Adds a picture.
    public mutating func add(_ picture: PictureScores) throws(EvaluationError) {
        var scores = PooledScores()
        try scores.add(scores: picture.scores, labels: picture.labels, roles: settings.layout.roles)
        guard scores.notANumberCount == 0 else {
            throw .scores("\(scores.notANumberCount) scores are not numbers: the network or its input is broken")
        }
        pixels.add(scores)
        folds.append(picture.fold)
        if pools[picture.fold] == nil { foldOrder.append(picture.fold) }
        let wantsSamples = settings.bootstrap != nil
        let histogram =
            settings.isBinned || (wantsSamples && settings.layout.hasAnomalies) ? scores.histogram : nil
        // Taken out and put back, so that the pool's arrays are grown in place.
        var pool = pools.removeValue(forKey: picture.fold) ?? ScorePool(isBinned: settings.isBinned)
        pool.add(scores, histogram: histogram)
        pools[picture.fold] = pool
        var ranges: [ScoreHistogram] = []
        if let values = picture.distances {
            var bins = distances ?? DistanceBins(isBinned: settings.isBinned)
            distances = nil
            ranges = try bins.add(
                scores: picture.scores, labels: picture.labels, distances: values, roles: settings.layout.roles,
                wantsHistograms: wantsSamples)
            distances = bins
        }
        let matrix = picture.classes.flatMap { confusion(picture.labels, $0) }
        if let matrix { closed?.add(matrix) }
        try spill?.append(picture)
        var own: AnomalyMetrics?
        if settings.rules.pooling == .perImage {
            own = scores.hasBothKinds ? AnomalyMetrics(try scores.curve(), target: settings.rules.target) : nil
            means.add(own)
        }
        if wantsSamples {
            samples.append(PictureSample(histogram: histogram, rates: own, closed: matrix, distances: ranges))
        }
    }

    /// Confusions of the known classes; nil where the network's classes are not the set's.
    private func confusion(
        _ labels: UnsafeBufferPointer<UInt8>, _ classes: UnsafeBufferPointer<UInt8>
    ) -> ConfusionMatrix? {
        guard let table = settings.layout.classes, measuresClasses else { return nil }
        var matrix = ConfusionMatrix(classes: table.count)
        for index in labels.indices {
            guard let truth = table[labels[index]] else { continue }
            matrix.add(truth: truth, predicted: table.predicted(Int(classes[index]), truth: truth))
        }
        return matrix
    }

    /// All metrics. Reads the scratch file once for each threshold.
    public consuming func result() throws(EvaluationError) -> EvaluationResult {
        var result = EvaluationResult(
            rules: settings.rules, layout: settings.layout, images: folds.count, pixels: pixels)
        result.closedIoU = closed?.meanIoU(open: false)
        let resampling = settings.bootstrap.flatMap { SetResampling(samples, $0, rules: settings.rules) }
        guard settings.layout.hasAnomalies else {
            result.draws = resampling?.metrics(components: nil)
            return result
        }
        let curve = try wholeCurve()
        let pooled = AnomalyMetrics(curve, target: settings.rules.target)
        result.pooled = pooled
        if let binned = curve as? HistogramCurve {
            result.binBounds = (binned.averagePrecisionBounds, binned.areaUnderROCBounds)
        }
        if settings.rules.pooling == .perImage { result.means = means }
        result.distances = try distances?.metrics(settings.rules.target)
        if let spill, let sizes = settings.rules.componentSizes {
            result.components = try components(spill, sizes: sizes, threshold: pooled.thresholdF1)
        }
        result.draws = resampling?.metrics(components: result.components)
        guard let spill, let table = settings.layout.classes, measuresClasses, foldOrder.count > 1 else {
            return result
        }
        for choice in FoldThreshold.allCases { result.open[choice] = try open(spill, table, choice: choice) }
        if !result.open.isEmpty, let resampling {
            result.draws?.open = try resampling.open(folds: folds, classes: table.count) {
                index throws(EvaluationError) in
                var pixels = OpenPixels()
                try eachOpenPixel(spill, index, table) { pixels.add(score: $0, truth: $1, predicted: $2) }
                return pixels
            }
        }
        return result
    }

    private mutating func wholeCurve() throws(EvaluationError) -> any DetectionSteps & Sendable {
        // A set of one fold needs its pool no more: moved out, it is sorted in place.
        let parts =
            foldOrder.count == 1 ? [pools.removeValue(forKey: foldOrder[0])] : foldOrder.map { pools[$0] }
        guard let whole = ScorePool.sum(parts.compactMap { $0 }) else { throw .dataset("no picture was evaluated") }
        return try whole.curve()
    }

    private func components(
        _ spill: ScoreSpill, sizes: ComponentMetrics.Sizes, threshold: Float
    ) throws(EvaluationError) -> ComponentMetrics {
        var metrics = ComponentMetrics()
        for index in folds.indices {
            let picture = try spill.read(index)
            let roles = picture.labels.map { settings.layout.roles[$0] }
            var failure: EvaluationError?
            picture.scores.withUnsafeBufferPointer { scores in
                do throws(EvaluationError) {
                    try metrics.add(
                        scores: scores, roles: roles, width: picture.width, threshold: threshold, sizes: sizes)
                } catch { failure = error }
            }
            if let failure { throw failure }
        }
        return metrics
    }

    /// Nil where the other folds lack a kind of pixels, or scores came without classes.
    private func open(
        _ spill: ScoreSpill, _ table: ClassLabels, choice: FoldThreshold
    ) throws(EvaluationError) -> OpenSetQuality? {
        var result: [OpenSetQuality.Fold] = []
        for fold in foldOrder {
            let others = foldOrder.filter { $0 != fold }.compactMap { pools[$0] }
            guard let curve = try? ScorePool.sum(others)?.curve() else { return nil }
            let threshold = choice.threshold(of: curve, rule: settings.rules.rule)
            var matrix = ConfusionMatrix(classes: table.count)
            for index in folds.indices where folds[index] == fold {
                let hasClasses = try eachOpenPixel(spill, index, table) { score, truth, predicted in
                    matrix.add(truth: truth, predicted: score > threshold ? table.count : predicted)
                }
                if !hasClasses { return nil }
            }
            result.append(
                OpenSetQuality.Fold(
                    name: fold, images: folds.count { $0 == fold }, threshold: threshold, matrix: matrix))
        }
        return OpenSetQuality(folds: result)
    }

    /// Score, true class (K: anomaly) and predicted class of each pixel of a picture that is not void; false where it has no
    /// classes.
    @discardableResult
    private func eachOpenPixel(
        _ spill: ScoreSpill, _ index: Int, _ table: ClassLabels, _ body: (Float, Int, Int) -> Void
    ) throws(EvaluationError) -> Bool {
        let picture = try spill.read(index)
        guard let classes = picture.classes else { return false }
        for pixel in picture.labels.indices {
            let role = settings.layout.roles[picture.labels[pixel]]
            let truth = role == .inlier ? table[picture.labels[pixel]] : nil
            guard role == .anomaly || truth != nil else { continue }
            body(picture.scores[pixel], truth ?? table.count, table.predicted(Int(classes[pixel]), truth: truth))
        }
        return true
    }
}
