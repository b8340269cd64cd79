import FrameIO
import Streaming
import Testing

@testable import Perception

/// What `--resume` and `merge` compare.
@Suite struct BatchSettingsTests {
    /// What may be asked for; one of it is changed by each case.
    private struct Request {
        var settings: PerceptionSettings
        var stream = StreamConfiguration(queue: .latest, budgetNanoseconds: 100_000_000, onLate: .degrade)
        var onStall: StallPolicy?
        var stallTimeout: Int64?
        var inspection = InspectionLimits()
        var outputs = OutputRequest()

        var list: [String: String] {
            BatchSettings.list(
                settings, stream, FrameSelection(), onCorrupt: .skip, onStall: onStall, stallTimeout: stallTimeout,
                inspection: inspection, outputs: outputs, others: [:])
        }
    }

    @Test func whateverResultsDependOnIsCompared() throws {
        var base = Request(settings: try TestModel.settings())
        base.settings.ladder = try .standard(for: base.settings)
        base.outputs.recording = "results.mcap"
        let rungs = try #require(base.settings.ladder?.rungs)
        var rules = LadderConfiguration.Hysteresis()
        rules.upAfter += 1_000_000
        let slow = try Ladder(rungs: rungs, hysteresis: rules)
        let short = try Ladder(rungs: rungs, longestHold: 5_000_000)
        let changes: [(key: String, change: (inout Request) -> Void)] = [
            ("warmup", { $0.stream.warmupFrames += 1 }), ("ladder_rules", { $0.settings.ladder = slow }),
            ("ladder_rules", { $0.settings.ladder = short }), ("on_stall", { $0.onStall = .hold }),
            ("stall_timeout", { $0.stallTimeout = 2_000_000_000 }), ("inspection", { $0.inspection.blackLevel = 0 }),
            ("outputs", { $0.outputs.recordingOptions.profile = .foxglove }),
            ("outputs", { $0.outputs.recordingOptions.compression = .zstd }),
        ]
        #expect(BatchSettings.difference(base.list, from: base.list) == nil)
        for (key, change) in changes {
            var other = base
            change(&other)
            let difference = BatchSettings.difference(other.list, from: base.list)
            #expect(difference?.hasPrefix("\(key) is ") == true && difference?.contains(";") == false, "\(key)")
        }
    }
}
