import Foundation
import Testing

/// `calibrate threshold`, and what runs make of its files.
@Suite struct ThresholdTests {
    private static let network = ["--model", Program.model, "--size", "256x128", "--threads", "1"]

    /// A set in the layout of a drive: pictures, and labels with 19 where the score is above -12.
    private func labelled() throws -> Scratch {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.file("set"), withIntermediateDirectories: false)
        try FileManager.default.copyItem(atPath: try Clips.path("pictures"), toPath: scratch.file("set/images"))
        let made = try densehybrid(
            ["run", "set/images", "--openset", "set/labels/", "--format", "png", "--quiet", "--threshold", "-12"]
                + Self.network, in: scratch)
        try #require(made.code == 0, "\(made.error)")
        return scratch
    }

    private func calibrate(_ arguments: [String], in scratch: Scratch) throws -> Finished {
        try densehybrid(["calibrate", "threshold"] + arguments + Self.network, in: scratch)
    }

    /// Values of a key in a file of thresholds, in order.
    private func values(_ key: String, _ name: String, in scratch: Scratch) throws -> [String] {
        try scratch.lines(name).compactMap { line in
            let parts = line.drop { $0 == " " || $0 == "-" }.split(separator: ": ", maxSplits: 1)
            return parts.first == Substring(key) ? parts.last.map(String.init) : nil
        }
    }

    @Test func labelledAnomaliesGiveWhatEvalReports() throws {
        let scratch = try labelled()
        let arguments = ["set", "--tpr", "95", "--output", "t.yaml", "--bootstrap", "50"]
        let made = try calibrate(arguments, in: scratch)
        #expect(made.code == 0, "\(made.error)")
        let eval = try densehybrid(["eval", "set", "--json"] + Self.network, in: scratch)
        let report = try #require(try JSONSerialization.jsonObject(with: eval.output) as? [String: Any])
        let value = try #require(Float(try values("value", "t.yaml", in: scratch)[0]))
        #expect((report["threshold_tpr95"] as? Double).map { Float($0) } == value && value > -12)
        #expect(try values("fpr", "t.yaml", in: scratch) == ["0.0"])
        #expect(try values("rule", "t.yaml", in: scratch) == ["TPR 95"])
        #expect(try values("sizes", "t.yaml", in: scratch) == ["[256x128]"])
        #expect(try values("seed", "t.yaml", in: scratch) == ["1"])
        #expect(
            try values("command", "t.yaml", in: scratch)[0].hasPrefix("densehybrid calibrate threshold set --tpr 95"))
        let text = String(decoding: made.output, as: UTF8.self)
        #expect(text.contains("TPR >= 95 %") && text.contains("50 draws of frames"), "\(text)")
        // The same frames give the same file.
        let first = try scratch.bytes("t.yaml")
        _ = try calibrate(arguments, in: scratch)
        #expect(try scratch.bytes("t.yaml") == first)
        // A histogram moves the value by less than a bin.
        let binned = try calibrate(["set", "--tpr", "95", "--histogram", "--output", "b.yaml"], in: scratch)
        #expect(binned.code == 0, "\(binned.error)")
        let other = try #require(Float(try values("value", "b.yaml", in: scratch)[0]))
        #expect(other <= value && value - other < 0.01)
    }

    @Test func aFileHoldsForWhatItWasMadeFor() throws {
        let scratch = try labelled()
        let made = try calibrate(["set", "--tpr", "90", "--output", "t.yaml"], in: scratch)
        try #require(made.code == 0, "\(made.error)")
        let value = try values("value", "t.yaml", in: scratch)[0]
        let clip = try Clips.path("clip.y4m")
        func run(_ arguments: [String]) throws -> Finished {
            try densehybrid(
                ["run", clip, "--quiet", "--summary", "-", "--model", Program.model, "--threads", "1"] + arguments,
                in: scratch)
        }
        let own = try run(["--size", "256x128", "--threshold-file", "t.yaml"])
        #expect(own.code == 0 && own.error.isEmpty, "\(own.error)")
        let summary = try #require(try JSONSerialization.jsonObject(with: own.output) as? [String: Any])
        #expect((summary["threshold"] as? Double).map { Float($0) } == Float(value))
        // Refused: size, score, resolution. Said: precision.
        for (arguments, word) in [
            (["--size", "512x256"], "--size 256x128"), ([], "--size 256x128"),
            (["--size", "256x128", "--score", "msp"], "'msp'"),
            (["--size", "256x128", "--score-at", "low"], "--score-at full"),
        ] {
            let refused = try run(arguments + ["--threshold-file", "t.yaml"])
            #expect(refused.code == 1 && refused.output.isEmpty)
            #expect(refused.error.contains(word) && refused.error.count { $0 == "\n" } == 1, "\(refused.error)")
        }
        let int8 = try run(["--size", "256x128", "--precision", "int8", "--threshold-file", "t.yaml"])
        #expect(int8.code == 0 && int8.error.hasPrefix("note: threshold"), "\(int8.error)")
        let both = try run(["--threshold-file", "t.yaml", "--threshold", "3"])
        #expect(both.code == 2, "\(both.error)")
        // By a pipeline file, whose threshold the command line wins over.
        try scratch.write(Data("threshold_file: t.yaml\nsize: 256x128\n".utf8), to: "p.yaml")
        func check(_ arguments: [String]) throws -> String {
            let finished = try densehybrid(
                ["check", "--model", Program.model, "--threads", "1"] + arguments, in: scratch)
            #expect(finished.code == 0, "\(finished.error)")
            return String(decoding: finished.output, as: UTF8.self)
        }
        let named = try check(["--pipeline", "p.yaml"])
        #expect(
            named.contains("threshold  \(value), ") && named.contains("t.yaml: TPR 90, fp32 at 256x128"), "\(named)")
        #expect(try check(["--pipeline", "p.yaml", "--threshold", "2"]).contains("threshold  2.0, as given"))
        #expect(try check([]).contains("Calibration/espnetv2-densehybrid/thresholds.yaml: TPR 95"))
    }

    @Test func inliersGiveEntriesInTheModelsFolder() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.file("model"), withIntermediateDirectories: false)
        for name in ["model.yaml", "thresholds.yaml"] {
            try FileManager.default.copyItem(atPath: Program.model + "/" + name, toPath: scratch.file("model/\(name)"))
        }
        try FileManager.default.createSymbolicLink(
            atPath: scratch.file("model/model.onnx"), withDestinationPath: Program.model + "/model.onnx")
        let before = try scratch.lines("model/thresholds.yaml").count
        let kept = try values("value", "model/thresholds.yaml", in: scratch).count
        let clip = try Clips.path("clip.y4m")
        let network = ["--model", "model", "--size", "256x128", "--threads", "1"]
        let made = try densehybrid(
            ["calibrate", "threshold", clip, clip, "--every", "2", "--fpr", "10", "--score", "densehybrid,generative"]
                + network, in: scratch)
        #expect(made.code == 0, "\(made.error)")
        let values = try self.values("value", "model/thresholds.yaml", in: scratch)
        // Those of the model's own size stay.
        #expect(values.count == kept + 2)
        #expect(try scratch.lines("model/thresholds.yaml").count > before)
        #expect(try self.values("frames", "model/thresholds.yaml", in: scratch).suffix(2) == ["8", "8"])
        #expect(
            try self.values("set", "model/thresholds.yaml", in: scratch).suffix(2) == [
                "clip.y4m, clip.y4m, every 2", "clip.y4m, clip.y4m, every 2",
            ])
        // The promise, in the run that uses it: all frames of the clip are much alike, so 8 stand for 8.
        let run = try densehybrid(["run", clip, "--every", "2", "--quiet", "--meta", "-"] + network, in: scratch)
        #expect(run.code == 0 && run.error.isEmpty, "\(run.error)")
        let shares = try String(decoding: run.output, as: UTF8.self).split(separator: "\n").map { line in
            try #require(
                (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["anomaly_fraction"]
                    as? Double)
        }
        let mean = shares.reduce(0, +) / Double(shares.count)
        #expect(shares.count == 4 && mean <= 0.1 && mean > 0.05, "\(shares)")
    }

    @Test func alarmsOfFrames() throws {
        let scratch = try Scratch()
        let clip = try Clips.path("clip.y4m")
        let made = try calibrate([clip, "--frame-fpr", "25", "--alarm-area", "50", "--output", "t.yaml"], in: scratch)
        #expect(made.code == 0, "\(made.error)")
        // Drives are counted in bins: where two frames fall into one, it is fewer than the 2 that are allowed.
        let allowed = try #require(try values("frames_alarmed", "t.yaml", in: scratch).first.flatMap { Int($0) })
        #expect(1...2 ~= allowed)
        #expect(try values("rule", "t.yaml", in: scratch) == ["frames 25 (region 50 px)"])
        let run = try densehybrid(
            ["run", clip, "--quiet", "--meta", "-", "--region-min-area", "50", "--threshold-file", "t.yaml"]
                + Self.network,
            in: scratch)
        let alarmed = String(decoding: run.output, as: UTF8.self).split(separator: "\n").count {
            !$0.contains("\"region_count\":0")
        }
        #expect(run.code == 0 && alarmed == allowed, "\(run.error)")
        // Eight frames cannot show it with confidence, and nothing is written.
        let refused = try calibrate(
            [clip, "--frame-fpr", "25", "--confidence", "95", "--output", "none.yaml"], in: scratch)
        #expect(refused.code == 1 && refused.error.contains("takes 11 frames"), "\(refused.error)")
        #expect(!scratch.exists("none.yaml"))
    }

    @Test func brokenOffDriveWritesNothing() throws {
        let scratch = try Scratch()
        let whole = try Data(contentsOf: URL(fileURLWithPath: try Clips.path("clip.y4m")))
        let clip = try scratch.write(whole.dropLast(1000), to: "cut.y4m")
        let made = try calibrate([clip, "--fpr", "1", "--output", "t.yaml"], in: scratch)
        #expect(made.code == 1 && made.error.contains("nothing is made of a part"), "\(made.error)")
        #expect(!scratch.exists("t.yaml"))
    }

    @Test func interruptedWritesNothing() throws {
        let scratch = try Scratch()
        let clip = try scratch.write(
            try Data(contentsOf: URL(fileURLWithPath: try Clips.path("clip.y4m"))), to: "clip.y4m")
        let finished = try script(
            """
            mkfifo pipe
            { cat '\(clip)'; sleep 60; } > pipe & writer=$!
            $DH calibrate threshold pipe --fpr 1 --output t.yaml --model '\(Program.model)' --size 256x128 --threads 1 2> err &
            program=$!
            until grep -qE '^SigCgt:\\s*[0-9a-f]*[2367abef]$' /proc/$program/status; do
                kill -0 $program 2> /dev/null || break
                sleep 0.05
            done
            sleep 0.5
            kill -INT $program
            wait $program; code=$?
            kill $writer; wait $writer
            exit $code
            """, in: scratch)
        #expect(finished.code == 1, "\(finished.error)")
        #expect(scratch.names().filter { $0.contains("yaml") }.isEmpty)
    }

    @Test func setsThatCannotBeUsed() throws {
        let scratch = try labelled()
        func labels(_ value: String) throws {
            let made = try script(
                """
                for f in set/labels/*.png; do
                    ffmpeg -nostdin -loglevel error -y -f lavfi -i color=black:size=160x80 -frames:v 1 \
                        -vf "format=gray,geq=lum=\(value)" "$f"
                done
                """, in: scratch)
            try #require(made.code == 0, "\(made.error)")
        }
        func error(_ arguments: [String]) throws -> String {
            let finished = try calibrate(arguments + ["--output", "t.yaml"], in: scratch)
            #expect(finished.code == 1 && finished.output.isEmpty && !scratch.exists("t.yaml"))
            #expect(
                finished.error.hasPrefix("error: ") && finished.error.count { $0 == "\n" } == 1, "\(finished.error)")
            return finished.error
        }
        try labels("0")
        #expect(try error(["set", "--tpr", "95"]).contains("no pixel of the 8 pictures is an anomaly"))
        try labels("255")
        #expect(try error(["set", "--tpr", "95"]).contains("(0 inlier, 102400 void)"))
        #expect(try error(["set", "--layout", "drive", "--fpr", "5"]).contains("is an inlier"))
        try FileManager.default.createDirectory(atPath: scratch.file("empty"), withIntermediateDirectories: false)
        #expect(try error(["empty", "--fpr", "5"]).contains("empty"))
        #expect(try error(["nothing-here", "--tpr", "5"]).contains("nothing-here"))
        // A file that is no list of thresholds is left alone, before any work.
        try scratch.write(Data("- {score: x}\n".utf8), to: "t2.yaml")
        let kept = try calibrate([try Clips.path("clip.y4m"), "--fpr", "5", "--output", "t2.yaml"], in: scratch)
        #expect(kept.code == 1 && kept.error.contains("t2.yaml"))
        #expect(try scratch.text("t2.yaml") == "- {score: x}\n")
    }

    @Test(
        arguments: [
            [], ["--fpr", "1", "--tpr", "95"], ["--fpr", "101"], ["--fpr", "1", "--alarm-area", "5"],
            ["--frame-fpr", "1", "--alarm-area", "5", "--alarm-share", "1"], ["--frame-fpr", "1", "--alarm-area", "0"],
            ["--fpr", "1", "--tie-rule", ">="], ["--tpr", "95", "--tie-rule", "<"],
            ["--fpr", "1", "--confidence", "100"],
            ["--fpr", "1", "--threshold", "3"], ["--fpr", "1", "--score", "densehybrid,nothing"],
            ["--fpr", "1", "--score", "msp,msp"], ["--tpr", "95", "--every", "2"], ["--fpr", "1", "--bootstrap", "0"],
        ])
    func wrongUse(arguments: [String]) throws {
        let scratch = try Scratch()
        let clip = try Clips.path("clip.y4m")
        let finished = try calibrate([clip, "--output", "t.yaml"] + arguments, in: scratch)
        #expect(finished.code == 2, "\(finished.error)")
        #expect(finished.error.hasPrefix("error: ") && finished.error.count { $0 == "\n" } == 1, "\(finished.error)")
        #expect(!scratch.exists("t.yaml"))
    }
}
