internal import Foundation
internal import Inference
internal import OpenSet
internal import Yams

extension StatisticsFile {
    /// The file's text: YAML, one line of numbers per list, one number per class.
    public var text: String {
        let moments = statistics.maximumLogit
        return """
            # What some scores must know about inlier frames, by predicted class in the order of model.yaml.
            # Made by the command below; calibrate again when the model changes.
            format: 1
            model_sha256: \(modelSHA256)
            precision: \(precision.rawValue)
            sizes: [\(sizes.joined(separator: ", "))]
            frames: \(frames)
            set: \(Self.quoted(set))
            command: \(Self.quoted(command))
            classes: \(moments.count)
            maximum_logit:
              pixels: \(moments.map { "\($0.pixels)" }.joined(separator: " "))
              mean: \(moments.map { Self.short($0.mean) }.joined(separator: " "))
              deviation: \(moments.map { Self.short($0.deviation) }.joined(separator: " "))

            """
    }

    private static func short(_ number: Double) -> String { String(format: "%.6g", number) }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: " ") + "\""
    }

    /// Parses `text`; errors say what is wrong, not where the file is.
    init(text: String) throws(ModelError) {
        let content: Content
        do {
            content = try YAMLDecoder().decode(Content.self, from: text)
        } catch let error as DecodingError {
            throw ModelError(ModelBundle.summary(of: error))
        } catch {
            throw ModelError("it cannot be read (\("\(error)".prefix(120)))".replacing("\n", with: " "))
        }
        guard content.format == 1 else {
            throw ModelError("format \(content.format) is not known; this program reads format 1")
        }
        guard let precision = Precision(rawValue: content.precision) else {
            throw ModelError("precision '\(content.precision)' is not known; it is fp32 or int8")
        }
        guard 1...254 ~= content.classes else { throw ModelError("classes must be 1 to 254, not \(content.classes)") }
        self.init(
            modelSHA256: content.modelSHA256, precision: precision, sizes: content.sizes, frames: content.frames,
            set: content.set, command: content.command,
            statistics: ScoreStatistics(maximumLogit: try content.maximumLogit.moments(content.classes)))
    }
}

/// The file's shape.
private struct Content: Decodable {
    struct Entry: Decodable {
        let pixels: String
        let mean: String
        let deviation: String

        func moments(_ count: Int) throws(ModelError) -> [ScoreStatistics.Moments] {
            let pixels = pixels.split(separator: " ").compactMap { Int($0) }.filter { $0 >= 0 }
            let means = numbers(mean)
            let deviations = numbers(deviation).filter { $0 >= 0 }
            guard pixels.count == count, means.count == count, deviations.count == count else {
                throw ModelError(
                    "maximum_logit must have \(count) numbers in each of its lists, those of pixels and deviation not "
                        + "below 0")
            }
            return (0..<count).map {
                ScoreStatistics.Moments(pixels: pixels[$0], mean: means[$0], deviation: deviations[$0])
            }
        }

        private func numbers(_ text: String) -> [Double] {
            text.split(separator: " ").compactMap { Double($0) }.filter(\.isFinite)
        }
    }

    let format: Int
    let modelSHA256: String
    let precision: String
    let sizes: [String]
    let frames: Int
    let set: String
    let command: String
    let classes: Int
    let maximumLogit: Entry

    enum CodingKeys: String, CodingKey {
        case format, precision, sizes, frames, set, command, classes
        case modelSHA256 = "model_sha256"
        case maximumLogit = "maximum_logit"
    }
}
