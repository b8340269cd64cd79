/// A named bundle of rules: how pixels are pooled, how 95 % is read, what is void, and what is measured beside AP, AUROC
/// and FPR95.
public struct EvaluationProtocol: Sendable, Equatable {
    /// Over what a metric is computed.
    public enum Pooling: String, Sendable {
        /// All pixels of the set at once.
        case pooled
        /// Each picture by itself, then the mean; pictures without anomaly or without inlier are skipped.
        case perImage = "per-image"
    }

    /// Name for `--protocol`.
    public let name: String
    /// Where the rules come from.
    public let source: String
    /// What headline numbers are computed over.
    public let pooling: Pooling
    /// How the point of 95 % is chosen.
    public let target: AnomalyMetrics.Target
    /// Least sizes of components; nil where components are not measured.
    public let componentSizes: ComponentMetrics.Sizes?

    /// The tie rule that reports print, and that thresholds for open-IoU follow.
    public var rule: TieRule {
        switch target {
        case .first(let rule): rule
        case .nearest: .atLeast
        }
    }

    /// The rule of 95 % in few words.
    public var targetText: String {
        switch target {
        case .first(let rule): "first TPR \(rule.rawValue) 95 %"
        case .nearest: "TPR nearest to 95 %"
        }
    }

    /// Rules of one's own.
    public init(
        name: String, source: String, pooling: Pooling, target: AnomalyMetrics.Target,
        componentSizes: ComponentMetrics.Sizes? = nil
    ) {
        self.name = name
        self.source = source
        self.pooling = pooling
        self.target = target
        self.componentSizes = componentSizes
    }

    /// What `eval` does without `--protocol`: pooled, exact, with the tie rule that is asked for.
    public static func plain(_ rule: TieRule) -> EvaluationProtocol {
        EvaluationProtocol(name: "plain", source: "all pixels pooled", pooling: .pooled, target: .first(rule))
    }

    /// Names for `--protocol`.
    public static let names = ["paper", "fishyscapes", "smiyc", "streethazards"]

    /// The protocol of a name for a set of a layout, and the layout as the protocol reads it.
    public static func named(
        _ name: String, layout: DatasetLayout
    ) throws(EvaluationError) -> (EvaluationProtocol, DatasetLayout) {
        let isStreetHazards = layout.name.hasPrefix("streethazards")
        switch name {
        case "paper": return (paper(perImage: isStreetHazards), layout)
        case "fishyscapes": return (fishyscapes, layout)
        case "smiyc":
            return (segmentMe(layout.name.hasPrefix("lostandfound") ? .obstacleTrack : .anomalyTrack), layout)
        case "streethazards": return (hendrycks, isStreetHazards ? .streetHazardsOther : layout)
        default: throw .dataset("no protocol is called '\(name)': there are \(names.joined(separator: ", "))")
        }
    }

    /// DenseHybrid (Grcic, Bevandic, Segvic, ECCV 2022), as its public code computes: TPR strictly above 95 %; all pixels
    /// of a set pooled, but StreetHazards per picture with `nanmean`. Pictures that lack a kind are skipped here, whatever
    /// the installed scikit-learn would say. StreetHazards' "other" is void. Two habits of the code are not followed: its
    /// `roc_curve` drops intermediate thresholds, which can move the threshold but not FPR95, and its threshold comes
    /// from maps of half size.
    public static func paper(perImage: Bool) -> EvaluationProtocol {
        EvaluationProtocol(
            name: "paper", source: "DenseHybrid, ECCV 2022, and its code",
            pooling: perImage ? .perImage : .pooled, target: .first(.above))
    }

    /// Fishyscapes (Blum et al., IJCV 2021), as its evaluation code computes: all pixels of label 0 and 1 pooled, exact,
    /// ties grouped, FPR at the first TPR of at least 95 %.
    public static let fishyscapes = EvaluationProtocol(
        name: "fishyscapes", source: "Fishyscapes, IJCV 2021, and its code", pooling: .pooled, target: .first(.atLeast))

    /// SegmentMeIfYouCan (Chan et al., NeurIPS 2021), road-anomaly-benchmark at 1c7804e: pooled pixel metrics and
    /// components at the threshold of the set's best pixel F1. The original approximates the curves by 768 quantiles a
    /// picture; here they are exact, so the last digits may differ.
    public static func segmentMe(_ sizes: ComponentMetrics.Sizes) -> EvaluationProtocol {
        EvaluationProtocol(
            name: "smiyc", source: "SegmentMeIfYouCan, NeurIPS 2021, road-anomaly-benchmark at 1c7804e",
            pooling: .pooled, target: .first(.atLeast), componentSizes: sizes)
    }

    /// StreetHazards (Hendrycks et al., ICML 2022), as its evaluation code computes: each picture by itself, pictures
    /// without both kinds skipped, FPR at the recall nearest to 95 %. "Other" is an inlier.
    public static let hendrycks = EvaluationProtocol(
        name: "streethazards", source: "StreetHazards, ICML 2022, and its code", pooling: .perImage, target: .nearest)
}
