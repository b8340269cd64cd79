import FrameIO
import Streaming
import Testing

@testable import Monitoring

/// Judgements on a manual clock, in milliseconds.
@Suite struct HealthModelTests {
    /// A run that a test makes up.
    private struct Run {
        var model = HealthModel()
        var limits = HealthLimits()
        var stall: StallWatch?
        var work = PipelineWork(readingSince: 0)

        mutating func arrive(_ findings: FrameFindings = [], at time: Int64) {
            model.arrived(findings, at: time * 1_000_000)
            work.readingSince = time * 1_000_000
        }

        mutating func deliver(after latency: Int64, findings: FrameFindings = [], at time: Int64) {
            model.ended(
                .delivered, total: latency * 1_000_000, age: nil, findings: findings, at: time * 1_000_000,
                limits: limits)
            stall?.delivered(at: time * 1_000_000)
        }

        func report(at time: Int64) -> HealthReport {
            let now = time * 1_000_000
            let report = model.judge(at: now, limits: limits, work: work, stall: stall)
            let glance = model.glance(at: now, limits: limits, work: work, stall: stall)
            #expect(
                glance == HealthGlance(state: report.state, isWorking: report.isWorking, level: report.level),
                "a glance sees what a report says")
            return report
        }

        func part(_ index: Int, at time: Int64) -> HealthStatus { report(at: time).parts[index] }
    }

    private static func job(_ stage: StageName, since time: Int64, frame: UInt64 = 0) -> PipelineWork.Job {
        PipelineWork.Job(stage: stage, frame: frame, since: time * 1_000_000)
    }

    @Test func beforeTheFirstImageEverythingWaits() {
        let report = Run().report(at: 5000)
        #expect(report.state == .waitingImage && report.level == .ok && report.isWorking)
        #expect(report.parts.map(\.name) == ["densehybrid: input", "densehybrid: processing", "densehybrid: output"])
        #expect(report.parts[0]["image_age_ms"] == "waiting")
        #expect(report.parts[1]["processing_time_ms"] == "waiting")
        #expect(report.parts[1]["is_processing_time_ms_in_expected_range"] == "waiting")
        #expect(report.parts[1]["consecutive_processing_delay_ms"] == "waiting")
        #expect(report.parts[2]["output_latency_ms"] == "waiting")
        #expect(report.parts[2]["time_since_last_publish_ms"] == "waiting")
    }

    @Test func imagesThatComeAreActiveUntilTheirAge() {
        var run = Run()
        run.arrive(at: 1000)
        #expect(run.report(at: 1300).state == .active)
        #expect(run.part(0, at: 1300)["image_age_ms"] == "300.0")
        #expect(run.report(at: 1301).state == .stale)
        #expect(run.part(0, at: 1301).level == .stale)
        run.arrive(at: 1400)
        #expect(run.report(at: 1401).state == .active, "a stream that goes on is well again")
        #expect(run.part(0, at: 1401).level == .ok)
    }

    @Test func agesAreNeverNegative() {
        var run = Run()
        run.arrive(at: 1000)
        run.deliver(after: 10, at: 1010)
        let early = run.report(at: 900)
        #expect(early.parts[0]["image_age_ms"] == "0.0" && early.state == .active)
        #expect(early.parts[2]["time_since_last_publish_ms"] == "0.0")
    }

    @Test func aSourceThatWaitsForRoomIsNotStale() {
        var run = Run()
        run.arrive(at: 1000)
        run.work.readingSince = nil
        #expect(run.report(at: 9000).state == .active)
    }

    @Test func aReplayThatStartsOverIsNoStall() {
        var run = Run()
        run.limits.stallTimeout = 500_000_000
        run.stall = StallWatch(timeout: 500_000_000, start: 0)
        var inspector = FrameInspector()
        // Three passes over ten frames whose capture times begin anew each time.
        for frame in 0..<30 {
            var header = FrameHeader(
                id: UInt64(frame), captureNanoseconds: Int64(frame % 10) * 100_000_000, payload: .raw(.gray8), width: 1,
                height: 1, byteCount: 1)
            header.epoch = UInt32(frame / 10)
            let time = Int64(frame) * 100
            run.arrive(withUnsafeBytes(of: frame) { inspector.inspect(header, $0) }, at: time)
            run.deliver(after: 20, at: time + 20)
            #expect(run.stall?.tick(at: (time + 50) * 1_000_000) == nil)
            let report = run.report(at: time + 50)
            #expect(report.level == .ok && report.state == .active, "\(frame): \(report.judgement)")
        }
    }

    @Test func imagesThatCannotBeTakenAreRejected() {
        var run = Run()
        run.arrive(at: 1000)
        run.model.rejected(at: 1_100_000_000)
        #expect(run.report(at: 1150).state == .rejected)
        #expect(run.part(0, at: 1150).level == .warn)
        for time in stride(from: Int64(1200), through: 2200, by: 100) { run.model.rejected(at: time * 1_000_000) }
        #expect(run.part(0, at: 2201).level == .error, "nothing usable for a second")
        run.arrive(at: 2300)
        #expect(run.report(at: 2310).state == .active)
        #expect(run.part(0, at: 2310).level == .warn, "a fault is told for a second")
        run.arrive(at: 3250)
        #expect(run.part(0, at: 3250).level == .ok)
        #expect(run.part(0, at: 3250)["corrupt_frames"] == "12")
    }

    @Test func aFrameThatDecodingRefusesIsRejected() {
        var run = Run()
        run.arrive(at: 1000)
        run.model.ended(
            .failed(place: "decode", reason: "corrupt"), total: 0, age: nil, findings: .corrupt, at: 1_010_000_000,
            limits: run.limits)
        #expect(run.report(at: 1020).state == .rejected)
        #expect(run.part(1, at: 1020)["frames_lost"] == "1")
    }

    @Test(arguments: [
        (FrameFindings.frozen, HealthLevel.error, "frozen"), (.duplicateID, .warn, "numbers repeat"),
        (.duplicateTime, .warn, "stand still"), (.backwards, .warn, "run backwards"), (.gap, .warn, "missing"),
    ])
    func whatIsWrongWithImagesIsTold(finding: FrameFindings, level: HealthLevel, text: String) {
        var run = Run()
        run.arrive(at: 1000)
        run.arrive(finding, at: 1100)
        #expect(run.part(0, at: 1110).level == level)
        #expect(run.part(0, at: 1110).message.contains(text))
        for time in stride(from: Int64(1200), through: 2200, by: 100) { run.arrive(at: time) }
        #expect(run.part(0, at: 2200).level == .ok)
    }

    @Test func blackAndBlankPicturesAreTold() {
        var run = Run()
        run.arrive(at: 1000)
        run.deliver(after: 20, findings: .black, at: 1020)
        #expect(run.part(0, at: 1030).message == "the picture is black")
        run.arrive(at: 1100)
        run.deliver(after: 20, findings: .blank, at: 1120)
        #expect(run.part(0, at: 1130).message == "the picture is blank")
        #expect(run.part(0, at: 1130)["black_frames"] == "1")
        run.arrive(at: 1200)
        run.deliver(after: 20, at: 1220)
        #expect(run.part(0, at: 1230).level == .ok)
    }

    @Test func lateProcessingIsAWarningThenAnError() {
        var run = Run()
        run.arrive(at: 0)
        run.deliver(after: 200, at: 200)
        #expect(run.part(1, at: 210).level == .ok)
        #expect(run.part(1, at: 210)["consecutive_processing_delay_ms"] == "0.0")
        run.arrive(at: 200)
        run.deliver(after: 201, at: 401)
        #expect(run.part(1, at: 410).level == .warn)
        #expect(run.part(1, at: 410)["is_processing_time_ms_in_expected_range"] == "false")
        #expect(run.part(1, at: 410)["consecutive_processing_delay_ms"] == "201.0")
        run.deliver(after: 500, at: 1200)
        #expect(run.part(1, at: 1210).level == .warn)
        run.deliver(after: 500, at: 1201)
        #expect(run.part(1, at: 1210).level == .error)
        #expect(run.part(1, at: 1210)["is_consecutive_processing_delay_in_range"] == "false")
        run.deliver(after: 100, at: 1500)
        #expect(run.part(1, at: 1510).level == .ok)
    }

    @Test func aRunThatBeginsLateCountsFromItsFirstFrame() {
        var run = Run()
        run.arrive(at: 1000)
        run.deliver(after: 900, at: 1900)
        #expect(run.part(1, at: 1900).level == .warn)
        run.deliver(after: 900, at: 2001)
        #expect(run.part(1, at: 2001).level == .error)
    }

    @Test func aStageThatHangsIsNamed() {
        var run = Run()
        run.arrive(at: 1000)
        run.deliver(after: 20, at: 1020)
        run.work.longest = Self.job(.backbone, since: 1100, frame: 7)
        #expect(run.part(1, at: 1300).level == .ok)
        #expect(run.part(1, at: 1301).level == .warn)
        #expect(run.report(at: 2100).isWorking)
        let hung = run.report(at: 2101)
        #expect(!hung.isWorking)
        #expect(hung.parts[1].level == .error)
        #expect(hung.parts[1].message.contains("stage backbone has been at work on frame 7 for 1001.0 ms"))
        #expect(hung.parts[1]["stage_at_work"] == "backbone")
        #expect(hung.judgement.messages.contains { $0.hasPrefix("processing: ") && $0.contains("backbone") })
    }

    @Test func theFirstFrameMayHangToo() {
        var run = Run()
        run.arrive(at: 1000)
        run.work.longest = Self.job(.decode, since: 1000)
        #expect(run.part(1, at: 2001).level == .error)
        #expect(run.part(1, at: 2001)["consecutive_processing_delay_ms"] == "1001.0")
        #expect(run.part(1, at: 2001)["processing_time_ms"] == "waiting")
    }

    @Test func imagesWithoutMapsAreAnError() {
        var run = Run()
        run.arrive(at: 1000)
        run.deliver(after: 20, at: 1020)
        for time in stride(from: Int64(1100), through: 2100, by: 100) { run.arrive(at: time) }
        #expect(run.part(2, at: 2020).level == .ok)
        #expect(run.part(2, at: 2021).level == .error)
        #expect(run.part(2, at: 2021)["time_since_last_publish_ms"] == "1001.0")
        #expect(run.part(2, at: 5000).level == .ok, "without images the input is what is wrong")
    }

    @Test func aStallIsStale() {
        var run = Run()
        run.stall = StallWatch(timeout: 2_000_000_000, start: 0)
        #expect(run.stall?.tick(at: 2_000_000_000) == .began)
        let report = run.report(at: 2000)
        #expect(report.level == .stale)
        #expect(report.parts[0].level == .stale && report.parts[2].level == .stale)
        run.arrive(at: 2100)
        run.deliver(after: 10, at: 2110)
        #expect(run.report(at: 2120).level == .ok)
        #expect(run.part(2, at: 2120)["stalls"] == "1")
    }

    @Test func eachTimeoutBringsOneEvent() {
        var watch = StallWatch(timeout: 100, start: 1000)
        #expect(watch.tick(at: 1099) == nil)
        #expect(watch.tick(at: 1100) == .began)
        #expect(watch.tick(at: 1150) == nil)
        #expect(watch.tick(at: 1200) == .goesOn)
        // A timer that was held up does not make up for it.
        #expect(watch.tick(at: 1950) == .goesOn)
        #expect(watch.tick(at: 2000) == nil)
        #expect(watch.silence(at: 2000) == 1000)
        watch.delivered(at: 2010)
        #expect(!watch.isStalled && watch.tick(at: 2109) == nil)
        #expect(watch.tick(at: 2110) == .began)
        #expect(watch.count == 2)
    }
}
