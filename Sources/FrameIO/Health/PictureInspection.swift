/// Judges decoded pictures: whether there is anything to see on them.
public enum PictureInspection {
    /// Samples a side.
    private static let grid = 32

    /// `.black`, `.blank` or nothing: by 1024 samples on a grid, of luma, or of green where the picture is RGB.
    /// Neither blocks nor allocates; 1024 loads.
    public static func inspect(_ view: ImageView, limits: InspectionLimits) -> FrameFindings {
        let (bytes, offset): (Int, Int) = view.format == .rgb24 || view.format == .bgr24 ? (3, 1) : (1, 0)
        var bright = 0
        var sum = 0
        var squares = 0
        for row in 0..<grid {
            let line = view.plane0 + (2 * row + 1) * view.height / (2 * grid) * view.stride0 + offset
            for column in 0..<grid {
                let value = Int(line[(2 * column + 1) * view.width / (2 * grid) * bytes])
                sum += value
                squares += value * value
                if value > limits.blackLevel { bright += 1 }
            }
        }
        let count = grid * grid
        if bright * 256 <= count { return .black }
        // n^2 times the variance, in whole numbers.
        let spread = Double(count * squares - sum * sum)
        let deviation = limits.blankDeviation * Double(count)
        return spread <= deviation * deviation ? .blank : []
    }
}
