internal import Foundation

/// The folders that clips and worst frames go into.
enum RecordingFolder {
    /// Makes the folder where it is missing, and sees that files can be made in it: before the first frame, not after an
    /// hour of driving.
    static func prepare(_ path: String, option: String) throws(ModelError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw ModelError("\(option) \(path): the folder cannot be made; name another one")
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw ModelError("\(option) \(path): no files can be made there (\(String(cString: strerror(errno))))")
        }
    }
}
