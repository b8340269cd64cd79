import Foundation
import Testing

/// `eval` and `export` on a set whose labels are the program's own open-set maps: whatever the network thinks, its scores
/// must then be perfect, so every number is known.
@Suite struct EvalTests {
    /// The small network with a threshold at which a part of the clip is unknown.
    private static let options = [
        "--model", Program.model, "--size", "256x128", "--threshold", "-12", "--threads", "1",
    ]

    /// A set in the layout of a drive: pictures, and labels with 19 = unknown.
    private func drive() throws -> Scratch {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.file("set"), withIntermediateDirectories: false)
        try FileManager.default.copyItem(atPath: try Clips.path("pictures"), toPath: scratch.file("set/images"))
        let made = try densehybrid(
            ["run", "set/images", "--openset", "set/labels/", "--format", "png", "--quiet"] + Self.options, in: scratch
        )
        try #require(made.code == 0, "\(made.error)")
        return scratch
    }

    private func json(_ arguments: [String], in scratch: Scratch) throws -> [String: Any] {
        let finished = try densehybrid(arguments, in: scratch)
        try #require(finished.code == 0, "\(finished.error)")
        return try #require(try JSONSerialization.jsonObject(with: finished.output) as? [String: Any])
    }

    @Test func ownDecisionsArePerfect() throws {
        let scratch = try drive()
        let report = try json(["eval", "set", "--json", "--bootstrap", "20"] + Self.options, in: scratch)
        let pixels = try #require(report["pixels"] as? [String: Int])
        #expect(try #require(pixels["anomaly"]) > 0 && #require(pixels["inlier"]) > 0 && pixels["void"] == 0)
        #expect(pixels.values.reduce(0, +) == Clips.frames * 160 * 80 && report["images"] as? Int == Clips.frames)
        for key in ["ap", "auroc", "miou", "best_f1", "tpr_at_fpr5"] {
            #expect(report[key] as? Double == 1, "\(key)")
        }
        // The other half's least outlier lends its score: near the threshold, not on it.
        #expect(try #require(report["open_miou_f1"] as? Double) > 0.95)
        #expect(report["fpr95"] as? Double == 0 && report["tie_rule"] as? String == ">=")
        #expect(report["void_rule"] as? String == "label 20-255" && report["set"] as? String == "set")
        let text = try densehybrid(["eval", "set"] + Self.options, in: scratch)
        #expect(String(decoding: text.output, as: UTF8.self).contains("void rule"))
        let confidence = try #require(report["confidence95"] as? [String: Any])
        #expect(confidence["replicates"] as? Int == 20)
        for key in ["ap", "auroc", "miou", "best_f1", "tpr_at_fpr5"] {
            #expect(confidence[key] as? [Double] == [1, 1], "\(key)")
        }
        #expect(try #require(confidence["open_miou_f1"] as? [Double])[0] > 0.9)
        let components = try json(
            ["eval", "set", "--json", "--protocol", "smiyc", "--bootstrap", "20"] + Self.options, in: scratch)
        #expect(components["components"] is [String: Any] && components["protocol"] as? String == "smiyc")
        let ends = (components["confidence95"] as? [String: Any])?["components"] as? [String: Any]
        #expect(ends?.keys.sorted() == ["mean_f1", "ppv", "siou"])
    }

    /// The labels are the hybrid score's own decisions: no other score can be better, in any draw.
    @Test func scoresAreComparedOnTheSameDraws() throws {
        let scratch = try drive()
        let names = ["densehybrid", "generative", "discriminative"]
        let options = ["eval", "set", "--bootstrap", "20", "--score", names.joined(separator: ",")] + Self.options
        let report = try json(options + ["--json"], in: scratch)
        let scores = try #require(report["scores"] as? [[String: Any]])
        #expect(scores.map { $0["score"] as? String } == names && report["reference"] as? String == names[0])
        let differences = try #require(report["differences"] as? [[String: Any]])
        #expect(differences.map { $0["score"] as? String } == Array(names.dropFirst()))
        for (row, own) in zip(differences, scores.dropFirst()) {
            let difference = try #require(row["ap"] as? Double)
            #expect(abs(difference - (try #require(own["ap"] as? Double) - 1)) < 1e-12 && difference < 0)
            let ends = try #require((row["confidence95"] as? [String: Any])?["ap"] as? [Double])
            #expect(ends.count == 2 && ends[0] <= ends[1] && ends[1] <= 0)
            // A score by itself is the same one.
            let alone = try json(
                ["eval", "set", "--json", "--bootstrap", "20", "--score", try #require(row["score"] as? String)]
                    + Self.options, in: scratch)
            #expect(alone["ap"] as? Double == own["ap"] as? Double)
            #expect(
                (alone["confidence95"] as? [String: Any])?["ap"] as? [Double]
                    == (own["confidence95"] as? [String: Any])?["ap"] as? [Double])
        }
        let text = try densehybrid(options, in: scratch)
        #expect(String(decoding: text.output, as: UTF8.self).contains("\nless densehybrid, in points of percent"))
        for wrong in ["densehybrid,", "densehybrid,densehybrid", "densehybrid,nothing"] {
            #expect(
                try densehybrid(["eval", "set", "--score", wrong] + Self.options, in: scratch).code == 2, "\(wrong)")
        }
    }

    /// Depth in centimetres beside a drive: 5 m at the left edge, 20 cm more a column.
    @Test func metricsByDistance() throws {
        let scratch = try drive()
        let made = try script(
            """
            mkdir set/depth && cd set/images && for f in *; do
                ffmpeg -nostdin -loglevel error -y -f lavfi -i color=black:size=160x80,format=gray16le \
                    -vf "geq=lum='500+20*X'" -frames:v 1 -pix_fmt gray16be ../depth/"${f%.*}".png || exit 1
            done
            """, in: scratch)
        try #require(made.code == 0, "\(made.error)")
        let report = try json(["eval", "set", "--json"] + Self.options, in: scratch)
        let bins = try #require(report["by_distance"] as? [[String: Any]])
        let pixels = bins.map { ($0["inlier"] as? Int ?? 0) + ($0["anomaly"] as? Int ?? 0) }
        #expect(pixels == [25, 25, 25, 25, 25, 25, 10, 0, 0].map { $0 * 80 * Clips.frames })
        // The labels are the score's own decisions; where they lie is the model's affair.
        let told = bins.filter { ($0["inlier"] as? Int ?? 0) > 0 && ($0["anomaly"] as? Int ?? 0) > 0 }
        #expect(!told.isEmpty && told.allSatisfy { $0["ap"] as? Double == 1 && $0["fpr95"] as? Double == 0 })
        #expect(bins[8]["ap"] is NSNull)
        let doctor = try densehybrid(["eval", "set", "--doctor"], in: scratch)
        #expect(String(decoding: doctor.output, as: UTF8.self).contains("distances   of 8 pictures"))
        // One map less is an error, not a set without distances.
        try FileManager.default.removeItem(atPath: scratch.file("set/depth/\(scratch.names("set/depth")[3])"))
        let refused = try densehybrid(["eval", "set"] + Self.options, in: scratch)
        #expect(refused.code == 1 && refused.error.contains("set/depth/"), "\(refused.error)")
        #expect(try densehybrid(["eval", "set", "--doctor"], in: scratch).code == 1)
    }

    @Test func exportedMapsEvaluateAlike() throws {
        let scratch = try drive()
        for options in [["fishyscapes"], ["smiyc", "--method", "m", "--set", "s"]] {
            let finished = try densehybrid(
                ["export", "set", "--output", "maps", "--format"] + options + Self.options, in: scratch)
            #expect(finished.code == 0, "\(finished.error)")
        }
        #expect(scratch.names("maps/anomaly_p/m/s").count == Clips.frames)
        #expect(scratch.names("maps").filter { $0.hasSuffix("_segmentation.npy") }.count == Clips.frames)
        let own = try json(["eval", "set", "--json"] + Self.options, in: scratch)
        let stored = try json(["eval", "set", "--json", "--scores", "maps"], in: scratch)
        for key in ["ap", "auroc", "fpr95", "threshold_tpr95", "tpr_at_fpr5", "miou", "open_miou", "open_miou_f1"] {
            let value = try #require(own[key] as? Double, "\(key)")
            #expect(stored[key] as? Double == value, "\(key)")
        }
        // Half floats: near scores become ties.
        let half = try json(["eval", "set", "--json", "--scores", "maps/anomaly_p/m/s"], in: scratch)
        #expect(abs(try #require(half["auroc"] as? Double) - 1) < 0.01)
        // Those have no classes, so nothing is said of them.
        #expect(half["miou"] is NSNull && half["open_miou"] is NSNull)
        // Maps of two programs are compared, too: here of the same one, rounded.
        let both = try json(
            ["eval", "set", "--json", "--scores", "maps", "--scores", "maps/anomaly_p/m/s", "--bootstrap", "20"],
            in: scratch)
        let rounded = try #require((both["differences"] as? [[String: Any]])?.first)
        let difference = try #require(half["auroc"] as? Double) - #require(stored["auroc"] as? Double)
        #expect(abs(try #require(rounded["auroc"] as? Double) - difference) < 1e-12)
        #expect((rounded["confidence95"] as? [String: Any])?["replicates"] as? Int == 20)
        try FileManager.default.removeItem(atPath: scratch.file("maps/003_segmentation.npy"))
        let part = try densehybrid(["eval", "set", "--scores", "maps"], in: scratch)
        #expect(part.code == 1 && part.error.contains("7 of 8 pictures have classes"), "\(part.error)")
    }

    /// The library is opened with the first file. Here files of its names that are no libraries come first.
    @Test func aMissingHDF5LibraryIsNamed() throws {
        let scratch = try drive()
        try FileManager.default.createDirectory(atPath: scratch.file("broken"), withIntermediateDirectories: false)
        for name in ["libhdf5_serial.so.103", "libhdf5_serial.so", "libhdf5.so"] {
            try scratch.write(Data("no library".utf8), to: "broken/\(name)")
        }
        let options = Self.options.map { "'\($0)'" }.joined(separator: " ")
        let refused = try script(
            "LD_LIBRARY_PATH=broken $DH export set --output maps --format smiyc --method m --set s \(options)",
            in: scratch)
        #expect(refused.code == 1 && refused.error.contains("libhdf5"), "\(refused.error)")
        #expect(refused.error.contains("apt-get install") && !scratch.exists("maps/anomaly_p/m/s/000.hdf5"))
        #expect(scratch.unfinished.isEmpty)
    }

    @Test func doctorNamesWhatIsWrong() throws {
        let scratch = try drive()
        let healthy = try densehybrid(["eval", "set", "--doctor"], in: scratch)
        #expect(healthy.code == 0, "\(healthy.error)")
        #expect(String(decoding: healthy.output, as: UTF8.self).contains("layout      drive"))
        let first = scratch.names("set/labels")[0]
        try FileManager.default.removeItem(atPath: scratch.file("set/labels/\(first)"))
        let ill = try densehybrid(["eval", "set", "--doctor"], in: scratch)
        #expect(ill.code == 1 && String(decoding: ill.output, as: UTF8.self).contains(first))
        let refused = try densehybrid(["eval", "set", "--scores", "maps"], in: scratch)
        #expect(refused.code == 1 && refused.error.contains(first))
    }
}
