import Foundation
import Perception
import Testing

@testable import Benchmarking

/// What a plan says follows from its numbers. No time is tested.
@Suite struct BudgetPlanTests {
    private func candidate(
        _ size: String, _ precision: String = "fp32", threads: Int = 2, p50: Double, p99: Double, budget: Double = 50
    ) -> BudgetPlan.Candidate {
        // Two long frames in a hundred: nearest rank gives p50 and p99 as asked for.
        let times = [Int64(p99 * 1e6), Int64(p99 * 1e6)] + [Int64](repeating: Int64(p50 * 1e6), count: 98)
        return BudgetPlan.Candidate(
            size: size, precision: precision, threads: threads, frame: SampleStatistics(nanoseconds: times), maxMs: p99,
            otherLoad: 0, fits: p99 <= budget)
    }

    @Test func theLargestThatFitsIsBest() {
        let all = [
            candidate("1024x512", p50: 48, p99: 55), candidate("1024x512", "int8", p50: 39, p99: 41),
            candidate("768x384", p50: 30, p99: 33), candidate("2048x1024", "int8", p50: 150, p99: 160),
        ]
        #expect(BudgetPlan.best(all)?.size == "1024x512" && BudgetPlan.best(all)?.precision == "int8")
        // Of equal sizes fp32, as int8 is an approximation; then the fewer threads.
        let equal = [
            candidate("768x384", "int8", p50: 20, p99: 21), candidate("768x384", threads: 4, p50: 20, p99: 21),
            candidate("768x384", threads: 2, p50: 30, p99: 31),
        ]
        #expect(BudgetPlan.best(equal)?.precision == "fp32" && BudgetPlan.best(equal)?.threads == 2)
        #expect(BudgetPlan.best([candidate("768x384", p50: 49, p99: 51)]) == nil)
    }

    @Test func theLadderGoesDownInClearSteps() {
        let best = candidate("1024x512", p50: 40, p99: 45)
        let all = [
            candidate("512x256", p50: 11, p99: 14), best, candidate("768x384", p50: 25, p99: 28),
            candidate("1536x768", p50: 90, p99: 99), candidate("896x448", p50: 38, p99: 44),
            candidate("768x384", "int8", p50: 20, p99: 22),
        ]
        #expect(PlannedPipeline.rungs(below: best, among: all).map(\.size) == ["768x384", "512x256"])
        let yaml = PlannedPipeline(50, best: best, among: all).yaml
        #expect(yaml.contains("budget_ms: 50\n") && yaml.contains("  - full\n  - size: 768x384"))
    }

    @Test func theFileIsOneThatRunsTake() throws {
        let best = candidate("1024x512", "int8", p50: 40, p99: 45)
        let path = NSTemporaryDirectory() + "/plan-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let yaml = PlannedPipeline(
            33.5, best: best, among: [candidate("512x256", "int8", p50: 11, p99: 14)],
            choices: [("model", "'/a: b'"), ("score", "'energy'"), ("cpu_affinity", "'0'"), ("realtime", "50")]
        ).yaml
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: path))
        let file = try PipelineFile(path: path)
        #expect(file.precision == "int8" && file.size == "1024x512" && file.budgetMilliseconds == 33.5)
        #expect(file.model == "/a: b" && file.score == "energy" && file.affinity == "0" && file.realtime == 50)
        #expect(file.threads == 2 && file.queue == "latest" && file.onLate == "degrade")
    }

    @Test func othersAreToldFromOwnWork() throws {
        func load(_ line: String, own: Double, wall: Int64) throws -> MachineLoad {
            try #require(MachineLoad(statistics: line + "\ncpu0 1 2 3", ownSeconds: own, wall: wall))
        }
        // Two processors for a second: 1.5 s of work, half of it ours; waiting for a disk is none.
        let before = try load("cpu  1000 0 500 9000 100 0 0 0 0 0", own: 1, wall: 0)
        let after = try load("cpu  1100 0 550 9050 900 0 0 0 0 0", own: 1.75, wall: 1_000_000_000)
        #expect(abs(after.others(since: before, processors: 2) - 0.375) < 1e-9)
        #expect(after.others(since: after, processors: 2) == 0)
        #expect(MachineLoad(statistics: "intr 5", ownSeconds: 0, wall: 0) == nil)
    }

    @Test func aPlanOfASmallModel() throws {
        var plan = BudgetPlan(budgetMilliseconds: 1e6, frames: 2, warmUp: 1)
        let settings = try SmallModel.settings()
        let frames = StoredFrames(syntheticWidth: 64, height: 32)
        var lines: [String] = []
        let report = try plan.run([settings], input: frames) { lines.append($0) }
        #expect(report.candidates.map(\.size) == ["128x64"] && lines == ["128x64 fp32, 1 threads"])
        #expect(report.best?.size == "128x64" && report.text.contains("take --frames 100 or more"))
        let object = try parsed(report)
        #expect((object["candidates"] as? [[String: Any]])?.first?["fits"] as? Bool == true)
        plan.budgetMilliseconds = 1e-6
        let none = try plan.run([settings], input: frames) { _ in }
        #expect(none.best == nil && none.pipelineFile == nil && none.text.contains("nothing fits"))
    }
}
