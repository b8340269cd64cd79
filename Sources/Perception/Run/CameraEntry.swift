public import OpenSet

/// `camera:` of a pipeline file: a calibrated camera above a flat road.
public struct CameraEntry: Decodable, Sendable {
    /// Focal lengths in pixels.
    public var fx, fy: Double
    /// Principal point; a pixel's centre has its integer coordinates.
    public var cx, cy: Double
    /// Size of the pictures that these pixels are of. Frames of another size are taken as the same view, resized.
    public var width, height: Int
    /// Metres above the road.
    public var metres: Double
    /// Degrees that the optical axis points below the horizon; negative above.
    public var pitchDegrees: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case fx, fy, cx, cy, width, height
        case metres = "height_m"
        case pitchDegrees = "pitch_deg"
    }

    /// The camera, or what is wrong with it.
    public func groundCamera() throws(ModelError) -> GroundCamera {
        do {
            return try GroundCamera(
                fx: fx, fy: fy, cx: cx, cy: cy, width: width, height: height, metres: metres,
                pitchDegrees: pitchDegrees)
        } catch {
            throw ModelError("camera in the pipeline file: \(error)", isUsage: true)
        }
    }
}
