/// A connected group of unknown pixels of an open-set map: 8-connected, as SegmentMeIfYouCan counts components.
public struct OutlierRegion: Sendable, Equatable {
    /// Left edge of the bounding box, in pixels.
    public var x: Int
    /// Upper edge of the bounding box.
    public var y: Int
    /// Width of the bounding box.
    public var width: Int
    /// Height of the bounding box.
    public var height: Int
    /// Pixels in the group.
    public var area: Int
    /// Mean of the pixels' columns; a pixel's centre has its integer coordinates.
    public var centroidX: Double
    /// Mean of the pixels' rows.
    public var centroidY: Double
    /// Largest score in the group that is a number; minus infinity where none is.
    public var maximumScore: Float

    /// A region with these measures.
    public init(
        x: Int, y: Int, width: Int, height: Int, area: Int, centroidX: Double, centroidY: Double, maximumScore: Float
    ) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
        self.area = area
        self.centroidX = centroidX
        self.centroidY = centroidY
        self.maximumScore = maximumScore
    }

    /// The order of lists: the larger area first, then the upper, then the left one. What follows only makes the order
    /// one and the same however a map was cut into bands.
    static func isBefore(_ a: OutlierRegion, _ b: OutlierRegion) -> Bool {
        if a.area != b.area { return a.area > b.area }
        if a.y != b.y { return a.y < b.y }
        if a.x != b.x { return a.x < b.x }
        if a.height != b.height { return a.height < b.height }
        if a.width != b.width { return a.width < b.width }
        if a.centroidY != b.centroidY { return a.centroidY < b.centroidY }
        if a.centroidX != b.centroidX { return a.centroidX < b.centroidX }
        return a.maximumScore > b.maximumScore
    }
}

/// Which regions are listed.
public struct RegionOptions: Sendable, Equatable {
    /// Least area in pixels. SegmentMeIfYouCan drops predicted components below 500 pixels on AnomalyTrack and below 50
    /// on ObstacleTrack.
    public var minimumArea = 500
    /// The most regions that are listed; all are counted.
    public var limit = 32

    /// 500 pixels, 32 regions.
    public init() {}
}
