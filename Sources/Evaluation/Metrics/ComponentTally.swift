/// The numbers that SegmentMeIfYouCan gives of components; nil without components to take them of.
public struct ComponentRates: Sendable, Equatable {
    /// Mean sIoU over components of the ground truth.
    public let adjustedIoU: Double?
    /// Mean PPV over predicted components.
    public let predictiveValue: Double?
    /// Mean of F1 over the levels.
    public let meanF1: Double?
}

/// Sums over the components of pictures, enough for `ComponentRates`: counts at every level, and not the components, so that
/// a picture may count several times.
struct ComponentTally: Sendable, Equatable {
    private var truths = 0
    private var predictions = 0
    private var adjustedIoU = 0.0
    private var predictiveValue = 0.0
    /// Components with sIoU >= level, and with PPV < level, for each of `ComponentMetrics.levels`.
    private var found = [Int](repeating: 0, count: ComponentMetrics.levels.count)
    private var mistakes = [Int](repeating: 0, count: ComponentMetrics.levels.count)

    /// No components.
    init() {}

    /// The components of a picture.
    init(adjustedIoUs: some Collection<Double>, predictiveValues: some Collection<Double>) {
        truths = adjustedIoUs.count
        predictions = predictiveValues.count
        adjustedIoU = adjustedIoUs.reduce(0, +)
        predictiveValue = predictiveValues.reduce(0, +)
        for (index, level) in ComponentMetrics.levels.enumerated() {
            found[index] = adjustedIoUs.count { $0 >= level }
            mistakes[index] = predictiveValues.count { $0 < level }
        }
    }

    mutating func add(_ other: ComponentTally, times: Int) {
        truths += times * other.truths
        predictions += times * other.predictions
        adjustedIoU += Double(times) * other.adjustedIoU
        predictiveValue += Double(times) * other.predictiveValue
        for index in found.indices {
            found[index] += times * other.found[index]
            mistakes[index] += times * other.mistakes[index]
        }
    }

    var rates: ComponentRates {
        let values = found.indices.compactMap { index -> Double? in
            let all = found[index] + truths + mistakes[index]  // 2TP + FN + FP, as FN = truths - TP
            return all == 0 ? nil : Double(2 * found[index]) / Double(all)
        }
        return ComponentRates(
            adjustedIoU: truths == 0 ? nil : adjustedIoU / Double(truths),
            predictiveValue: predictions == 0 ? nil : predictiveValue / Double(predictions),
            meanF1: values.isEmpty ? nil : values.reduce(0, +) / Double(values.count))
    }
}
