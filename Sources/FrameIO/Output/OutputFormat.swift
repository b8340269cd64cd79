/// What `--format` names, and what file endings stand for.
public enum OutputFormat: Sendable, Equatable, CaseIterable {
    /// Binary grey map (P5).
    case pgm
    /// PNG.
    case png
    /// Bare samples: bytes, or little-endian float32 for scores.
    case raw
    /// YUV4MPEG2.
    case y4m
    /// JPEG pictures, concatenated in a stream.
    case mjpeg
    /// NumPy arrays, concatenated in a stream (numpy.load reads one after the other from an open file).
    case npy

    /// The format that `--format` names, or nil.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// The format that a path's ending tells, or nil.
    public init?(ending path: String) {
        switch Paths.ending(path) {
        case "pgm": self = .pgm
        case "png": self = .png
        case "raw", "bin", "f32", "gray": self = .raw
        case "y4m": self = .y4m
        case "mjpeg", "mjpg", "jpg", "jpeg": self = .mjpeg
        case "npy": self = .npy
        default: return nil
        }
    }

    /// The name of the format.
    public var name: String {
        switch self {
        case .pgm: "pgm"
        case .png: "png"
        case .raw: "raw"
        case .y4m: "y4m"
        case .mjpeg: "mjpeg"
        case .npy: "npy"
        }
    }

    /// The ending of files in a folder.
    var ending: StaticString {
        switch self {
        case .pgm: ".pgm"
        case .png: ".png"
        case .raw: ".raw"
        case .y4m: ".y4m"
        case .mjpeg: ".jpg"
        case .npy: ".npy"
        }
    }
}

/// What a sink writes; decides which formats fit.
public enum OutputKind: Sendable, Equatable {
    /// uint8 maps: open-set map, closed-set labels.
    case labels
    /// float32 maps.
    case scores
    /// rgb24 pictures.
    case pictures

    /// Formats that can hold this kind.
    public var formats: [OutputFormat] {
        switch self {
        case .labels: [.png, .pgm, .raw, .y4m, .npy]
        case .scores: [.npy, .raw]
        case .pictures: [.mjpeg, .png, .raw, .y4m]
        }
    }

    /// For messages.
    public var name: String {
        switch self {
        case .labels: "label maps"
        case .scores: "score maps"
        case .pictures: "pictures"
        }
    }
}
