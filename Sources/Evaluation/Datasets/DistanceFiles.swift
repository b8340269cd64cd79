/// Where a set keeps its pixels' distances from the camera, and in which unit.
public struct DistanceFiles: Sendable, Equatable {
    /// What files hold.
    public enum Content: Sendable, Equatable {
        /// 16-bit PNG along the optical axis, so many metres a unit; 0 is unknown. (`.npy`: so many metres a unit, too.)
        case depth(metresPerUnit: Double)
        /// 16-bit PNG of LostAndFound: 256 units a pixel of disparity, 0 unknown; with its camera's JSON file.
        case disparity(cameras: String, cameraSuffix: String)
    }

    /// Folder, relative to the set's.
    public let folder: String
    /// What follows a picture's name, ending included.
    public let suffix: String
    /// What files hold.
    public let content: Content

    /// Files of a layout.
    public init(folder: String, suffix: String, content: Content) {
        self.folder = folder
        self.suffix = suffix
        self.content = content
    }

    /// 16-bit PNG in centimetres: tools/render.
    static func centimetres(_ folder: String) -> DistanceFiles {
        DistanceFiles(folder: folder, suffix: ".png", content: .depth(metresPerUnit: 0.01))
    }

    /// LostAndFound's disparity and cameras.
    static func lostAndFound(below part: String = "") -> DistanceFiles {
        DistanceFiles(
            folder: "disparity" + part, suffix: "_disparity.png",
            content: .disparity(cameras: "camera" + part, cameraSuffix: "_camera.json"))
    }
}

/// The distance files of one picture.
public struct DistancePaths: Sendable, Equatable {
    /// Depth or disparity.
    public let path: String
    /// The camera, of disparities.
    public let camera: String?
    /// Metres a unit, of depths.
    public let metresPerUnit: Double

    /// Files; see the properties.
    public init(path: String, camera: String?, metresPerUnit: Double) {
        self.path = path
        self.camera = camera
        self.metresPerUnit = metresPerUnit
    }
}
