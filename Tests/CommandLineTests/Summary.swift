import Foundation
import Testing

/// A run's `--summary`, whose books are checked when it is read.
struct Summary {
    let object: [String: Any]
    let framesIn: Int
    let delivered: Int
    let failed: Int
    let dropped: [String: Int]

    init(_ scratch: Scratch, name: String = "summary.json") throws {
        let json = try JSONSerialization.jsonObject(with: try scratch.bytes(name))
        object = try #require(json as? [String: Any])
        let frames = try #require(object["frames"] as? [String: Any])
        framesIn = try #require(frames["in"] as? Int)
        delivered = try #require(frames["delivered"] as? Int)
        failed = try #require(frames["failed"] as? Int)
        dropped = try #require(frames["dropped"] as? [String: Int])
        #expect(framesIn == delivered + droppedTotal + failed, "the books do not balance: \(frames)")
    }

    var droppedTotal: Int { dropped.values.reduce(0, +) }

    func number(_ name: String) throws -> Double { try #require(object[name] as? Double, "no number '\(name)'") }

    func text(_ name: String) throws -> String { try #require(object[name] as? String, "no text '\(name)'") }

    func stage(_ name: String) throws -> [String: Double] {
        let stages = try #require(object["stages"] as? [String: [String: Double]])
        return try #require(stages[name], "no stage '\(name)'")
    }
}
