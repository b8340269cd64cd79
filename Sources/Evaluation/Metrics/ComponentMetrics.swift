/// SegmentMeIfYouCan's metrics of components ("SegEval"), after the definitions of road-anomaly-benchmark at 1c7804e.
///
/// The prediction is score > threshold without void pixels. Components are 8-connected. Predicted components below a
/// size are dropped; components of the ground truth below a size become void, and with them the pixels that lie on them.
/// For a component k of the ground truth, P(k) are all predicted components that touch it and A(k) the pixels of P(k) on
/// other components of the ground truth: sIoU = |k and P(k)| / |(k or P(k)) without A(k)|. PPV of a predicted component
/// is its share on any component of the ground truth. At a level t: TP = sIoU >= t, FN = sIoU < t, FP = PPV < t, and
/// F1 = 2TP / (2TP + FN + FP) of the sums over the set. Void pixels take no part in any area.
public struct ComponentMetrics: Sendable, Equatable {
    /// Least sizes in pixels.
    public struct Sizes: Sendable, Equatable {
        /// Of a predicted component.
        public let predicted: Int
        /// Of a component of the ground truth.
        public let truth: Int

        /// Sizes of one's own.
        public init(predicted: Int, truth: Int) {
            self.predicted = predicted
            self.truth = truth
        }

        /// AnomalyTrack (and RoadAnomaly).
        public static let anomalyTrack = Sizes(predicted: 500, truth: 100)
        /// ObstacleTrack and LostAndFound.
        public static let obstacleTrack = Sizes(predicted: 50, truth: 10)
    }

    /// The levels: 0.25, 0.30 ... 0.75.
    public static let levels = (0...10).map { 0.25 + 0.05 * Double($0) }

    /// sIoU of every component of the ground truth.
    public private(set) var adjustedIoUs: [Double] = []
    /// PPV of every predicted component.
    public private(set) var predictiveValues: [Double] = []
    /// Sums of each picture.
    private var pictures: [ComponentTally] = []

    /// No pictures.
    public init() {}

    /// Adds a picture of whole rows; `roles` has one role a pixel. Allocates about 16 bytes a pixel.
    public mutating func add(
        scores: UnsafeBufferPointer<Float>, roles: [LabelRoles.Role], width: Int, threshold: Float, sizes: Sizes
    ) throws(EvaluationError) {
        guard scores.count == roles.count, width > 0, scores.count % width == 0 else {
            throw .labels("\(roles.count) labels for \(scores.count) scores: sizes must agree")
        }
        let truth = ConnectedComponents(mask: roles.map { $0 == .anomaly }, width: width)
        let predicted = ConnectedComponents(
            mask: roles.indices.map { roles[$0] != .void && scores[$0] > threshold }, width: width)
        let isKept = predicted.areas.map { $0 >= sizes.predicted }
        let isTruth = truth.areas.map { $0 >= sizes.truth }

        // Areas inside what is not void: small components of the ground truth have become void.
        var truthAreas = [Int](repeating: 0, count: truth.count + 1)
        var predictedAreas = [Int](repeating: 0, count: predicted.count + 1)
        // Pixels of a predicted component on any component of the ground truth.
        var onTruth = [Int](repeating: 0, count: predicted.count + 1)
        var overlapAreas: [Overlap: Int] = [:]
        for index in roles.indices where roles[index] != .void {
            let k = Int(truth.labels[index])
            if k > 0 && !isTruth[k] { continue }
            var p = Int(predicted.labels[index])
            if p > 0 && !isKept[p] { p = 0 }
            truthAreas[k] += 1
            predictedAreas[p] += 1
            if k > 0 && p > 0 {
                onTruth[p] += 1
                overlapAreas[Overlap(truth: k, predicted: p), default: 0] += 1
            }
        }
        let before = (adjustedIoUs.count, predictiveValues.count)
        var touching: [Int: [Overlap]] = [:]
        for overlap in overlapAreas.keys { touching[overlap.truth, default: []].append(overlap) }
        for k in 1..<(truth.count + 1) where isTruth[k] {
            var intersection = 0, covered = 0, elsewhere = 0
            for overlap in touching[k] ?? [] {
                let shared = overlapAreas[overlap] ?? 0
                intersection += shared
                covered += predictedAreas[overlap.predicted]
                elsewhere += onTruth[overlap.predicted] - shared
            }
            adjustedIoUs.append(Double(intersection) / Double(truthAreas[k] + covered - intersection - elsewhere))
        }
        // A component that lies on void alone has no pixel left and is none.
        for p in 1..<(predicted.count + 1) where predictedAreas[p] > 0 {
            predictiveValues.append(Double(onTruth[p]) / Double(predictedAreas[p]))
        }
        pictures.append(
            ComponentTally(
                adjustedIoUs: adjustedIoUs[before.0...], predictiveValues: predictiveValues[before.1...]))
    }

    private struct Overlap: Hashable {
        let truth: Int
        let predicted: Int
    }

    /// The numbers over all pictures.
    public var rates: ComponentRates { rates { _ in 1 } }

    /// The numbers where picture i, in the order of adding, counts `weight(i)` times.
    func rates(weight: (Int) -> Int) -> ComponentRates {
        var sum = ComponentTally()
        for index in pictures.indices { sum.add(pictures[index], times: weight(index)) }
        return sum.rates
    }

    /// Mean over components of the ground truth; nil without any.
    public var meanAdjustedIoU: Double? { rates.adjustedIoU }
    /// Mean over predicted components; nil without any.
    public var meanPredictiveValue: Double? { rates.predictiveValue }
    /// Mean of F1 over `levels`; nil where there are no components at all.
    public var meanF1: Double? { rates.meanF1 }
}
