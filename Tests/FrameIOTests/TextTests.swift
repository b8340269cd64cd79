import Foundation
import TestSupport
import Testing

@testable import FrameIO

@Suite struct TextTests {
    static func text(_ body: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer()
        body(&buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    @Test func integers() {
        for value in [0, 1, -1, 9, 10, 1_234_567_890, Int64.max, .min] {
            #expect(Self.text { $0.append(decimal: value) } == String(value))
        }
        #expect(Self.text { $0.append(decimal: UInt64.max) } == String(UInt64.max))
        #expect(Self.text { $0.append(decimal: 42, minimumDigits: 6) } == "000042")
        #expect(Self.text { $0.append(microsecondsOf: 1_234_567) } == "1234.567")
        #expect(Self.text { $0.append(microsecondsOf: -5) } == "-0.005")
        #expect(Self.text { $0.append(millisecondsOf: 1_500_000) } == "1.500000")
    }

    @Test func numbers() throws {
        let cases: [(Double, String)] = [
            (0, "0"), (-0.0, "-0"), (1, "1"), (-2.5, "-2.5"), (0.1, "0.1"), (1e-6, "0.000001"), (1e-7, "1e-7"),
            (123_456_789, "123456789"), (1e9, "1e9"), (-1.5e300, "-1.5e300"), (0.999999999999, "1"),
            (999_999_999.9, "1e9"),
            (.infinity, "null"), (.nan, "null"),
        ]
        for (value, expected) in cases { #expect(Self.text { $0.append(number: value) } == expected) }
        var random = SeededGenerator(label: "numbers")
        for _ in 0..<20_000 {
            let value = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random))
            guard value.isFinite else { continue }
            let text = Self.text { $0.append(number: Double(value)) }
            #expect(Float(text) == value, "\(value) came out as \(text)")
        }
    }

    static var record: FrameRecord {
        let header = FrameHeader(
            id: 7, captureNanoseconds: 1_700_000_000_000_000_001, payload: .jpeg, width: 8, height: 8, byteCount: 1)
        var record = FrameRecord(header, status: .delivered)
        record.arrivalNanoseconds = 1_700_000_000_100_000_000
        record.stages.decode = 1_000_500
        record.stages.backbone = 42_000_000
        record.queueWaitNanoseconds = 10
        record.totalNanoseconds = 50_000_000
        record.deadlineMet = true
        record.ageNanoseconds = -4
        record.anomalyFraction = 0.25
        record.anomalyMaxScore = -1.5
        record.regionCount = 40
        return record
    }

    @Test func jsonLines() throws {
        let scratch = try Scratch()
        let writer = try FrameMetaWriter(path: scratch.file("meta.jsonl"))
        var regions = [
            RegionRecord(x: 1, y: 2, width: 3, height: 4, area: 5, maxScore: 0.5, centroidX: 1.5, centroidY: 3)
        ]
        for distance in [RegionRecord.Distance.metres(12.25), .offGround] {
            regions.append(regions[0])
            regions[regions.count - 1].distance = distance
        }
        try regions.withUnsafeBufferPointer { try writer.write(Self.record, regions: $0) }
        // Flushed with each frame: readable while the writer lives.
        #expect(try scratch.read("meta.jsonl").last == 0x0A)
        var dropped = FrameRecord(
            FrameHeader(id: 8, payload: .jpeg, width: 8, height: 8, byteCount: 1),
            status: .dropped(place: "admission", reason: "queue \"full\""))
        dropped.deadlineMet = nil
        try writer.write(dropped)
        let lines = String(decoding: try scratch.read("meta.jsonl"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2)
        let first = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
        #expect(
            Set(first.keys).isSuperset(of: [
                "frame_id", "capture_ns", "arrival_ns", "status", "stage_us", "queue_wait_us", "total_us",
                "deadline_met",
                "quality_level", "age_ms", "valid", "source_frame_id", "anomaly_fraction", "anomaly_max_score",
                "regions",
            ]))
        #expect(first["capture_ns"] as? Int == 1_700_000_000_000_000_001)
        #expect(first["stage_us"] as? [String: Double] == ["decode": 1000.5, "backbone": 42000])
        #expect(first["deadline_met"] as? Bool == true)
        #expect(first["age_ms"] as? Double == 0)
        #expect(first["valid"] as? Bool == true && first["source_frame_id"] as? Int == 7)
        #expect(first["anomaly_fraction"] as? Double == 0.25)
        let listed = try #require(first["regions"] as? [[String: Any]])
        #expect(
            listed[0] as? [String: Double] == [
                "x": 1, "y": 2, "width": 3, "height": 4, "area": 5, "max_score": 0.5, "centroid_x": 1.5,
                "centroid_y": 3,
            ])
        #expect(listed[1]["distance_m"] as? Double == 12.25 && listed[2]["distance_m"] is NSNull)
        #expect(first["region_count"] as? Int == 40)
        let second = try #require(try JSONSerialization.jsonObject(with: Data(lines[1].utf8)) as? [String: Any])
        #expect(second["status"] as? String == "dropped")
        #expect(second["valid"] as? Bool == false && second["source_frame_id"] is NSNull)
        #expect(second["at"] as? String == "admission" && second["reason"] as? String == "queue \"full\"")
        #expect(
            second["regions"] is NSNull && second["region_count"] is NSNull,
            "an empty list would say that there are none")
        #expect(second["capture_ns"] is NSNull && second["deadline_met"] is NSNull && second["age_ms"] is NSNull)
    }

    @Test func frameTimes() throws {
        let scratch = try Scratch()
        let writer = try FrameTimesWriter(path: scratch.file("times.csv"))
        try writer.write(Self.record)
        let text = String(decoding: try scratch.read("times.csv"), as: UTF8.self)
        #expect(
            text == """
                frame_id,capture_ns,arrival_ns,decode_us,normalize_us,backbone_us,heads_us,score_us,threshold_us,fuse_us,write_us,queue_wait_us,total_us,quality_level,status,age_ms,valid,source_frame_id
                7,1700000000000000001,1700000000100000000,1000.500,,42000.000,,,,,,0.010,50000.000,0,delivered,0.000000,true,7

                """)
    }

    @Test func progressBlocks() throws {
        let scratch = try Scratch()
        let writer = try ProgressWriter(scratch.file("progress"))
        writer.add("frame", 12)
        writer.add("fps", 9.5)
        try writer.flush(isLast: false)
        writer.add("frame", 13)
        try writer.flush(isLast: true)
        #expect(
            String(decoding: try scratch.read("progress"), as: UTF8.self)
                == "frame=12\nfps=9.5\nprogress=continue\nframe=13\nprogress=end\n")
    }
}
