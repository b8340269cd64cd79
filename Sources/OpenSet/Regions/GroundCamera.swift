#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A calibrated camera above a flat road, for rough distances.
///
/// A pinhole camera without distortion and without roll, `height` metres above a plane, looking `pitch` degrees below the
/// horizon. A pixel below the horizon sees one point of the plane. The distance is taken along the ground, from the
/// point below the camera. What it rests on: the road is flat and level with the car, the region stands on it and its
/// lowest row is where it touches it, and pitch does not move. None of this holds strictly: near the horizon one pixel is
/// `distance^2 / (fy * height)` metres (at 1.5 m and fy = 1000: 0.6 m at 30 m, 6.7 m at 100 m), one degree of pitch as much
/// as 17 pixels of such a camera, and things in the air are told farther than they are. For people and triggers, not for
/// braking.
public struct GroundCamera: Sendable, Equatable {
    private let fx, fy, cx, cy: Double
    private let width, height: Int
    private let metres: Double
    private let sine, cosine: Double

    /// Focal lengths and principal point in pixels of pictures of `width` x `height` (a pixel's centre has its integer
    /// coordinates, as in OpenCV), metres above the road, and degrees that the axis points below the horizon.
    public init(
        fx: Double, fy: Double, cx: Double, cy: Double, width: Int, height: Int, metres: Double, pitchDegrees: Double
    ) throws(OpenSetError) {
        guard [fx, fy, cx, cy, metres, pitchDegrees].allSatisfy(\.isFinite) else {
            throw .camera("a camera's numbers must be finite")
        }
        guard fx > 0, fy > 0 else { throw .camera("fx and fy are \(fx) and \(fy): want pixels above 0") }
        guard width > 0, height > 0 else {
            throw .camera("width and height are \(width)x\(height): want the size of calibration")
        }
        guard metres > 0, metres <= 100 else { throw .camera("height_m is \(metres): want metres in 0...100") }
        guard abs(pitchDegrees) < 90 else {
            throw .camera("pitch_deg is \(pitchDegrees): want degrees between -90 and 90")
        }
        self.fx = fx
        self.fy = fy
        self.cx = cx
        self.cy = cy
        self.width = width
        self.height = height
        self.metres = metres
        sine = sin(pitchDegrees * .pi / 180)
        cosine = cos(pitchDegrees * .pi / 180)
    }

    /// The same camera with pictures of another size, resized in both directions as a whole (not cropped).
    public func scaled(width newWidth: Int, height newHeight: Int) -> GroundCamera {
        GroundCamera(self, width: newWidth, height: newHeight)
    }

    private init(_ camera: GroundCamera, width newWidth: Int, height newHeight: Int) {
        let across = Double(newWidth) / Double(camera.width), down = Double(newHeight) / Double(camera.height)
        fx = camera.fx * across
        fy = camera.fy * down
        // Sizes scale about the picture's corner, which lies half a pixel from the first pixel's centre.
        cx = (camera.cx + 0.5) * across - 0.5
        cy = (camera.cy + 0.5) * down - 0.5
        width = newWidth
        height = newHeight
        metres = camera.metres
        sine = camera.sine
        cosine = camera.cosine
    }

    /// Metres along the ground to the point that pixel position (u, v) sees; nil at and above the horizon, and where the
    /// horizon is less than a pixel away, as the number would mean nothing.
    public func groundDistance(u: Double, v: Double) -> Double? {
        guard descent(v - 1) > 0 else { return nil }
        let y = (v - cy) / fy
        let reach = metres / descent(v)
        let forward = reach * (cosine - y * sine), sideways = reach * (u - cx) / fx
        return (forward * forward + sideways * sideways).squareRoot()
    }

    /// Metres to a region's foot: the middle of the lower edge of its box.
    public func groundDistance(to region: OutlierRegion) -> Double? {
        groundDistance(
            u: Double(region.x) + Double(region.width) / 2 - 0.5, v: Double(region.y + region.height) - 0.5)
    }

    /// How far the ray of a row descends for each unit that it goes forward along the axis.
    private func descent(_ v: Double) -> Double { sine + (v - cy) / fy * cosine }
}
