import Foundation
import Streaming
import Testing

@testable import Perception

/// Ladders as pipeline files declare them.
@Suite struct LadderTests {
    private func file(_ text: String, in scratch: Scratch) throws -> PipelineFile {
        try PipelineFile(path: try scratch.write(text, to: "mine.yaml"))
    }

    @Test func declaredRungsBecomeSteps() throws {
        let scratch = try Scratch()
        let file = try file(
            """
            on_late: degrade
            ladder:
              - full
              - size: 192x96
              - size: 128x64
              - every: 2
              - every: 4
              - hold
            hysteresis: {down_after: 3, down_within: 20, near: 0.8, up_below: 0.5, up_after_ms: 500, up_after_max_ms: 8000}
            max_age_ms: 250

            """, in: scratch)
        let ladder = try file.ladder(for: try TestModel.settings())
        #expect(
            ladder.names == ["full", "size 192x96", "size 128x64", "every 2", "every 4", "hold", "unknown"],
            "unknown is always the last")
        let steps = ladder.configuration
        #expect(
            steps.rungs == [
                .compute(variant: 0), .compute(variant: 1), .compute(variant: 2), .every(2, variant: 2),
                .every(4, variant: 2), .hold, .unknown,
            ])
        #expect(steps.variants == 3 && steps.longestHold == 250_000_000)
        #expect(steps.hysteresis.downAfter == 3 && steps.hysteresis.downWithin == 20)
        #expect(steps.hysteresis.near == 0.8 && steps.hysteresis.upBelow == 0.5)
        #expect(steps.hysteresis.upAfter == 500_000_000 && steps.hysteresis.upAfterLongest == 8_000_000_000)
    }

    @Test func theStandardLadder() throws {
        let ladder = try PipelineFile().ladder(for: try TestModel.settings())
        #expect(ladder.names == ["full", "size 128x64", "every 2", "hold", "unknown"])
        let free = try PipelineFile().ladder(for: try TestModel.settings(size: nil))
        #expect(free.names == ["full", "size 512x256", "every 2", "hold", "unknown"])
        let smallest = NetworkSize(width: 16, height: 16)
        let least = try PipelineFile().ladder(for: try TestModel.settings(size: smallest))
        #expect(least.names == ["full", "every 2", "hold", "unknown"], "nothing is smaller")
    }

    @Test(
        arguments: [
            ("ladder: [full, {size: 128x64}, {size: 192x96}]\n", "'size 192x96' is not cheaper than 'size 128x64'"),
            ("ladder: [{size: 128x64}, hold]\n", "the first rung must be 'full'"),
            ("ladder: [full, {every: 2}, {size: 128x64}]\n", "'size 128x64' is not cheaper"),
            ("ladder: [full, {every: 4}, {every: 2}]\n", "'every 2' is not cheaper"),
            ("ladder: [full, hold, {every: 2}]\n", "'every 2' is not cheaper"),
            ("ladder: [full, full]\n", "'full' is not cheaper"),
            ("ladder: [full, {every: 1}]\n", "every takes 2 to 1000"),
            ("ladder: [full, {size: big}]\n", "size takes WIDTHxHEIGHT"),
            ("ladder: [full, {half: 2}]\n", "unknown rung 'half 2'"),
            ("ladder: [full, slow]\n", "unknown rung 'slow'"),
            ("ladder: [full, {size: 130x64}]\n", "multiples of 16"),
            ("ladder: [full, {size: 256x128}]\n", "not cheaper than the full 256x128"),
            ("ladder: [full]\nhysteresis: {near: 2}\n", "near takes"),
            ("ladder: [full]\nhysteresis: {up_below: 0.95}\n", "up_below takes"),
            ("ladder: [full]\nhysteresis: {down_within: 100}\n", "down_within takes"),
            ("ladder: [full]\nhysteresis: {down_after: 0}\n", "down_after takes"),
            ("ladder: [full]\nhysteresis: {down_afer: 2}\n", "down_afer"),
            ("ladder: [full]\nhysteresis: {up_after_ms: 0}\n", "up_after_ms"),
            ("max_age_ms: -1\n", "max_age_ms"),
        ])
    func faultyLadders(text: String, complaint: String) throws {
        let scratch = try Scratch()
        let settings = try TestModel.settings()
        let error = #expect(throws: ModelError.self) { try file(text, in: scratch).ladder(for: settings) }
        let message = error?.description ?? ""
        #expect(message.contains(complaint) && !message.contains("\n"), "\(message)")
    }

    @Test func theCheckTellsEachRung() throws {
        var settings = try TestModel.settings()
        settings.ladder = try PipelineFile().ladder(for: settings)
        let text = try ModelCheck(settings: settings).run()
        for rung in ["0 full", "1 size 128x64: arena", "2 every 2", "3 hold", "4 unknown"] {
            #expect(text.contains(rung), "\(text)")
        }
    }
}
