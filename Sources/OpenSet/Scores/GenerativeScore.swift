internal import CKernels

extension OutlierScore {
    /// Negated log-sum-exp of the class logits (energy score at temperature 1).
    public static let generative = generative(named: "generative", temperature: 1)

    /// Temperatures that `--score generative:T` takes.
    static let temperatures: ClosedRange<Float> = 0.01...1000

    /// The energy score at any temperature: -T ln sum exp(s / T). Towards T = 0 it becomes `max-logit`, for large T, less
    /// T ln K, the negated mean of the logits. Logits above 66 T in magnitude take the kernels' slower path.
    ///
    /// Its name is `generative:T`, so that a threshold of another temperature does not fit; at T = 1 it is `generative`.
    static func generative(temperature text: String) throws(OpenSetError) -> OutlierScore {
        guard let temperature = Float(text), temperatures.contains(temperature) else {
            throw .temperature(
                "score 'generative:\(text)': the temperature is a number from \(temperatures.lowerBound) to "
                    + "\(Int(temperatures.upperBound)), for instance generative:2")
        }
        if temperature == 1 { return generative }
        let isWhole = temperature == temperature.rounded()
        return generative(
            named: "generative:\(isWhole ? "\(Int(temperature))" : "\(temperature)")", temperature: temperature)
    }

    private static func generative(named name: String, temperature: Float) -> OutlierScore {
        OutlierScore(
            name: name, formula: "-ln sum exp s",
            summary:
                "the hybrid's generative part, energy (Liu et al., NeurIPS 2020); generative:T: -T ln sum exp(s/T)",
            needs: [], kind: DH_SCORE_GENERATIVE, temperature: temperature)
    }
}
