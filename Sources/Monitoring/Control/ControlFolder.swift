internal import Glibc

/// Where runs put their control sockets, named by process: `$XDG_RUNTIME_DIR/densehybrid`, else
/// `$TMPDIR/densehybrid-UID` (`/tmp` where there is no TMPDIR). Only the user may enter it.
public enum ControlFolder {
    /// A run that can be asked.
    public struct Entry: Hashable, Sendable {
        /// Its process.
        public let pid: Int32
        /// Its socket.
        public let path: String
    }

    /// The folder; it need not exist.
    public static var path: String {
        if let runtime = variable("XDG_RUNTIME_DIR") { return runtime + "/densehybrid" }
        return (variable("TMPDIR") ?? "/tmp") + "/densehybrid-\(getuid())"
    }

    /// The socket of a process.
    public static func socket(of pid: Int32) -> String { "\(path)/\(pid).sock" }

    /// Makes the folder where it is missing, and refuses one that others may enter or own: in a temporary folder
    /// anybody could have made it.
    static func prepare() throws(MonitoringError) {
        if mkdir(path, 0o700) != 0 && errno != EEXIST { throw .last("make the folder \(path)") }
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .last("look at the folder \(path)") }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid(), status.st_mode & 0o077 == 0 else {
            throw MonitoringError("\(path) is not a folder that is yours alone; remove it, or name a --control PATH")
        }
    }

    /// The runs that answer, by rising process number. Removes sockets that nobody listens to any more.
    public static func running() -> [Entry] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var entries: [Entry] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasSuffix(".sock"), let pid = Int32(name.dropLast(5)) else { continue }
            let path = "\(path)/\(name)"
            switch LocalSocket.probe(path) {
            case .answers: entries.append(Entry(pid: pid, path: path))
            case .stale: unlink(path)
            case .other: break
            }
        }
        return entries.sorted { $0.pid < $1.pid }
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.hasPrefix("/") ? (text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text) : nil
    }
}
