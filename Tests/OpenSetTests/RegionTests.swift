import OpenSet
import TestSupport
import Testing

/// Regions against their definition, a flood fill written out plainly.
@Suite struct RegionTests {
    private static let unknown: UInt8 = 5

    /// A map of labels with its scores, and how it is cut.
    private struct Case {
        let width: Int
        let height: Int
        var labels: [UInt8]
        var scores: [Float]

        init(width: Int, height: Int, isUnknown: (Int, Int) -> Bool, using random: inout SeededGenerator) {
            self.width = width
            self.height = height
            labels = (0..<width * height).map { place in
                isUnknown(place % width, place / width)
                    ? RegionTests.unknown : [UInt8(0), 3, 4, 6, 255].randomElement(using: &random)!
            }
            scores = (0..<width * height).map { _ in
                Int.random(in: 0..<40, using: &random) == 0 ? .nan : random.float(20)
            }
        }
    }

    /// All regions of at least `minimumArea`, the largest first.
    private func floodFilled(_ map: Case, minimumArea: Int) -> [OutlierRegion] {
        var seen = [Bool](repeating: false, count: map.labels.count)
        var regions: [OutlierRegion] = []
        for seed in map.labels.indices where map.labels[seed] == Self.unknown && !seen[seed] {
            var pending = [seed], pixels: [(x: Int, y: Int)] = []
            var highest = -Float.infinity
            seen[seed] = true
            while let place = pending.popLast() {
                let (x, y) = (place % map.width, place / map.width)
                pixels.append((x, y))
                if map.scores[place] > highest { highest = map.scores[place] }
                for (dx, dy) in [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
                    let (nx, ny) = (x + dx, y + dy)
                    guard 0..<map.width ~= nx, 0..<map.height ~= ny else { continue }
                    let neighbour = ny * map.width + nx
                    guard map.labels[neighbour] == Self.unknown, !seen[neighbour] else { continue }
                    seen[neighbour] = true
                    pending.append(neighbour)
                }
            }
            guard pixels.count >= minimumArea else { continue }
            let columns = pixels.map(\.x), rows = pixels.map(\.y)
            regions.append(
                OutlierRegion(
                    x: columns.min()!, y: rows.min()!, width: columns.max()! - columns.min()! + 1,
                    height: rows.max()! - rows.min()! + 1, area: pixels.count,
                    centroidX: Double(columns.reduce(0, +)) / Double(pixels.count),
                    centroidY: Double(rows.reduce(0, +)) / Double(pixels.count), maximumScore: highest))
        }
        return regions.sorted { key($0).lexicographicallyPrecedes(key($1)) }
    }

    private func key(_ region: OutlierRegion) -> [Double] {
        [
            Double(-region.area), Double(region.y), Double(region.x), Double(region.height), Double(region.width),
            region.centroidY, region.centroidX, Double(-region.maximumScore),
        ]
    }

    /// Labels bands from the last to the first, as workers may, and compares list and count with the definition.
    private func check(_ map: Case, rowsPerBand: Int, minimumArea: Int, limit: Int, _ name: String) throws {
        let expected = floodFilled(map, minimumArea: minimumArea)
        let shape = try OpenSetMap(width: map.width, height: map.height, classes: 5)
        let bands = RowBands(height: map.height, rowsPerBand: rowsPerBand)
        var options = RegionOptions()
        options.minimumArea = minimumArea
        options.limit = limit
        let plan = RegionPlan(map: shape, bands: bands, options: options)
        var list = RegionList(limit: limit)
        // What the regions are must not hang on what the memory held before.
        for pass in 0..<2 {
            let labels = FencedBuffer(pass == 0 ? map.labels.map { _ in Self.unknown } : map.labels)
            for band in (0..<bands.count).reversed() {
                let rows = bands[band]
                let scores = FencedBuffer(Array(map.scores[rows.lowerBound * map.width..<rows.upperBound * map.width]))
                plan.label(band: band, openSet: labels.pointer, scores: scores.pointer)
            }
            plan.collect(into: &list)
        }
        #expect(list.found == expected.count, "\(name)")
        #expect(Array(list.regions) == Array(expected.prefix(limit)), "\(name)")
    }

