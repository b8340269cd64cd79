import Foundation
import Testing

@testable import Perception

/// Manifests and summaries that were damaged: refused in one line, whatever they say.
@Suite struct RunRecordTests {
    /// A manifest of ten frames with other keys in place of its own.
    private func manifest(_ other: [String: Any], in scratch: Scratch, name: String = "manifest.json") throws -> String
    {
        var object: [String: Any] = [
            "segment": name, "digest": "00", "deadline_misses": 0, "model": "m", "model_digest": "01",
            "precision": "fp32", "size": "64x32", "isa": "scalar", "threads": 1, "score": "densehybrid",
            "threshold": -3.0, "histogram_layout": "hdr3-ns", "histograms": [String: Any](),
            "frames": ["in": 10, "delivered": 9, "failed": 0, "dropped": ["queue:full": 1]] as [String: Any],
            "batch": ["position": 0, "of": 1],
        ]
        object.merge(other) { $1 }
        return try scratch.write(try JSONSerialization.data(withJSONObject: object), to: name)
    }

    @Test(arguments: [
        #"{"batch": {"position": 0, "of": -1}}"#, #"{"batch": {"position": 0, "of": 0}}"#,
        #"{"batch": {"position": 0, "of": 9223372036854775807}}"#, #"{"batch": {"position": 2, "of": 2}}"#,
        #"{"batch": {"position": -1, "of": 2}}"#, #"{"deadline_misses": 9223372036854775807}"#,
        #"{"frames": {"in": 9223372036854775807, "delivered": 9223372036854775807, "failed": 1, "dropped": {}}}"#,
        #"{"frames": {"in": 0, "delivered": 0, "failed": 0, "dropped": {"a": -1, "b": 1}}}"#,
        #"{"frames": {"in": 1, "delivered": 2, "failed": -1, "dropped": {}}}"#,
        #"{"frames": {"in": 1, "delivered": 1, "failed": 0, "dropped": {}, "failures": {"a": 9223372036854775807}}}"#,
        #"{"damaged_stretches": 9223372036854775807}"#,
        #"{"quality": [{"rung": "full", "delivered": 9223372036854775807, "computed": 0}]}"#,
    ])
    func countsThatAreNone(json: String) throws {
        let scratch = try Scratch()
        let other = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let path = try manifest(other, in: scratch)
        let error = #expect(throws: ModelError.self) { try MergeInputs([path]) }
        #expect(error?.description == "\(path): its counts are no counts; make it again")
    }

    @Test func booksMustBalance() throws {
        let scratch = try Scratch()
        let frames: [String: Any] = ["in": 10, "delivered": 10, "failed": 0, "dropped": ["queue:full": 1]]
        let path = try manifest(["frames": frames], in: scratch)
        let error = #expect(throws: ModelError.self) { try RunRecord(path: path) }
        #expect(error?.description.contains("do not balance") == true)
        #expect(try RunRecord(path: try manifest([:], in: scratch)).counts == (9, 1, 0))
    }

    /// As of a single run: a gate wins over loss.
    @Test(arguments: [(0, 0, Int32(0)), (3, 1, 3), (4, 0, 4), (4, 1, 4)])
    func exitCodes(code: Int, damage: Int, expected: Int32) throws {
        let scratch = try Scratch()
        let paths = [
            try manifest(["exit_code": 0, "batch": ["position": 0, "of": 2]], in: scratch, name: "a"),
            try manifest(
                ["exit_code": code, "damaged_stretches": damage, "batch": ["position": 1, "of": 2]], in: scratch,
                name: "b"),
        ]
        #expect(try MergeReport(try MergeInputs(paths)).exitCode == expected)
    }
}
