/// What a score makes of features, all of it one 1x1 convolution of them and a short look at its result.
public enum FeatureReading: Sendable {
    /// Class logits of activations that were cut at a limit; their energy is the score (ReAct).
    case clampedLogits
    /// Squared Mahalanobis distance to the nearest class mean.
    case classDistances
    /// Share of the feature in the principal subspace, with the energy of the logits (Energy-NECO).
    case principalShare
}
