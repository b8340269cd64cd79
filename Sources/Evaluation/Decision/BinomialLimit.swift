internal import Foundation

/// Exact confidence limits of a probability after `hits` of `trials` independent trials (Clopper and Pearson, Biometrika
/// 1934).
///
/// The upper limit holds for a threshold that was chosen from the same trials, too: the share of all trials above the
/// (hits + 1)-th largest of n values follows the same beta distribution, whatever the values' own is (Wilks, 1941).
public enum BinomialLimit {
    /// Greatest probability that is compatible with so few hits; one-sided at `confidence` (0...1).
    public static func upper(hits: Int, of trials: Int, confidence: Double) -> Double {
        if hits >= trials { return 1 }
        return quantile(confidence, Double(hits + 1), Double(trials - hits))
    }

    /// Least probability that is compatible with so many hits; one-sided at `confidence`.
    public static func lower(hits: Int, of trials: Int, confidence: Double) -> Double {
        if hits <= 0 { return 0 }
        return quantile(1 - confidence, Double(hits), Double(trials - hits + 1))
    }

    /// Both limits, each with half of what `confidence` leaves.
    public static func interval(hits: Int, of trials: Int, confidence: Double = 0.95) -> ClosedRange<Double> {
        let side = (1 + confidence) / 2
        return lower(hits: hits, of: trials, confidence: side)...upper(hits: hits, of: trials, confidence: side)
    }

    /// Fewest trials without a hit that show a probability of at most `rate`, above 0, at `confidence`.
    public static func trialsNeeded(rate: Double, confidence: Double) -> Int {
        Int((log1p(-confidence) / log1p(-rate)).rounded(.up))
    }

    /// The x at which the regularised incomplete beta function reaches `share`. Halves until neighbours are left.
    private static func quantile(_ share: Double, _ a: Double, _ b: Double) -> Double {
        var low = 0.0, high = 1.0
        while true {
            let middle = low + (high - low) / 2
            guard middle > low, middle < high else { return high }
            if incompleteBeta(a, b, middle) < share { low = middle } else { high = middle }
        }
    }

    /// I_x(a, b) by its continued fraction, on the side where that converges fast.
    static func incompleteBeta(_ a: Double, _ b: Double, _ x: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
        return x < (a + 1) / (a + b + 2)
            ? front * fraction(a, b, x) / a : 1 - front * fraction(b, a, 1 - x) / b
    }

    /// Lentz's evaluation of the continued fraction (Abramowitz and Stegun, 26.5.8).
    private static func fraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
        let tiny = 1e-300
        func apart(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
        var c = 1.0
        var d = 1 / apart(1 - (a + b) * x / (a + 1))
        var result = d
        // It takes some multiple of sqrt(max(a, b)) terms.
        for step in 1...100_000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / apart(1 + even * d)
            c = apart(1 + even / c)
            result *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / apart(1 + odd * d)
            c = apart(1 + odd / c)
            result *= d * c
            if abs(d * c - 1) < 1e-15 { break }
        }
        return result
    }
}