    @Test func regionsAreTheComponentsOfTheFloodFill() throws {
        var random = SeededGenerator(label: "regions")
        for trial in 0..<300 {
            let width = Int.random(in: 1...70, using: &random), height = Int.random(in: 1...40, using: &random)
            let density = [0.02, 0.2, 0.4, 0.5, 0.6, 0.9].randomElement(using: &random)!
            let block = trial % 2 == 0 ? 1 : Int.random(in: 2...6, using: &random)
            let tiles = (0..<4000).map { _ in Double.random(in: 0..<1, using: &random) < density }
            let map = Case(
                width: width, height: height,
                isUnknown: { x, y in tiles[(x / block) + (y / block) * 71 % 3929] }, using: &random)
            try check(
                map, rowsPerBand: Int.random(in: 1...height + 2, using: &random),
                minimumArea: [1, 1, 2, 9].randomElement(using: &random)!,
                limit: [0, 1, 3, 5000].randomElement(using: &random)!, "trial \(trial): \(width)x\(height)")
        }
    }

    @Test(arguments: [1, 2, 3, 7, 32, 100])
    func extremePatterns(rowsPerBand: Int) throws {
        var random = SeededGenerator(seed: 3)
        let patterns: [(name: String, isUnknown: (Int, Int) -> Bool)] = [
            ("all", { _, _ in true }), ("none", { _, _ in false }),
            ("checkerboard", { x, y in (x + y) % 2 == 0 }),
            ("lattice of single pixels", { x, y in x % 2 == 0 && y % 2 == 0 }),
            ("columns", { x, _ in x % 2 == 0 }), ("rows", { _, y in y % 2 == 0 }),
            ("diagonals", { x, y in (x + y) % 3 == 0 }),
            ("comb, joined below", { x, y in x % 2 == 0 || y == 36 }),
            ("comb, joined above", { x, y in x % 2 == 0 || y == 0 }),
            ("zigzag", { x, y in y % 2 == 0 || (y % 4 == 1 ? x == 0 : x == 58) }),
            ("nested boxes", { x, y in min(min(x, 58 - x), min(y, 36 - y)) % 2 == 0 }),
            ("spiral", Self.spiral(width: 59, height: 37)),
        ]
        for pattern in patterns {
            let map = Case(width: 59, height: 37, isUnknown: pattern.isUnknown, using: &random)
            try check(map, rowsPerBand: rowsPerBand, minimumArea: 1, limit: 2000, pattern.name)
            try check(map, rowsPerBand: rowsPerBand, minimumArea: 40, limit: 4, pattern.name)
        }
    }

    /// One arm that winds inwards with a free pixel between turns: a single region whose rows meet late.
    private static func spiral(width: Int, height: Int) -> (Int, Int) -> Bool {
        var inside = [Bool](repeating: false, count: width * height)
        func isFree(_ x: Int, _ y: Int) -> Bool {
            guard 0..<width ~= x, 0..<height ~= y else { return true }
            return !inside[y * width + x]
        }
        var (x, y, dx, dy) = (0, 0, 1, 0)
        while true {
            inside[y * width + x] = true
            func isOpen() -> Bool {
                0..<width ~= x + dx && 0..<height ~= y + dy && isFree(x + dx, y + dy) && isFree(x + 2 * dx, y + 2 * dy)
            }
            if !isOpen() { (dx, dy) = (-dy, dx) }
            if !isOpen() { return { inside[$1 * width + $0] } }
            (x, y) = (x + dx, y + dy)
        }
    }

    @Test func scoresThatAreNoNumbersHaveNoMaximum() throws {
        var random = SeededGenerator(seed: 5)
        var map = Case(width: 33, height: 4, isUnknown: { _, _ in true }, using: &random)
        map.scores = map.scores.map { _ in .nan }
        try check(map, rowsPerBand: 2, minimumArea: 1, limit: 8, "all nan")
    }
}
