internal import Foundation

/// What the files of `densehybrid calibrate` beside a model share: they are read whole, belong to one network file, and are
/// written aside and renamed.
protocol CalibrationFile {
    /// The file's name in a model's folder.
    static var name: String { get }
    /// What of `densehybrid calibrate` makes it.
    static var maker: String { get }
    /// SHA-256 of the network that was measured.
    var modelSHA256: String { get }
    /// The file's text.
    var text: String { get }
    /// Parses `text`; errors say what is wrong, not where the file is.
    init(text: String) throws(ModelError)
}

extension CalibrationFile {
    /// The command that makes the file of a model.
    static func remedy(_ bundle: ModelBundle) -> String {
        "make it with 'densehybrid calibrate \(maker) --model \(bundle.directory) FRAMES'"
    }

    /// Reads the file of the model in `bundle`; `need` says who wants it, for the error where there is none. Errors name the
    /// file and the command that makes it.
    init(of bundle: ModelBundle, need: String) throws(ModelError) {
        let path = bundle.directory + "/" + Self.name
        let remedy = Self.remedy(bundle)
        guard FileManager.default.fileExists(atPath: path) else {
            throw ModelError("\(need), and \(path) is not there: \(remedy)")
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ModelError("cannot read \(path) as text: \(remedy)")
        }
        do throws(ModelError) {
            try self.init(text: text)
        } catch {
            throw ModelError("\(path): \(error.description); \(remedy)")
        }
        guard modelSHA256.lowercased() == bundle.description.modelSHA256.lowercased() else {
            throw ModelError(
                "\(path) was made for a model with SHA-256 \(modelSHA256.prefix(12))…, and \(bundle.modelPath) has "
                    + "\(bundle.description.modelSHA256.prefix(12))…: \(remedy)")
        }
    }

    func writeAside(to path: String) throws(ModelError) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ModelError("cannot write \(path): \(error.localizedDescription)")
        }
    }

    /// A text as a quoted scalar of YAML, which takes no control characters.
    static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
        let plain = String(String.UnicodeScalarView(scalars))
        return "\"" + plain.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
