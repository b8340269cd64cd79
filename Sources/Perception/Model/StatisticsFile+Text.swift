internal import Foundation
internal import Inference
internal import OpenSet
internal import Yams

extension StatisticsFile {
    /// The file's text: YAML, one line of numbers per list.
    public var text: String {
        let moments = statistics.maximumLogit
        var lines = [
            "# What some scores must know about inlier frames, by predicted class in the order of model.yaml.",
            "# Made by the command below; calibrate again when the model changes.",
            "format: 1",
            "model_sha256: \(modelSHA256)",
            "precision: \(precision.rawValue)",
            "sizes: [\(sizes.joined(separator: ", "))]",
            "frames: \(frames)",
            "set: \(Self.quoted(set))",
            "command: \(Self.quoted(command))",
            "classes: \(moments.count)",
            "maximum_logit:",
            "  pixels: \(moments.map { "\($0.pixels)" }.joined(separator: " "))",
            "  mean: \(Self.list(moments.map(\.mean)))",
            "  deviation: \(Self.list(moments.map(\.deviation)))",
        ]
        if let limit = statistics.activationLimit {
            lines += [
                "# Of the activations that enter the last convolution.",
                "activation_limit: {tensor: \(Self.quoted(limit.tensor)), percentile: \(Self.short(limit.percentile)), "
                    + "limit: \(Self.short(limit.limit))}",
            ]
        }
        if let features = statistics.features {
            let neco = features.neco
            lines += [
                "# At the head's resolution: a mean for each class, then the covariance within classes, row by row up to the",
                "# diagonal. Energy-NECO's ratio and energy were measured on a sample of pixels.",
                "features:",
                "  tensor: \(Self.quoted(features.tensor))",
                "  channels: \(features.channels)",
                "  pixels: \(features.pixels.map { "\($0)" }.joined(separator: " "))",
                "  neco: {components: \(neco.components), weight: \(Self.short(neco.weight)), "
                    + "sample: \(neco.ratio.pixels), ratio_mean: \(Self.short(neco.ratio.mean)), "
                    + "ratio_deviation: \(Self.short(neco.ratio.deviation)), energy_mean: \(Self.short(neco.energy.mean)), "
                    + "energy_deviation: \(Self.short(neco.energy.deviation))}",
                "  means:",
            ]
            lines += features.classMeans.map { "  - \(Self.list($0))" }
            lines.append("  covariance:")
            for row in 0..<features.channels {
                lines.append("  - \(Self.list((0...row).map { features.covariance[row, $0] }))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func short(_ number: Double) -> String { String(format: "%.8g", number) }

    private static func list(_ numbers: [Double]) -> String { numbers.map(short).joined(separator: " ") }

    /// Parses `text`; errors say what is wrong, not where the file is.
    init(text: String) throws(ModelError) {
        let content: StatisticsContent
        do {
            content = try YAMLDecoder().decode(StatisticsContent.self, from: text)
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
            set: content.set, command: content.command, statistics: try content.statistics)
    }
}
