/// The stages of a frame's one way through the pipeline, in order; raw values are positions.
///
/// The first seven are computed; `write` is the sink's own work (files, pipes, digests).
public enum StageName: Int, CaseIterable, Sendable, Comparable, CustomStringConvertible {
    case decode, normalize, backbone, heads, score, threshold, fuse, write

    /// How many names there are: the extent of every per-stage table.
    public static let count = 8

    /// Whether a frame may still be dropped for lateness before this stage: up to the backbone, never after it, as by
    /// then most of the cost is spent.
    public var mayDropLate: Bool { self <= .backbone }

    /// The name in tables, JSON and traces.
    public var description: String {
        switch self {
        case .decode: "decode"
        case .normalize: "normalize"
        case .backbone: "backbone"
        case .heads: "heads"
        case .score: "score"
        case .threshold: "threshold"
        case .fuse: "fuse"
        case .write: "write"
        }
    }

    /// Pipeline order.
    public static func < (left: StageName, right: StageName) -> Bool { left.rawValue < right.rawValue }
}

/// Where a frame was lost: while it was read, at the door, or before or in a stage.
public enum FramePlace: Hashable, Sendable, CustomStringConvertible {
    /// The source found a frame that it could not hand over whole.
    case source
    /// The frame never entered the pipeline.
    case admission
    /// Before (dropped) or in (failed) this stage.
    case stage(StageName)

    /// All places, in the order of a frame's way.
    public static let all: [FramePlace] = [.source, .admission] + StageName.allCases.map(FramePlace.stage)

    static let count = 2 + StageName.count

    var index: Int {
        switch self {
        case .source: 0
        case .admission: 1
        case .stage(let name): 2 + name.rawValue
        }
    }

    /// The name in reports: `source`, `admission` or the stage's.
    public var description: String {
        switch self {
        case .source: "source"
        case .admission: "admission"
        case .stage(let name): name.description
        }
    }
}
