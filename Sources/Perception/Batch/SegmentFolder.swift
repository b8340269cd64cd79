internal import Foundation
internal import Glibc

/// Where a segment's results grow: `.NAME.partial` beside their place, locked by the worker that writes, and renamed when
/// the manifest is in it. A folder without a leading dot is therefore complete, whenever the worker was killed.
///
/// The lock is the kernel's (`flock` on the folder): it ends with the worker, so that what a killed one left can be
/// cleared away, and what a living one writes cannot. Not for the frame path.
final class SegmentFolder {
    /// Where results are written.
    let partial: String
    private let complete: String
    private let descriptor: Int32
    private var isCommitted = false

    /// A fresh folder for a segment; clears away what a killed worker left there.
    init(_ complete: String) throws(ModelError) {
        self.complete = complete
        partial = Self.hidden(complete, "partial")
        do {
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: complete).deletingLastPathComponent().path,
                withIntermediateDirectories: true)
        } catch {
            throw ModelError("cannot make a folder for \(complete): \(error.localizedDescription)")
        }
        try Self.clear(complete)
        guard mkdir(partial, 0o777) == 0 else {
            throw ModelError("cannot make the folder \(partial): \(String(cString: strerror(errno)))")
        }
        guard let locked = Self.lock(partial) else { throw Self.busy(complete) }
        descriptor = locked
    }

    /// Without `commit` nothing is left.
    deinit {
        if !isCommitted { try? FileManager.default.removeItem(atPath: partial) }
        close(descriptor)
    }

    /// Writes the manifest and gives the folder its name. An older result of the segment goes only now.
    func commit(manifest: String) throws(ModelError) {
        try BatchFiles.write(manifest, to: partial + "/" + BatchFiles.manifest)
        try Self.giveName(complete)
        isCommitted = true
    }

    private static func giveName(_ complete: String) throws(ModelError) {
        let (partial, old) = (hidden(complete, "partial"), hidden(complete, "old"))
        if rename(complete, old) != 0 && errno != ENOENT {
            throw ModelError("cannot put \(complete) aside: \(String(cString: strerror(errno)))")
        }
        guard rename(partial, complete) == 0 else {
            throw ModelError("cannot rename \(partial): \(String(cString: strerror(errno)))")
        }
        try? FileManager.default.removeItem(atPath: old)
    }

    /// Removes what killed workers left of a segment; throws where a living one is at it. A folder that has its manifest
    /// and only lacks its name gets it.
    static func clear(_ complete: String) throws(ModelError) {
        let partial = hidden(complete, "partial")
        var status = stat()
        guard stat(partial, &status) == 0 else {
            try? FileManager.default.removeItem(atPath: hidden(complete, "old"))
            return
        }
        guard let locked = lock(partial) else { throw busy(complete) }
        defer { close(locked) }
        if FileManager.default.fileExists(atPath: partial + "/" + BatchFiles.manifest) {
            return try giveName(complete)
        }
        do {
            try FileManager.default.removeItem(atPath: partial)
        } catch {
            throw ModelError("cannot remove \(partial): \(error.localizedDescription)")
        }
    }

    private static func hidden(_ complete: String, _ ending: String) -> String {
        let url = URL(fileURLWithPath: complete)
        return url.deletingLastPathComponent().appendingPathComponent(".\(url.lastPathComponent).\(ending)").path
    }

    private static func busy(_ complete: String) -> ModelError {
        ModelError("\(complete): another worker is at this segment; leave it to that one, or end it first")
    }

    /// An open descriptor that holds the folder's lock; nil where another process holds it, or the folder is gone.
    private static func lock(_ folder: String) -> Int32? {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        // File systems without locks (some network mounts) refuse otherwise: there a scheduler must not start two.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
