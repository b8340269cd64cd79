internal import Foundation
internal import Yams

/// `thresholds.yaml`: a list of calibrated thresholds, of one model or of several.
public struct ThresholdsFile: Sendable {
    /// The file's name in a model's folder.
    public static let name = "thresholds.yaml"

    /// Where it lies.
    public let path: String
    /// Its entries, in the file's order.
    public let entries: [CalibratedThreshold]

    /// Reads a file. Errors name it.
    public init(path: String) throws(ModelError) {
        self.path = path
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ModelError(
                "cannot read \(path): thresholds are made with 'densehybrid calibrate threshold --output \(path)'")
        }
        entries = try Self.entries(text, path)
    }

    private static func entries(_ text: String, _ path: String) throws(ModelError) -> [CalibratedThreshold] {
        do {
            // A file of comments alone holds none.
            guard try Yams.compose(yaml: text) != nil else { return [] }
            return try YAMLDecoder().decode([CalibratedThreshold].self, from: text)
        } catch let error as DecodingError {
            throw ModelError("\(path): \(ModelBundle.summary(of: error))")
        } catch {
            throw ModelError("\(path): \(error)".replacing("\n", with: " "))
        }
    }

    /// Puts `new` entries into the file at `path`, which is made if it is missing: each takes the place of one for the same
    /// model, score, resolution, size and precision. All other entries stay as they are, keys that are not read here among
    /// them (comments do not). Written aside and renamed. Blocks.
    public static func update(_ path: String, with new: [CalibratedThreshold]) throws(ModelError) {
        var nodes: [Node] = []
        if FileManager.default.fileExists(atPath: path) {
            let old = try ThresholdsFile(path: path)
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let all = (try? Yams.compose(yaml: text))?.sequence.map { Array($0) } ?? []
            guard all.count == old.entries.count else {
                throw ModelError("\(path) changed while it was read: try again")
            }
            nodes = zip(all, old.entries).filter { entry in !new.contains { $0.replaces(entry.1) } }.map(\.0)
        }
        do {
            let text = try Yams.serialize(
                node: Node.sequence(Node.Sequence(nodes + new.map(node), Tag(.implicit), .block)), width: -1,
                allowUnicode: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ModelError("cannot write \(path): \(error.localizedDescription)")
        }
    }

    private static func node(_ entry: CalibratedThreshold) -> Node {
        var fields = [
            ("score", entry.score), ("score_at", entry.scoreAt), ("value", number(entry.value)), ("rule", entry.rule),
        ]
        fields += entry.evidence?.fields ?? []
        fields += [("size", entry.size)]
        if let sizes = entry.sizes { fields.append(("sizes", "[\(sizes.joined(separator: ", "))]")) }
        fields += [("precision", entry.precision), ("model_sha256", entry.modelSHA256)]
        if let statistics = entry.statisticsSHA256 { fields.append(("statistics_sha256", statistics)) }
        fields.append(("set", entry.set))
        if let command = entry.command { fields.append(("command", command)) }
        return .mapping(Node.Mapping(fields.map { (Node($0.0), value($0.0, $0.1)) }, Tag(.implicit), .block))
    }

    private static func value(_ key: String, _ text: String) -> Node {
        guard key == "sizes" || key.hasSuffix("_interval") else { return Node(text) }
        let parts = text.dropFirst().dropLast().split(separator: ", ").map { Node(String($0)) }
        return .sequence(Node.Sequence(parts, Tag(.implicit), .flow))
    }

    /// A number that readers of YAML 1.1 take for one, too: with a point before its exponent.
    private static func number(_ value: Float) -> String {
        let text = "\(value)"
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }
}
