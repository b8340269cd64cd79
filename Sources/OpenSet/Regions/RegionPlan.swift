/// Finds the connected regions of the unknown in open-set maps of one size.
///
/// A frame is: `label` for every band, in any order and on any worker, while the band is in cache; then `collect` once.
/// Bands label their own rows with two rows of runs in hand (`RegionBand`); `collect` joins the regions that cross from
/// band to band by the runs of the rows on either side. Work besides reading the map once is by runs, not by pixels.
///
/// Memory is made by `init` and is enough for any mask: about 110 bytes a band for every pixel of width (221 kB a band at
/// 2048 pixels), which the system backs only as far as masks make use of it. Neither `label` nor `collect` allocates or
/// blocks.
public final class RegionPlan: @unchecked Sendable {
    // Bands write their own elements only; `collect` runs alone.
    /// Which regions are listed.
    public let options: RegionOptions
    private let map: OpenSetMap
    private let bands: RowBands
    private let forest: RegionForest
    private let runs: UnsafeMutablePointer<RegionRun>
    private let spares: UnsafeMutablePointer<Int32>
    private let states: UnsafeMutablePointer<RegionBand>
    private let lists: UnsafeMutablePointer<RegionList>

    /// A plan for maps like `map`, cut into `bands` as the tail is.
    public init(map: OpenSetMap, bands: RowBands, options: RegionOptions) {
        precondition(bands.height == map.height, "bands must cover the map")
        self.map = map
        self.bands = bands
        self.options = options
        let (nodes, rowRuns) = (RegionBand.nodes(width: map.width), RegionBand.runs(width: map.width))
        // Written before it is read: a run, a node or a spare is stored when it comes into use.
        forest = RegionForest(nodes: .allocate(capacity: nodes * bands.count))
        runs = .allocate(capacity: rowRuns * bands.count)
        spares = .allocate(capacity: nodes * bands.count)
        states = .allocate(capacity: bands.count)
        lists = .allocate(capacity: bands.count)
        for band in 0..<bands.count {
            (states + band).initialize(
                to: RegionBand(
                    width: map.width, base: band * nodes, runs: runs + band * rowRuns, spare: spares + band * nodes,
                    forest: forest))
            (lists + band).initialize(to: RegionList(limit: options.limit))
        }
    }

    deinit {
        lists.deinitialize(count: bands.count)
        lists.deallocate()
        states.deallocate()
        spares.deallocate()
        runs.deallocate()
        forest.nodes.deallocate()
    }

    /// Labels band `index`; `openSet` is the whole map, `scores` the band's own rows.
    public func label(band index: Int, openSet: UnsafePointer<UInt8>, scores: UnsafePointer<Float>) {
        let rows = bands[index]
        lists[index].removeAll()
        states[index].label(
            rows: rows, width: map.width, unknown: map.unknown, minimumArea: options.minimumArea,
            openSet: openSet + rows.lowerBound * map.width, scores: scores, into: &lists[index])
    }

    /// Joins the bands and lists the regions, the largest first. `list` must have room for `options.limit`.
    public func collect(into list: inout RegionList) {
        list.removeAll()
        for band in 1..<max(1, bands.count) { join(states[band - 1], states[band]) }
        for band in 0..<bands.count {
            list.absorb(lists[band])
            let state = states[band]
            for index in 0..<state.topCount { offer(state.base + index, to: &list) }
            for index in 0..<Int(state.bottomCount) where state.bottom[index].node >= state.base + state.topCount {
                offer(state.bottom[index].node, to: &list)
            }
        }
    }

    /// Joins the regions of a band's last row with those of the next one's first row that touch them.
    private func join(_ upper: RegionBand, _ lower: RegionBand) {
        var first = 0
        for index in 0..<Int(lower.topCount) {
            let run = lower.top[index]
            while first < Int(upper.bottomCount), upper.bottom[first].end < run.start { first += 1 }
            var next = first
            while next < Int(upper.bottomCount), upper.bottom[next].start <= run.end {
                let a = forest.root(upper.bottom[next].node), b = forest.root(lower.base + Int32(index))
                if a != b { _ = forest.join(a, b) }
                next += 1
            }
        }
    }

    /// Lists the region of a node if it is a root and has not been listed.
    private func offer(_ node: Int32, to list: inout RegionList) {
        let found = forest.nodes[Int(node)]
        guard found.parent == node, found.lastRow != RegionNode.listed else { return }
        forest.nodes[Int(node)].lastRow = RegionNode.listed
        if found.area >= options.minimumArea { list.offer(found.region) }
    }
}
