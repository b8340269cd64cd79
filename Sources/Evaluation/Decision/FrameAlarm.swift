/// When a frame counts as a false alarm.
public enum FrameAlarm: Sendable, Equatable {
    /// Some 8-connected region of unknown pixels has at least so many of them (1: any unknown pixel).
    case region(area: Int)
    /// More than this share (0...1) of the frame's pixels is unknown.
    case share(Double)

    /// `region 500 px` or `share 1 %`.
    public var text: String {
        switch self {
        case .region(let area): "region \(area) px"
        case .share(let share): "share \(Percent.text(share)) %"
        }
    }

    /// The ordered key of the frame's critical score: it raises the alarm at every threshold below that score, at none
    /// from it up. Nil where it never does. `keys` are row-major, 0 for pixels that take no part. Allocates some 20 bytes
    /// a pixel.
    func criticalKey(_ keys: [UInt32], width: Int) -> UInt32? {
        switch self {
        case .region(let area): Self.firstRegion(keys, width: width, area: area)
        case .share(let share): Self.firstAbove(keys, share: share)
        }
    }

    private static func firstAbove(_ keys: [UInt32], share: Double) -> UInt32? {
        var needed = Int(share * Double(keys.count))
        while Double(needed) / Double(keys.count) <= share { needed += 1 }
        if needed > keys.count { return nil }
        var sorted = keys
        OrderedKey.sort(&sorted)
        let key = sorted[keys.count - needed]
        return key == 0 ? nil : key
    }

    /// Lets the threshold sink: pixels join the regions of their neighbours, highest first, until one region is large
    /// enough. Pixels lie in buckets by the leading half of their keys, each sorted when the threshold gets there.
    private static func firstRegion(_ keys: [UInt32], width: Int, area: Int) -> UInt32? {
        var ends = [Int](repeating: 0, count: 1 << 16)
        for key in keys where key != 0 { ends[Int(key >> 16)] += 1 }
        for bucket in 1..<ends.count { ends[bucket] += ends[bucket - 1] }
        var order = [UInt64](repeating: 0, count: ends[ends.count - 1])
        var places = [0] + ends.dropLast()
        for (index, key) in keys.enumerated() where key != 0 {
            let bucket = Int(key >> 16)
            order[places[bucket]] = UInt64(key) << 32 | UInt64(index)
            places[bucket] += 1
        }
        var regions = SinkingRegions(width: width, height: keys.count / width)
        for bucket in stride(from: ends.count - 1, through: 0, by: -1) {
            let begin = bucket == 0 ? 0 : ends[bucket - 1]
            if begin == ends[bucket] { continue }
            order[begin..<ends[bucket]].sort(by: >)
            for place in begin..<ends[bucket]
            where regions.add(Int(truncatingIfNeeded: order[place] & 0xFFFF_FFFF)) >= area {
                return UInt32(truncatingIfNeeded: order[place] >> 32)
            }
        }
        return nil
    }
}

/// Regions of a growing set of pixels: union-find over the picture.
private struct SinkingRegions {
    private static let absent = Int32.max
    private let width: Int
    private let height: Int
    /// Of a region's first pixel its negated area, of others a pixel nearer to the first; `absent` outside the set.
    private var parents: [Int32]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        parents = [Int32](repeating: Self.absent, count: width * height)
    }

    /// Adds a pixel; the area of its region afterwards.
    mutating func add(_ index: Int) -> Int {
        parents[index] = -1
        var top = index
        let (x, y) = (index % width, index / width)
        for row in max(y - 1, 0)...min(y + 1, height - 1) {
            for column in max(x - 1, 0)...min(x + 1, width - 1) {
                let neighbour = row * width + column
                if neighbour == index || parents[neighbour] == Self.absent { continue }
                let other = root(neighbour)
                if other == top { continue }
                // The larger region stays the first.
                let (large, small) = parents[other] < parents[top] ? (other, top) : (top, other)
                parents[large] += parents[small]
                parents[small] = Int32(large)
                top = large
            }
        }
        return Int(-parents[top])
    }

    private mutating func root(_ index: Int) -> Int {
        var index = index
        while parents[index] >= 0 {
            let above = parents[Int(parents[index])]
            if above >= 0 { parents[index] = above }
            index = Int(parents[index])
        }
        return index
    }
}
