/// Time spent in each stage, in nanoseconds; nil where the frame did not get so far.
public struct StageTimes: Sendable, Equatable {
    /// JPEG, PNG or WebP to pixels.
    public var decode: Int64?
    /// Resize and normalisation.
    public var normalize: Int64?
    /// Network up to the pre-logits.
    public var backbone: Int64?
    /// Class and outlier logits.
    public var heads: Int64?
    /// Labels and scores at full resolution.
    public var score: Int64?
    /// Scores to outlier mask.
    public var threshold: Int64?
    /// Mask and labels to the open-set map.
    public var fuse: Int64?
    /// Writing of all results.
    public var write: Int64?

    /// No stage reached.
    public init() {}
}

/// How a frame ended.
public enum FrameStatus: Sendable, Equatable {
    /// Its results have been written.
    case delivered
    /// Given up on purpose; `place` and `reason` as in the drop ledger.
    case dropped(place: StaticString, reason: StaticString)
    /// An error at `place`.
    case failed(place: StaticString, reason: StaticString)
    /// No frame ended: this stands for one that is overdue (`--on-stall`).
    case stalled

    /// `delivered`, `dropped`, `failed` or `stalled`.
    public var name: StaticString {
        switch self {
        case .delivered: "delivered"
        case .dropped: "dropped"
        case .failed: "failed"
        case .stalled: "stalled"
        }
    }

    /// Whether its results have been written.
    public var isDelivered: Bool {
        if case .delivered = self { return true }
        return false
    }

    /// Whether both say the same. Allocates nothing.
    public static func == (a: FrameStatus, b: FrameStatus) -> Bool {
        switch (a, b) {
        case (.delivered, .delivered), (.stalled, .stalled): true
        case (.dropped(let place, let reason), .dropped(let otherPlace, let otherReason)),
            (.failed(let place, let reason), .failed(let otherPlace, let otherReason)):
            Bytes.areEqual(place, otherPlace) && Bytes.areEqual(reason, otherReason)
        default: false
        }
    }
}

/// A connected group of outlier pixels. Trivial.
public struct RegionRecord: Sendable, Equatable {
    /// How far away it is along flat ground, roughly.
    public enum Distance: Sendable, Equatable {
        /// No camera is known: the record says nothing.
        case untold
        /// Its foot is not on the ground: at or above the horizon.
        case offGround
        /// Metres.
        case metres(Double)
    }

    /// Left edge in pixels.
    public var x: Int
    /// Upper edge in pixels.
    public var y: Int
    /// Width of the bounding box.
    public var width: Int
    /// Height of the bounding box.
    public var height: Int
    /// Pixels in the group.
    public var area: Int
    /// Largest score in the group.
    public var maxScore: Float
    /// Mean column of its pixels.
    public var centroidX: Double
    /// Mean row of its pixels.
    public var centroidY: Double
    /// Rough distance of its foot.
    public var distance: Distance

    /// A group with these measures.
    public init(
        x: Int, y: Int, width: Int, height: Int, area: Int, maxScore: Float, centroidX: Double, centroidY: Double,
        distance: Distance = .untold
    ) {
        self.centroidX = centroidX
        self.centroidY = centroidY
        self.distance = distance
        self.x = x
        self.y = y
        self.width = width
        self.height = height
        self.area = area
        self.maxScore = maxScore
    }
}

/// All that is reported of one frame. Trivial: making and copying one allocates nothing.
public struct FrameRecord: Sendable {
    /// The frame's number.
    public var frameID: UInt64
    /// Capture time, where the frame had one.
    public var captureNanoseconds: Int64?
    /// Arrival by CLOCK_REALTIME.
    public var arrivalNanoseconds: Int64
    /// How it ended.
    public var status: FrameStatus
    /// Compute times.
    public var stages = StageTimes()
    /// Time spent waiting in queues, all stages together.
    public var queueWaitNanoseconds: Int64 = 0
    /// From arrival to the last result written, or to the drop.
    public var totalNanoseconds: Int64 = 0
    /// Whether it was done within the budget; nil without a budget.
    public var deadlineMet: Bool?
    /// The rung of the degradation ladder that answered; 0 is full quality.
    public var qualityLevel = 0
    /// Whether the map says anything of this frame: false where all of it is unknown, where there is none, and where an
    /// earlier one stands for a frame that is overdue.
    public var isValid: Bool
    /// The frame that the map was computed from: this one, or an earlier one whose map is held. Nil where there is
    /// none.
    public var sourceFrameID: UInt64?
    /// Age of the result when it was given out: since the capture of the frame that it was computed from, where that is
    /// known and not in the future, else since that frame's arrival. Nil where there is no valid result.
    public var ageNanoseconds: Int64?
    /// What is wrong with the frame as input.
    public var findings: FrameFindings = []
    /// Share of the map's pixels above the threshold; nil where there is no map.
    public var anomalyFraction: Float?
    /// Largest score; nil where there is no map.
    public var anomalyMaxScore: Float?
    /// Regions of at least the least area, those that no list has room for included; nil where they were not looked for.
    public var regionCount: Int?

    /// The record of `frame`, which ended as `status`; the rest is filled in by the caller.
    public init(_ frame: FrameHeader, status: FrameStatus) {
        frameID = frame.id
        captureNanoseconds = frame.captureNanoseconds
        arrivalNanoseconds = frame.arrivalNanoseconds
        self.status = status
        isValid = status.isDelivered
        sourceFrameID = status.isDelivered ? frame.id : nil
    }
}
