internal import Evaluation
internal import Foundation
public import Streaming

/// Writes a set's score maps in the layouts that benchmarks' own tools read.
public struct ScoreExport: Sendable {
    /// Where files go, and in which format.
    public enum Format: Sendable, Equatable {
        /// SegmentMeIfYouCan: `anomaly_p/METHOD/SET/NAME.hdf5`, dataset `value`, float16, gzip 9.
        case segmentMe(method: String, set: String)
        /// Fishyscapes: `NAME_anomaly.npy` (float32) and `NAME_segmentation.npy` (uint8).
        case fishyscapes
    }

    /// A picture to score.
    public struct Picture: Sendable {
        let name: String
        let path: String

        /// `name` is the file's name in the export; it may have folders.
        public init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    private let pictures: [Picture]
    private let format: Format
    private let folder: String

    /// An export of `pictures` into `folder`. Two pictures of one name are an error.
    public init(pictures: [Picture], format: Format, folder: String) throws(ModelError) {
        var names = Set<String>()
        for picture in pictures where !names.insert(picture.name).inserted {
            throw ModelError("two pictures are called \(picture.name): export their folders one by one")
        }
        self.pictures = pictures
        self.format = format
        self.folder = folder
    }

    /// Scores and writes all pictures. Blocks. Ends at the first that fails; what was written stays.
    public func run(
        _ settings: PerceptionSettings, control: PipelineControl, messages: MessageSink, progress: RunProgress
    ) throws(ModelError) {
        let run = ScoredPictures(settings: settings, paths: pictures.map(\.path))
        let export = self
        try run.run(control: control, messages: messages, progress: progress) { picture in
            let base = export.base(export.pictures[picture.index].name)
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: base).deletingLastPathComponent(), withIntermediateDirectories: true)
            switch export.format {
            case .segmentMe: try HDF5Map.write(picture.scores, width: picture.width, to: base + ".hdf5")
            case .fishyscapes:
                try NpyMap.write(picture.scores, width: picture.width, to: base + "_anomaly.npy")
                try NpyMap.write(picture.classes, width: picture.width, to: base + "_segmentation.npy")
            }
        }
    }

    private func base(_ name: String) -> String {
        switch format {
        case .segmentMe(let method, let set): "\(folder)/anomaly_p/\(method)/\(set)/\(name)"
        case .fishyscapes: "\(folder)/\(name)"
        }
    }
}
