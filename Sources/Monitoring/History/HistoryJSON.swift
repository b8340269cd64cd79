public import Foundation
internal import FrameIO
internal import Streaming

/// The history as the page reads it: `/api/history` and `/api/worst`.
public enum HistoryJSON {
    private struct History: Encodable {
        let now: Int64
        let stages: [String]
        let seconds: [Entry]
    }

    private struct Entry: Encodable {
        let second: Int64
        let delivered: Int
        let failed: Int
        let late: Int
        let dropped: [String: Int]
        let stageMs: [Double]
        let waitMs: Double
        let meanMs: Double
        let longestMs: Double
        let anomalyMean: Double?
        let anomalyMax: Double?
        let qualityLevel: Int
    }

    private struct Worst: Encodable {
        let stages: [String]
        let frames: [Frame]
    }

    private struct Frame: Encodable {
        let frameId: UInt64
        let captureNs: Int64?
        let arrivalNs: Int64
        let totalMs: Double
        let waitMs: Double
        let stageMs: [Double?]
        let deadlineMet: Bool?
        let qualityLevel: Int
        let anomalyFraction: Float?
    }

    /// Milliseconds with three digits behind the point.
    private static func milliseconds(_ nanoseconds: Double) -> Double { (nanoseconds / 1000).rounded() / 1000 }

    private static func encode(_ value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(value)) ?? Data("{}".utf8)
    }

    private static let stageNames = StageName.allCases.map(\.description)

    /// Whole seconds before `now` (of `MonotonicTime`), oldest first; those without a frame are left out.
    public static func history(_ seconds: [Second], now: Int64) -> Data {
        encode(
            History(
                now: now, stages: stageNames,
                seconds: seconds.map { second in
                    var dropped: [String: Int] = [:]
                    for reason in DropReason.allCases where second.dropped(reason) > 0 {
                        dropped["\(reason)"] = second.dropped(reason)
                    }
                    return Entry(
                        second: second.number, delivered: second.delivered, failed: second.failed, late: second.late,
                        dropped: dropped, stageMs: StageName.allCases.map { milliseconds(second.mean(of: $0)) },
                        waitMs: milliseconds(second.meanWait), meanMs: milliseconds(second.meanTotal),
                        longestMs: milliseconds(Double(second.longest)), anomalyMean: second.meanFraction,
                        anomalyMax: second.meanFraction == nil ? nil : Double(second.mostAnomalous),
                        qualityLevel: second.qualityLevel)
                }))
    }

    /// The slowest frames, slowest first.
    public static func worst(_ frames: [SlowFrame]) -> Data {
        encode(
            Worst(
                stages: stageNames,
                frames: frames.map { frame in
                    Frame(
                        frameId: frame.record.frameID, captureNs: frame.record.captureNanoseconds,
                        arrivalNs: frame.record.arrivalNanoseconds,
                        totalMs: milliseconds(Double(frame.pipeline.totalNanoseconds)),
                        waitMs: milliseconds(Double(frame.pipeline.queueWaitNanoseconds)),
                        stageMs: StageName.allCases.map { stage in
                            frame.pipeline.clock[stage].map { milliseconds(Double($0.compute)) }
                        }, deadlineMet: frame.pipeline.deadlineMet, qualityLevel: frame.record.qualityLevel,
                        anomalyFraction: frame.record.anomalyFraction)
                }))
    }
}
