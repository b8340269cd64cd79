/// What the bytes that a convolution's kernel reads stand for: byte u of channel c is `scale[c] * (u - reference[c])`, up to
/// a constant.
///
/// In double: these numbers are folded into weights and biases once.
struct InputTerms {
    var scale: [Double] = []
    var reference: [Double] = []
    /// Real value that is added to every pixel of the channel.
    var constant: [Double] = []
    /// Expected real value, for the correction of rounded weights.
    var mean: [Double] = []

    private init() {}

    /// A stored value as it is. A channel that was always zero has scale 0, which leaves its weights out: its stored step is
    /// made up, and would coarsen the weights of all other channels.
    init(_ stored: ChannelQuantization, _ statistics: ChannelStatistics) {
        scale = stored.scale.indices.map { channel in
            let isDead = statistics.minimum[channel] == 0 && statistics.maximum[channel] == 0
            return isDead ? 0 : Double(stored.scale[channel])
        }
        reference = stored.zero.map(Double.init)
        constant = scale.map { _ in 0 }
        mean = statistics.mean.map(Double.init)
    }

    /// Bounds of `min(max(q, low), high)`.
    struct Clamp {
        var low: [UInt8] = []
        var high: [UInt8] = []
    }

    /// relu(a x + b) of a stored value as a clamp of its bytes: with t the stored value where a x + b crosses zero,
    /// `a * s * (max(q, t) - t)` for a > 0, and with min for a < 0. The bytes' threshold is a whole number, the real one is
    /// not: `reference` lies between the two, weighted by how often the channel is active, so that no bias remains.
    static func clamp(
        _ stored: ChannelQuantization, gain: [Float], shift: [Float], _ seen: PrologueStatistics
    ) -> (terms: InputTerms, clamp: Clamp) {
        var terms = InputTerms()
        var clamp = Clamp()
        for channel in gain.indices {
            let (a, b) = (Double(gain[channel]), Double(shift[channel]))
            let (s, z) = (Double(stored.scale[channel]), Double(stored.zero[channel]))
            let threshold = z - b / (a * s)
            let isNeverActive = a > 0 ? threshold >= 255 : threshold <= 0
            if !threshold.isFinite || isNeverActive {
                terms.append(scale: 0, reference: 0, constant: a == 0 ? max(b, 0) : 0, mean: 0)
                clamp.append(0...0)
                continue
            }
            let whole = min(255, max(0, threshold.rounded(.toNearestOrEven)))
            let isAlwaysActive = a > 0 ? threshold <= 0 : threshold >= 255
            let activity = isAlwaysActive ? 1 : Double(min(max(seen.activity[channel], 0), 1))
            terms.append(
                scale: a * s, reference: activity * threshold + (1 - activity) * whole, constant: 0,
                mean: Double(seen.mean[channel]))
            clamp.append(a > 0 ? UInt8(whole)...255 : 0...UInt8(whole))
        }
        return (terms, clamp)
    }

    /// Factors of `round(q * scale + shift)`, behind which comes a ReLU.
    struct Affine {
        var scale: [Float] = []
        var shift: [Float] = []
    }

    /// relu(a x + b) stored anew with scales of its own: dearer than the clamp, and better where channels use their
    /// stored range unevenly.
    static func affine(
        _ stored: ChannelQuantization, gain: [Float], shift: [Float], _ seen: PrologueStatistics
    ) -> (terms: InputTerms, affine: Affine) {
        var terms = InputTerms()
        var affine = Affine()
        for channel in gain.indices {
            let step = Double(seen.maximum[channel]) / 255
            let used = step > 1e-30 ? step : 1
            let factor = Double(gain[channel]) * Double(stored.scale[channel])
            terms.append(scale: step > 1e-30 ? step : 0, reference: 0, constant: 0, mean: Double(seen.mean[channel]))
            affine.scale.append(Float(factor / used))
            affine.shift.append(Float((Double(shift[channel]) - factor * Double(stored.zero[channel])) / used))
        }
        return (terms, affine)
    }

    private mutating func append(scale: Double, reference: Double, constant: Double, mean: Double) {
        self.scale.append(scale)
        self.reference.append(reference)
        self.constant.append(constant)
        self.mean.append(mean)
    }
}

extension InputTerms.Clamp {
    fileprivate mutating func append(_ bounds: ClosedRange<UInt8>) {
        low.append(bounds.lowerBound)
        high.append(bounds.upperBound)
    }
}
