/// Scores of many pictures: every one, or counted in bins.
enum ScorePool: Sendable {
    case exact(PooledScores)
    case binned(ScoreHistogram)

    init(isBinned: Bool) { self = isBinned ? .binned(ScoreHistogram()) : .exact(PooledScores()) }

    mutating func add(_ picture: PooledScores, histogram: ScoreHistogram?) {
        switch consume self {
        case .exact(var pool):
            pool.add(picture)
            self = .exact(pool)
        case .binned(let sum): self = .binned(sum.adding(histogram ?? picture.histogram))
        }
    }

    /// The pool of several ones; nil of none.
    static func sum(_ pools: [ScorePool]) -> ScorePool? {
        guard var sum = pools.first else { return nil }
        for pool in pools.dropFirst() {
            switch (sum, pool) {
            case (.exact(var left), .exact(let right)):
                left.add(right)
                sum = .exact(left)
            case (.binned(let left), .binned(let right)): sum = .binned(left.adding(right))
            default: preconditionFailure("pools of one evaluation are of one kind")
            }
        }
        return sum
    }

    /// Sorts and draws the curve; in place where this is the only copy.
    consuming func curve() throws(EvaluationError) -> any DetectionSteps & Sendable {
        switch consume self {
        case .exact(let pool): try pool.curve()
        case .binned(let histogram): try histogram.curve()
        }
    }
}
