/// The last step from projected features to a score at the head's resolution. Trivial; allocates nothing.
struct FeatureTail {
    let squaredPlanes: Int
    let otherPlanes: Int
    /// Pixels of a plane.
    let pixels: Int

    /// Squared distance to the nearest class mean for `count` pixels from `first` on. Not a number stays one.
    func distances(
        _ projected: UnsafePointer<Float>, first: Int, count: Int, into score: UnsafeMutablePointer<Float>
    ) {
        for pixel in 0..<count {
            var nearest = SIMD8<Float>(repeating: .infinity)
            for plane in squaredPlanes..<squaredPlanes + otherPlanes {
                nearest = pointwiseMin(nearest, lanes(projected, plane, first + pixel))
            }
            score[pixel] = squares(projected, 0..<squaredPlanes, first + pixel) + nearest.min()
        }
    }

    /// Turns the energies in `score` into the convex sum of both standardised parts.
    func addShares(
        _ projected: UnsafePointer<Float>, first: Int, count: Int, _ constants: NecoConstants,
        to score: UnsafeMutablePointer<Float>
    ) {
        for pixel in 0..<count {
            let inside = squares(projected, 0..<squaredPlanes, first + pixel)
            let outside = squares(projected, squaredPlanes..<squaredPlanes + otherPlanes, first + pixel)
            // A feature at the very mean has a ratio of 0, as in the authors' code.
            let ratio = inside.squareRoot() / ((inside + outside).squareRoot() + 1e-8)
            score[pixel] =
                (constants.ratioMean - ratio) * constants.ratioFactor
                + (score[pixel] - constants.energyMean) * constants.energyFactor
        }
    }

    private func squares(_ projected: UnsafePointer<Float>, _ planes: Range<Int>, _ pixel: Int) -> Float {
        var sum = SIMD8<Float>()
        for plane in planes {
            let value = lanes(projected, plane, pixel)
            sum += value * value
        }
        return sum.sum()
    }

    /// Blocked features: [plane][pixel][8], 32-byte aligned.
    private func lanes(_ projected: UnsafePointer<Float>, _ plane: Int, _ pixel: Int) -> SIMD8<Float> {
        UnsafeRawPointer(projected + (plane * pixels + pixel) * 8).load(as: SIMD8<Float>.self)
    }
}

/// What `FeatureTail.addShares` multiplies by.
struct NecoConstants {
    let ratioMean, ratioFactor, energyMean, energyFactor: Float

    init(_ neco: FeatureStatistics.Neco) {
        func factor(_ weight: Double, _ moments: ScoreStatistics.Moments) -> Float {
            Float(weight / max(moments.deviation, 1e-6))
        }
        ratioMean = Float(neco.ratio.mean)
        ratioFactor = factor(neco.weight, neco.ratio)
        energyMean = Float(neco.energy.mean)
        energyFactor = factor(1 - neco.weight, neco.energy)
    }
}
