import Benchmarking
import Foundation
import Kernels
import OpenSet
import Perception
import Testing

/// The bundled model at a size that runs in a moment.
enum SmallModel {
    static let directory: String =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Calibration/espnetv2-densehybrid").path

    static func settings(threads: Int = 1) throws -> PerceptionSettings {
        PerceptionSettings(
            network: try ImportedNetwork(try ModelBundle(directory: directory)), kernels: try KernelTable(),
            pool: WorkerPool(threads: threads), score: try OutlierScore(argument: "densehybrid"),
            threshold: try Threshold(-3), size: NetworkSize(width: 128, height: 64))
    }
}

/// A report as programs read it.
func parsed(_ report: some BenchmarkReport) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(try report.json().utf8))
    return try #require(object as? [String: Any])
}

/// Whether two numbers are the same but for rounding.
func same(_ left: Double, _ right: Double) -> Bool { abs(left - right) <= 1e-9 * max(abs(left), abs(right)) }

/// Percentiles in their order.
func expectOrdered(_ times: SampleStatistics, _ name: String) {
    #expect(times.minMs > 0 && times.minMs <= times.medianMs, "\(name)")
    #expect(times.medianMs <= times.p95Ms && times.p95Ms <= times.p99Ms, "\(name)")
}
