internal import CDigest
internal import Foundation
internal import Yams

/// A model's folder: the network, its description and its thresholds. Immutable once loaded.
public struct ModelBundle: Sendable {
    /// The folder.
    public let directory: String
    /// `model.yaml`.
    public let description: ModelDescription
    /// Thresholds that were calibrated for this very file; empty when there are none.
    public let thresholds: [CalibratedThreshold]

    /// Path of the network's file.
    public var modelPath: String { directory + "/" + description.model }

    /// Reads `model.yaml` and `thresholds.yaml` in `directory` and checks the network's digest. Reads the whole file once.
    public init(directory: String) throws(ModelError) {
        self.directory = directory
        let path = directory + "/model.yaml"
        let description: ModelDescription = try Self.decode(
            path, missing: "cannot read \(path): --model wants a folder with model.onnx and model.yaml")
        if let fault = description.fault { throw ModelError("\(path): \(fault)") }
        self.description = description
        let digest = try Self.digest(of: directory + "/" + description.model)
        guard digest == description.modelSHA256.lowercased() else {
            throw ModelError(
                "\(directory)/\(description.model) has SHA-256 \(digest) and \(path) says \(description.modelSHA256): "
                    + "the file is damaged or was replaced; restore it, or export both again")
        }
        let thresholdPath = directory + "/" + ThresholdsFile.name
        thresholds =
            FileManager.default.fileExists(atPath: thresholdPath) ? try ThresholdsFile(path: thresholdPath).entries : []
    }

    private static func decode<Content: Decodable>(_ path: String, missing: String) throws(ModelError) -> Content {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw ModelError(missing) }
        do {
            return try YAMLDecoder().decode(Content.self, from: text)
        } catch let error as DecodingError {
            throw ModelError("\(path): \(summary(of: error))")
        } catch {
            throw ModelError("\(path): \(error)".replacing("\n", with: " "))
        }
    }

    /// A decoding error in one line.
    static func summary(of error: DecodingError) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "the file" : path.map { $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            return "\(place(context.codingPath)) lacks the key '\(key.stringValue)'"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            // The parser's own words tell line and column.
            let cause = context.underlyingError.map { " (\($0))" } ?? ""
            return "\(place(context.codingPath)): \(context.debugDescription)\(cause)".replacing("\n", with: " ")
        @unknown default: return "it cannot be read"
        }
    }

    /// SHA-256 of a file as lower-case hexadecimal, read in pieces.
    static func digest(of path: String) throws(ModelError) -> String {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw ModelError("cannot read \(path): the file that model.yaml names is not there")
        }
        defer { try? file.close() }
        var state = dh_sha256()
        dh_sha256_start(&state, 1)
        while let piece = try? file.read(upToCount: 1 << 20), !piece.isEmpty {
            piece.withUnsafeBytes { bytes in
                if let base = bytes.bindMemory(to: UInt8.self).baseAddress {
                    dh_sha256_update(&state, base, bytes.count)
                }
            }
        }
        return finish(&state)
    }

    /// Ends a SHA-256, as lower-case hexadecimal.
    static func finish(_ state: inout dh_sha256) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        dh_sha256_finish(&state, &digest)
        return digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
