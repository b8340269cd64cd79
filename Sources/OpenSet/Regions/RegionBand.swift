/// A run of unknown pixels in one row: columns `start` ..< `end`, and the node of its region.
struct RegionRun {
    var start: Int32
    var end: Int32
    var node: Int32
}

/// What is known of a region so far, as a node of a union-find forest.
struct RegionNode {
    /// Itself for a root. Never larger than the node's own index.
    var parent: Int32
    /// The last row that has a run of it; `RegionNode.listed` once its region has been listed.
    var lastRow: Int32
    var minX: Int32
    var minY: Int32
    var maxX: Int32
    var maxY: Int32
    var area: Int
    var maximumScore: Float
    var sumX: Int64
    var sumY: Int64

    static let listed = Int32.max

    var region: OutlierRegion {
        OutlierRegion(
            x: Int(minX), y: Int(minY), width: Int(maxX - minX) + 1, height: Int(maxY - minY) + 1, area: area,
            centroidX: Double(sumX) / Double(area), centroidY: Double(sumY) / Double(area), maximumScore: maximumScore)
    }

    /// Takes in what another node knows.
    mutating func join(_ other: RegionNode) {
        lastRow = max(lastRow, other.lastRow)
        minX = min(minX, other.minX)
        minY = min(minY, other.minY)
        maxX = max(maxX, other.maxX)
        maxY = max(maxY, other.maxY)
        area += other.area
        maximumScore = max(maximumScore, other.maximumScore)
        sumX += other.sumX
        sumY += other.sumY
    }
}

/// The forest of all bands: an array of nodes, of which each band has a stretch of its own.
struct RegionForest: @unchecked Sendable {
    // Bands touch their own stretches only, each on one thread; joining bands comes after.
    let nodes: UnsafeMutablePointer<RegionNode>

    /// The root of a node, halving the path to it.
    func root(_ node: Int32) -> Int32 {
        var node = node
        while nodes[Int(node)].parent != node {
            let above = nodes[Int(nodes[Int(node)].parent)].parent
            nodes[Int(node)].parent = above
            node = above
        }
        return node
    }

    /// Joins two different roots under the one with the smaller index; the other one.
    func join(_ a: Int32, _ b: Int32) -> Int32 {
        let kept = min(a, b), given = max(a, b)
        nodes[Int(kept)].join(nodes[Int(given)])
        nodes[Int(given)].parent = kept
        return given
    }
}

/// Labels the regions of one band of rows by runs, holding two rows at a time.
///
/// The runs of the band's first row have the nodes at the front of its stretch, which are never used again for another
/// region: what lies above may join them. All other nodes are used again as soon as their region has ended, so that
/// three nodes for every run that a row can have are enough for any mask: nothing can overflow.
struct RegionBand {
    /// The runs of the first row, and of the last one after `label`.
    let top: UnsafeMutablePointer<RegionRun>
    private(set) var bottom: UnsafeMutablePointer<RegionRun>
    private(set) var topCount: Int32 = 0
    private(set) var bottomCount: Int32 = 0
    /// The first node of the band's stretch.
    let base: Int32
    private let forest: RegionForest
    private var current: UnsafeMutablePointer<RegionRun>
    /// Nodes that can be used again, and nodes that were joined to others in this row; they share an array from both ends.
    private let spare: UnsafeMutablePointer<Int32>
    private let spareCapacity: Int
    private var spareCount = 0
    private var joinedCount = 0
    private var used: Int32 = 0

    /// Runs that a row of `width` pixels can have.
    static func mostRuns(width: Int) -> Int { (width + 1) / 2 }
    /// Nodes of a band.
    static func nodes(width: Int) -> Int { 3 * mostRuns(width: width) }
    /// Runs of a band: of its first row, and of the two at hand.
    static func runs(width: Int) -> Int { 3 * mostRuns(width: width) }

    /// A band with its stretches of memory: `runs(width:)` runs, `nodes(width:)` nodes from `base` on and as many spares.
    init(
        width: Int, base: Int, runs: UnsafeMutablePointer<RegionRun>, spare: UnsafeMutablePointer<Int32>,
        forest: RegionForest
    ) {
        let most = Self.mostRuns(width: width)
        self.base = Int32(base)
        self.forest = forest
        self.spare = spare
        spareCapacity = Self.nodes(width: width)
        top = runs
        bottom = runs + most
        current = runs + 2 * most
    }

