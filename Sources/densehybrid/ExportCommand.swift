internal import ArgumentParser
internal import Evaluation
internal import Foundation
internal import Perception
internal import Streaming

/// `densehybrid export`.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Score maps of a set in the layouts that benchmarks' tools read.",
        discussion: """
            For SegmentMeIfYouCan (smiyc): OUTPUT/anomaly_p/METHOD/SET/X.hdf5, dataset 'value', float16, gzip 9. For \
            Fishyscapes: OUTPUT/X_anomaly.npy (float32) and OUTPUT/X_segmentation.npy (uint8, the known classes). Higher \
            scores are more anomalous. Labels are not read: name test sets, whose labels are hidden, with --images.

            EXAMPLES
              densehybrid export --images AnomalyTrack/images --format smiyc --set AnomalyTrack-all --output outputs
              densehybrid export fs_static --format fishyscapes --output maps
            """)

    @Argument(help: "Folder in a layout that is recognised (densehybrid eval --layout help).")
    var dataset: String?

    @Option(help: "Folder of pictures, in place of DATASET.")
    var images: String?

    @Option(help: "smiyc or fishyscapes.")
    var format: String

    @Option(help: "Folder to write to; made if it is missing.")
    var output: String

    @Option(help: "Name of the method in smiyc's folders.")
    var method = "densehybrid"

    @Option(help: "Name of the set in smiyc's folders: AnomalyTrack-all, ObstacleTrack-all, LostAndFound-test ...")
    var set: String?

    @OptionGroup(title: "Model") var model: ModelOptions

    func run() throws {
        let pictures = try pictures()
        let layout: ScoreExport.Format
        switch format {
        case "smiyc":
            let name = set ?? URL(fileURLWithPath: dataset ?? images ?? "").lastPathComponent
            for part in [method, name] where part.contains("/") || part.hasPrefix(".") || part.isEmpty {
                throw ValidationError("'\(part)' is no name of a folder: see --method and --set")
            }
            layout = .segmentMe(method: method, set: name)
        case "fishyscapes": layout = .fishyscapes
        default: throw ValidationError("--format takes smiyc or fishyscapes, not '\(format)'")
        }
        let export = try ScoreExport(pictures: pictures, format: layout, folder: output)
        let settings = try model.settings(needsThreshold: false)
        try PictureRun.run { control, messages in
            try export.run(settings, control: control, messages: messages, progress: RunProgress())
        }
        Console.error("densehybrid: wrote the maps of \(pictures.count) pictures to \(output)")
    }

    private func pictures() throws -> [ScoreExport.Picture] {
        switch (dataset, images) {
        case (let dataset?, nil):
            return try DatasetReader(folder: dataset).pairs.map { pair in
                // Pictures of different towns may have one name.
                let isTown = pair.fold.isEmpty || pair.fold.contains(" ") ? "" : pair.fold + "/"
                return ScoreExport.Picture(name: isTown + pair.name, path: pair.imagePath)
            }
        case (nil, let images?):
            return try DatasetSurvey.pictures(below: images).map { name, path in
                ScoreExport.Picture(name: name, path: path)
            }
        default: throw ValidationError("name a DATASET or --images, one of them")
        }
    }
}
