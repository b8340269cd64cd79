/// What is wrong with a frame as input: it may be whole and yet not show what the camera should see now.
public struct FrameFindings: OptionSet, Hashable, Sendable {
    /// One bit for each finding, at its position for `name`.
    public let rawValue: UInt16

    /// A set of these bits.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The content has been the same for as many frames as the limits allow.
    public static let frozen = FrameFindings(rawValue: 1)
    /// The picture is dark all over.
    public static let black = FrameFindings(rawValue: 2)
    /// The picture is the same brightness all over, but not dark.
    public static let blank = FrameFindings(rawValue: 4)
    /// The publisher gave two frames one number.
    public static let duplicateID = FrameFindings(rawValue: 8)
    /// The capture time is that of the frame before.
    public static let duplicateTime = FrameFindings(rawValue: 16)
    /// The capture time lies before that of the frame before.
    public static let backwards = FrameFindings(rawValue: 32)
    /// Frames are missing in front of this one, by the publisher's count or by the usual step of capture times.
    public static let gap = FrameFindings(rawValue: 64)
    /// The frame is damaged, or cannot be taken.
    public static let corrupt = FrameFindings(rawValue: 128)

    /// How many there are.
    public static let count = 8

    /// The name of one finding, by the position of its bit.
    public static func name(_ position: Int) -> StaticString {
        switch position {
        case 0: "frozen"
        case 1: "black"
        case 2: "blank"
        case 3: "duplicate_id"
        case 4: "duplicate_time"
        case 5: "backwards"
        case 6: "gap"
        default: "corrupt"
        }
    }

    /// Whether the finding at `position` is in the set.
    public func contains(position: Int) -> Bool { rawValue >> UInt16(position) & 1 == 1 }
}