    /// Labels `rows`; `openSet` and `scores` are those of the first of them, `width` from row to row. Regions that have
    /// ended inside the band are offered to `list`; the others are for `RegionPlan` to join.
    mutating func label(
        rows: Range<Int>, width: Int, unknown: UInt8, minimumArea: Int, openSet: UnsafePointer<UInt8>,
        scores: UnsafePointer<Float>, into list: inout RegionList
    ) {
        (topCount, bottomCount, used) = (0, 0, 0)
        (spareCount, joinedCount) = (0, 0)
        for row in rows {
            let offset = (row - rows.lowerBound) * width
            let isFirst = row == rows.lowerBound
            let count = scan(
                row: row, width: width, unknown: unknown, openSet: openSet + offset, scores: scores + offset)
            if isFirst {
                topCount = count
                top.update(from: current, count: Int(count))
            } else {
                endRow(row, count: count, minimumArea: minimumArea, into: &list)
            }
            swap(&bottom, &current)
            bottomCount = count
        }
    }

    /// Finds the runs of a row and joins them to those of the row above; how many there are.
    private mutating func scan(
        row: Int, width: Int, unknown: UInt8, openSet: UnsafePointer<UInt8>, scores: UnsafePointer<Float>
    ) -> Int32 {
        var count: Int32 = 0, column = 0, above: Int32 = 0
        while let start = RowScan.first(unknown, in: openSet, from: column, width: width) {
            let end = RowScan.firstOther(unknown, in: openSet, from: start + 1, width: width)
            column = end
            // Runs above touch this one, by an edge or a corner, where start <= end and end >= start.
            while above < bottomCount, bottom[Int(above)].end < start { above += 1 }
            var node: Int32 = -1
            var next = above
            while next < bottomCount, bottom[Int(next)].start <= end {
                let other = forest.root(bottom[Int(next)].node)
                node = node < 0 ? other : joined(forest.root(node), other)
                next += 1
            }
            let pixels = end - start
            let found = RegionNode(
                parent: node, lastRow: Int32(row), minX: Int32(start), minY: Int32(row), maxX: Int32(end - 1),
                maxY: Int32(row), area: pixels, maximumScore: RowScan.maximum(scores + start, count: pixels),
                sumX: Int64(start + end - 1) * Int64(pixels) / 2, sumY: Int64(row) * Int64(pixels))
            if node >= 0 {
                forest.nodes[Int(node)].join(found)
            } else {
                node = take()
                forest.nodes[Int(node)] = found
                forest.nodes[Int(node)].parent = node
            }
            current[Int(count)] = RegionRun(start: Int32(start), end: Int32(end), node: node)
            count += 1
        }
        return count
    }

    /// Offers the regions that had a run in the row above and have none in this one, and frees what is not needed.
    private mutating func endRow(_ row: Int, count: Int32, minimumArea: Int, into list: inout RegionList) {
        for index in 0..<Int(count) { current[index].node = forest.root(current[index].node) }
        for index in 0..<Int(bottomCount) {
            let node = forest.root(bottom[index].node)
            guard node >= base + topCount, forest.nodes[Int(node)].lastRow < row else { continue }
            if forest.nodes[Int(node)].area >= minimumArea { list.offer(forest.nodes[Int(node)].region) }
            forest.nodes[Int(node)].lastRow = RegionNode.listed
            spare[spareCount] = node
            spareCount += 1
        }
        // Runs of this row name roots now, and the row above is done with: nobody names a joined node any more.
        for index in 0..<joinedCount {
            spare[spareCount] = spare[spareCapacity - 1 - index]
            spareCount += 1
        }
        joinedCount = 0
    }

    private mutating func joined(_ a: Int32, _ b: Int32) -> Int32 {
        guard a != b else { return a }
        let given = forest.join(a, b)
        if given >= base + topCount {
            joinedCount += 1
            spare[spareCapacity - joinedCount] = given
        }
        return min(a, b)
    }

    private mutating func take() -> Int32 {
        if spareCount > 0 {
            spareCount -= 1
            return spare[spareCount]
        }
        precondition(Int(used) < spareCapacity, "more regions at once than two rows have runs")
        used += 1
        return base + used - 1
    }
}
