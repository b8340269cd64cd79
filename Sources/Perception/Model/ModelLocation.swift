internal import Foundation

/// Finds the model's folder where `--model` does not name one (cli.md, "Without --model").
public enum ModelLocation {
    private static let name = "espnetv2-densehybrid"

    /// The folder: `given`, else the bundled model beside the program's package, else `DENSEHYBRID_MODEL`, else
    /// `share/densehybrid` beside the program.
    public static func resolve(_ given: String?) throws(ModelError) -> String {
        if let given { return given }
        let program = URL(fileURLWithPath: executablePath).resolvingSymlinksInPath()
        var folder = program.deletingLastPathComponent()
        for _ in 0..<6 {
            let candidate = folder.appendingPathComponent("Calibration/\(name)").path
            if isModel(candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        if let named = ProcessInfo.processInfo.environment["DENSEHYBRID_MODEL"] { return named }
        let beside = program.deletingLastPathComponent().appendingPathComponent("share/densehybrid/\(name)").path
        if isModel(beside) { return beside }
        throw ModelError(
            "no model found: name a folder with model.onnx and model.yaml by --model DIR or the environment variable "
                + "DENSEHYBRID_MODEL")
    }

    private static func isModel(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path + "/model.yaml")
    }

    private static var executablePath: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments.first ?? ""
    }
}
