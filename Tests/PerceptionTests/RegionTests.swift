import Foundation
import FrameIO
import OpenSet
import Streaming
import Testing

@testable import Perception

/// Regions of the JSON lines against the maps of the same run.
@Suite struct RegionTests {
    private static let width = 64
    private static let height = 32

    private struct Line: Decodable {
        struct Region: Decodable, Equatable {
            let x, y, width, height, area: Int
            let max_score: Float?
            let distance_m: Double?
        }
        let anomaly_fraction: Double
        let region_count: Int
        let regions: [Region]
    }

    /// Boxes, areas and best scores of the groups of label `unknown`, by flood fill.
    private func groups(_ labels: Data, _ scores: [Float], unknown: UInt8) -> [[Double]] {
        let labels = [UInt8](labels)
        var seen = [Bool](repeating: false, count: labels.count)
        var groups: [[Double]] = []
        for seed in labels.indices where labels[seed] == unknown && !seen[seed] {
            var pending = [seed], pixels: [Int] = []
            seen[seed] = true
            while let place = pending.popLast() {
                pixels.append(place)
                for dy in -1...1 {
                    for dx in -1...1 {
                        let (x, y) = (place % Self.width + dx, place / Self.width + dy)
                        guard 0..<Self.width ~= x, 0..<Self.height ~= y else { continue }
                        let next = y * Self.width + x
                        guard labels[next] == unknown, !seen[next] else { continue }
                        seen[next] = true
                        pending.append(next)
                    }
                }
            }
            let columns = pixels.map { $0 % Self.width }, rows = pixels.map { $0 / Self.width }
            groups.append([
                Double(columns.min()!), Double(rows.min()!), Double(columns.max()! - columns.min()! + 1),
                Double(rows.max()! - rows.min()! + 1), Double(pixels.count), Double(pixels.map { scores[$0] }.max()!),
            ])
        }
        return groups
    }

    private func floats(_ data: Data) -> [Float] {
        [UInt8](data).withUnsafeBytes { raw in
            (0..<raw.count / 4).map { index in raw.loadUnaligned(fromByteOffset: index * 4, as: Float.self) }
        }
    }

    /// The scores of the frames.
    private func scores(_ scratch: Scratch, _ settings: PerceptionSettings) throws -> [Float] {
        var outputs = OutputRequest()
        outputs.scoreMap = scratch.file("first.raw")
        _ = try perceive(try noise(frames: 3, in: scratch), settings, outputs: outputs)
        return try floats(scratch.bytes("first.raw"))
    }

    @Test(arguments: [1, 3]) func linesTellTheRegionsOfTheMaps(threads: Int) throws {
        let scratch = try Scratch()
        var settings = try TestModel.settings(threads: threads)
        // A third of the noise is unknown.
        let scores = try scores(scratch, settings).sorted()
        settings.threshold = try Threshold(scores[scores.count * 2 / 3])
        settings.regions.minimumArea = 3
        settings.regions.limit = 5
        settings.camera = try GroundCamera(
            fx: 64, fy: 64, cx: 31.5, cy: 15.5, width: 64, height: 32, metres: 1.5, pitchDegrees: 0)
        var outputs = OutputRequest()
        outputs.openSet = scratch.file("maps.raw")
        outputs.scoreMap = scratch.file("scores.raw")
        outputs.format = .raw
        outputs.meta = scratch.file("meta.jsonl")
        let result = try perceive(try noise(frames: 3, in: scratch), settings, outputs: outputs)
        #expect(result.summary.ledger.delivered == 3)
        let pixels = Self.width * Self.height
        let maps = try scratch.bytes("maps.raw"), scoreMaps = try floats(scratch.bytes("scores.raw"))
        let unknown = UInt8(settings.network.bundle.description.classes.count)
        var listed = 0
        for (frame, text) in try scratch.lines("meta.jsonl").enumerated() {
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            let map = maps[frame * pixels..<(frame + 1) * pixels]
            let values = Array(scoreMaps[frame * pixels..<(frame + 1) * pixels])
            let all = groups(map, values, unknown: unknown).filter { $0[4] >= 3 }
            #expect(line.region_count == all.count)
            #expect(line.regions.count == min(5, all.count))
            let areas: [Int] = all.map { group in Int(group[4]) }.sorted(by: >)
            #expect(line.regions.map(\.area) == Array(areas.prefix(5)))
            for region in line.regions {
                let score = Double(try #require(region.max_score))
                let key = [region.x, region.y, region.width, region.height, region.area].map { Double($0) }
                let found = all.contains { group in Array(group.prefix(5)) == key && abs(group[5] - score) < 1e-5 }
                #expect(found, "frame \(frame): \(region)")
                // The foot is below the horizon by more than a pixel, or there is no distance.
                let foot = Double(region.y + region.height) - 0.5
                #expect((region.distance_m != nil) == (foot - 1 > 15.5))
                listed += 1
            }
        }
        #expect(listed > 0, "noise without regions shows nothing: has the model changed?")
    }
}
