/// From bytes to the network's numbers: (v * range / 255 + low - mean) / std per channel, as model.yaml names it.
public struct Normalization: Sendable, Equatable {
    /// Whether the network's first channel is blue.
    public let isBGR: Bool
    /// Multiplies the byte, per channel in the network's order.
    let scale: [Float]
    /// Is added after that.
    let shift: [Float]

    /// `range`: what 0 and 255 become before mean and standard deviation apply ([0, 1] or [0, 255] in model.yaml).
    /// `mean` and `standardDeviation` are in the network's channel order.
    public init(
        mean: [Double], standardDeviation: [Double], range: (Double, Double) = (0, 1), isBGR: Bool = false
    ) throws(OpenSetError) {
        guard mean.count == 3, standardDeviation.count == 3 else {
            throw .normalization(
                "mean and std must have 3 numbers each, not \(mean.count) and \(standardDeviation.count)")
        }
        guard mean.allSatisfy(\.isFinite), standardDeviation.allSatisfy({ $0.isFinite && $0 != 0 }) else {
            throw .normalization("mean and std must be finite and std not 0: mean \(mean), std \(standardDeviation)")
        }
        guard range.0.isFinite, range.1.isFinite, range.0 != range.1 else {
            throw .normalization("value_range [\(range.0), \(range.1)] is empty: want [0, 1] or [0, 255]")
        }
        let step = (range.1 - range.0) / 255
        scale = standardDeviation.map { Float(step / $0) }
        shift = zip(mean, standardDeviation).map { Float((range.0 - $0) / $1) }
        self.isBGR = isBGR
    }
}
